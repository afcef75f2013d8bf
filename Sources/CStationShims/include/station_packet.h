#pragma once
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

// Unix sockets that keep packets apart and tell when the other side is gone (SOCK_SEQPACKET, unix(7)). Results below 0
// are -errno.

/// Listens at `path`, in place of what a dead process left there.
int station_packet_listen(const char *path, mode_t mode);
/// Connects; sends and receives on it wait for `timeout_ms` at most.
int station_packet_connect(const char *path, int timeout_ms);
/// Takes the next connection, which never waits.
int station_packet_accept(int listener);
/// Sends one packet. 0, or -errno.
int station_packet_send(int descriptor, const void *bytes, size_t count);
/// Receives one packet: its length, 0 at the end of the connection. A longer one than `capacity` is -EMSGSIZE.
ssize_t station_packet_receive(int descriptor, void *bytes, size_t capacity);

/// Blocks SIGTERM and SIGINT and returns a descriptor that becomes readable with them instead.
int station_signals_open(void);
/// Keeps this process in memory, now and later (mlockall(2)), so that no deadline waits for a slow disk.
int station_memory_lock(void);
/// Tells systemd a state, such as READY=1 (sd_notify(3)). `path` is $NOTIFY_SOCKET.
void station_notify(const char *path, const char *state);
