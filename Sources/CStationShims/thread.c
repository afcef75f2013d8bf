#define _GNU_SOURCE
#include "station_thread.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

void station_thread_set_name(const char *name) {
    char kept[16] = {0};
    strncpy(kept, name, sizeof kept - 1);
    pthread_setname_np(pthread_self(), kept);
}

void station_thread_block_signals(void) {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, NULL);
}

uint64_t station_boottime_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void station_thread_set_punctual(void) {
    prctl(PR_SET_TIMERSLACK, 1ul, 0ul, 0ul, 0ul);
}

struct station_bell {
    _Atomic uint32_t rung;
};

station_bell *station_bell_make(void) {
    return calloc(1, sizeof(station_bell));
}

void station_bell_free(station_bell *bell) {
    free(bell);
}

void station_bell_ring(station_bell *bell) {
    if (atomic_exchange(&bell->rung, 1) == 0) syscall(SYS_futex, &bell->rung, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

void station_bell_wait(station_bell *bell, int64_t nanoseconds) {
    if (atomic_exchange(&bell->rung, 0) != 0) return;
    struct timespec limit = {nanoseconds / 1000000000, nanoseconds % 1000000000};
    syscall(SYS_futex, &bell->rung, FUTEX_WAIT_PRIVATE, 0, nanoseconds < 0 ? NULL : &limit, NULL, 0);
    atomic_store(&bell->rung, 0);
}

uint64_t station_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}
