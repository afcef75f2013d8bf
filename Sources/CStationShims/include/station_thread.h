#pragma once
#include <stdint.h>

/// Names the calling thread (at most 15 bytes are kept), so that `top -H` and a core dump say which bus it is.
void station_thread_set_name(const char *name);

/// Blocks every signal on the calling thread: signals belong to the main thread's service group.
void station_thread_block_signals(void);

/// Nanoseconds of CLOCK_BOOTTIME: monotonic, and counting while the machine is suspended (clock_gettime(2)).
uint64_t station_boottime_nanoseconds(void);

/// Asks for timers that are late by less than 50 microseconds, the usual slack (prctl(2), PR_SET_TIMERSLACK), on the
/// calling thread: for frames on a serial line.
void station_thread_set_punctual(void);

/// A bell that one thread waits for and any thread rings. Rung while nobody waits it stays rung; it does not count.
/// A futex(2), so that waiting has a time-out on the monotonic clock, which no clock step disturbs.
typedef struct station_bell station_bell;
/// NULL without memory.
station_bell *station_bell_make(void);
void station_bell_free(station_bell *bell);
void station_bell_ring(station_bell *bell);
/// Returns when it was rung, when `nanoseconds` are over (negative = no limit), or now and then for no reason.
void station_bell_wait(station_bell *bell, int64_t nanoseconds);
/// Nanoseconds of CLOCK_MONOTONIC: the clock of GPIO edges, which stands still while the machine is suspended.
uint64_t station_monotonic_nanoseconds(void);
