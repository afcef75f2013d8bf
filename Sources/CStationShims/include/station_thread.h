#pragma once
#include <stdint.h>

/// Names the calling thread (at most 15 bytes are kept), so that `top -H` and a core dump say which bus it is.
void station_thread_set_name(const char *name);

/// Blocks every signal on the calling thread: signals belong to the main thread's service group.
void station_thread_block_signals(void);

/// Nanoseconds of CLOCK_BOOTTIME: monotonic, and counting while the machine is suspended (clock_gettime(2)).
uint64_t station_boottime_nanoseconds(void);

/// Nanoseconds of CLOCK_MONOTONIC: the clock of GPIO edges, which stands still while the machine is suspended.
uint64_t station_monotonic_nanoseconds(void);
