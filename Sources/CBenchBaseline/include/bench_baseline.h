#pragma once
#include <stdint.h>

/// The station reduced to a bare loop, to measure ours against: read a code from the tty, look it up, commit one durable row,
/// write the coil. No rules, no hash chain, no checks.
typedef struct {
    const char *tty;
    const char *database;
    const char *host;
    int port;
    int unit;
    int row_bytes;
    int64_t handled;
    int stop_descriptor;
} bench_loop;

/// Runs until the stop descriptor is readable. Returns 0, or a line number of baseline.c at which something failed.
int bench_loop_run(bench_loop *loop);

/// Makes the loop's database: `codes` texts named by `format` (one %d) with the coil they open.
int bench_make_codes(const char *database, int codes, const char *format);

/// Copies the rows of one database's order tables into a new one with the same tables, in the feed's order: one prepared
/// statement a table, one transaction. Returns nanoseconds of the inserts and the commit alone, or -1.
int64_t bench_copy_rows(const char *from, const char *to);

/// Door polling reduced to a bare loop: FC02 of 8 inputs from each unit 1 to `units`, one after the other, with the 3.5
/// characters of silence that the line's rules ask for before each request, for so many seconds.
/// Returns the answers received, or minus a line number of baseline.c at which something failed.
int64_t bench_poll_inputs(const char *tty, int baud, int units, double seconds);
