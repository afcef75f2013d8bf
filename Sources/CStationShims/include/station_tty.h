#pragma once
#include <poll.h>
#include <stddef.h>
#include <stdint.h>

/// Whether `baud` is a speed that termios knows. Nothing is rounded: 9601 is unknown.
int station_tty_knows_baud(uint32_t baud);

/// Makes the terminal raw, 8N1, without flow control, at `baud`; reads what was set back and compares the speed.
/// 0, or an errno: EINVAL for an unknown speed, ENOTSUP when the driver kept another speed, ENOTTY if it is no
/// terminal.
int station_tty_make_raw(int descriptor, uint32_t baud);

/// Sets parity (0 none, 1 even, 2 odd) and stop bits (1 or 2) of a terminal that is raw already; a byte with wrong
/// parity is read as 0. 0, or an errno: EINVAL for other values, ENOTSUP when the driver kept other settings (a pty
/// has no parity).
int station_tty_set_frame(int descriptor, int parity, int stop_bits);

/// Claims the terminal: TIOCEXCL (the kernel refuses further opens, root excepted), and an exclusive flock that
/// root meets as well. 0, or an errno: EWOULDBLOCK when another program holds it.
int station_tty_claim(int descriptor);

/// Lifts TIOCEXCL. A pty keeps the mark when its last user dies, a real port does not.
int station_tty_lift_exclusive(int descriptor);

/// 1 if TIOCEXCL is set, 0 if not, or -1 with errno.
int station_tty_is_exclusive(int descriptor);

/// Drops what was received and not read, and what was written and not sent. 0, or an errno.
int station_tty_flush(int descriptor);

/// Opens a pty pair: the master, and one descriptor of the slave that keeps the pair alive while nobody has it
/// open. The slave is raw from the start, so that nothing is echoed before its user sets it up.
/// 0, or an errno. `path` gets the slave's name.
int station_pty_open(int *master, int *keeper, char *path, size_t capacity);

/// Drops what was received and not read: what a real port forgets with its last user. 0, or an errno.
int station_tty_forget_input(int descriptor);

/// An eventfd to wake a thread out of poll(2), or -errno.
int station_wake_open(void);
/// Wakes whoever polls it; stays readable until drained.
void station_wake_raise(int descriptor);
/// Makes it unreadable again.
void station_wake_drain(int descriptor);

/// Watches a directory for entries that appear or change their name or mode, or -errno.
int station_watch_directory(const char *path);
/// Watches a file for being closed by anyone, or -errno.
int station_watch_closing(const char *path);
/// Reads away what a watch has to tell; the number of bytes read.
size_t station_watch_drain(int descriptor);

/// poll(2) with nanoseconds; negative = no limit. The number of ready entries, 0 on time-out or a signal.
int station_poll(struct pollfd *entries, size_t count, int64_t nanoseconds);
