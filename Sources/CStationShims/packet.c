#define _GNU_SOURCE
#include "station_packet.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/// The address of a path; a path that begins with @ is an abstract name. Its length, or 0 if it is too long.
static socklen_t address_of(const char *path, struct sockaddr_un *address) {
    size_t length = strlen(path);
    memset(address, 0, sizeof *address);
    address->sun_family = AF_UNIX;
    if (length == 0 || length >= sizeof address->sun_path) return 0;
    memcpy(address->sun_path, path, length);
    if (path[0] == '@') address->sun_path[0] = 0;
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
}

static int fail(int descriptor) {
    int failure = -errno;
    close(descriptor);
    return failure;
}

int station_packet_listen(const char *path, mode_t mode) {
    struct sockaddr_un address;
    socklen_t length = address_of(path, &address);
    if (length == 0) return -ENAMETOOLONG;
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0) return -errno;
    unlink(path);
    mode_t before = umask(0777 & ~mode);
    int result = bind(descriptor, (struct sockaddr *)&address, length);
    umask(before);
    if (result != 0 || listen(descriptor, 16) != 0) return fail(descriptor);
    return descriptor;
}

int station_packet_connect(const char *path, int timeout_ms) {
    struct sockaddr_un address;
    socklen_t length = address_of(path, &address);
    if (length == 0) return -ENAMETOOLONG;
    int descriptor = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return -errno;
    struct timeval limit = {.tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};
    if (setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit) != 0 ||
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit) != 0 ||
        connect(descriptor, (struct sockaddr *)&address, length) != 0)
        return fail(descriptor);
    return descriptor;
}

int station_packet_accept(int listener) {
    int descriptor = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int station_packet_send(int descriptor, const void *bytes, size_t count) {
    ssize_t sent;
    do sent = send(descriptor, bytes, count, MSG_NOSIGNAL);
    while (sent < 0 && errno == EINTR);
    return sent < 0 ? -errno : 0;
}

ssize_t station_packet_receive(int descriptor, void *bytes, size_t capacity) {
    ssize_t count;
    do count = recv(descriptor, bytes, capacity, MSG_TRUNC);
    while (count < 0 && errno == EINTR);
    if (count < 0) return -errno;
    return (size_t)count > capacity ? -EMSGSIZE : count;
}

int station_signals_open(void) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    if (sigprocmask(SIG_BLOCK, &signals, NULL) != 0) return -errno;
    int descriptor = signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

int station_memory_lock(void) { return mlockall(MCL_CURRENT | MCL_FUTURE) == 0 ? 0 : -errno; }

void station_notify(const char *path, const char *state) {
    struct sockaddr_un address;
    socklen_t length = address_of(path, &address);
    if (length == 0) return;
    int descriptor = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0) return;
    sendto(descriptor, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    close(descriptor);
}
