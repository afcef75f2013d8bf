#define _GNU_SOURCE
#include "bench_baseline.h"

#include <errno.h>
#include <fcntl.h>
#include <modbus/modbus.h>
#include <poll.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static int open_raw(const char *path) {
    int tty = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (tty < 0) return -1;
    struct termios settings;
    if (tcgetattr(tty, &settings) != 0) return -1;
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD;
    if (tcsetattr(tty, TCSANOW, &settings) != 0) return -1;
    return tty;
}

static int durable(sqlite3 *db) {
    return sqlite3_exec(db, "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;", NULL, NULL, NULL);
}

int bench_make_codes(const char *database, int codes, const char *format) {
    sqlite3 *db = NULL;
    if (sqlite3_open(database, &db) != SQLITE_OK || durable(db) != SQLITE_OK) return __LINE__;
    const char *schema = "CREATE TABLE code (text TEXT PRIMARY KEY, coil INTEGER NOT NULL) WITHOUT ROWID;"
                         "CREATE TABLE opened (id INTEGER PRIMARY KEY, row BLOB NOT NULL); BEGIN;";
    if (sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK) return __LINE__;
    sqlite3_stmt *insert = NULL;
    if (sqlite3_prepare_v2(db, "INSERT INTO code VALUES (?, ?)", -1, &insert, NULL) != SQLITE_OK) return __LINE__;
    for (int number = 0; number < codes; number++) {
        char text[64];
        snprintf(text, sizeof text, format, number);
        sqlite3_bind_text(insert, 1, text, -1, SQLITE_TRANSIENT);
        sqlite3_bind_int(insert, 2, number % 12);
        if (sqlite3_step(insert) != SQLITE_DONE) return __LINE__;
        sqlite3_reset(insert);
    }
    sqlite3_finalize(insert);
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) return __LINE__;
    sqlite3_close(db);
    return 0;
}

static int handle(bench_loop *loop, sqlite3 *db, sqlite3_stmt *look, sqlite3_stmt *insert, modbus_t *bus, const char *code,
                  const void *row) {
    sqlite3_bind_text(look, 1, code, -1, SQLITE_STATIC);
    if (sqlite3_step(look) != SQLITE_ROW) return __LINE__;
    int coil = sqlite3_column_int(look, 0);
    sqlite3_reset(look);
    if (sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) != SQLITE_OK) return __LINE__;
    sqlite3_bind_blob(insert, 1, row, loop->row_bytes, SQLITE_STATIC);
    if (sqlite3_step(insert) != SQLITE_DONE) return __LINE__;
    sqlite3_reset(insert);
    if (sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) return __LINE__;
    if (modbus_write_bit(bus, coil, 1) != 1) return __LINE__;
    if (modbus_write_bit(bus, coil, 0) != 1) return __LINE__;
    __atomic_add_fetch(&loop->handled, 1, __ATOMIC_SEQ_CST);
    return 0;
}

int bench_loop_run(bench_loop *loop) {
    int tty = open_raw(loop->tty);
    if (tty < 0) return __LINE__;
    sqlite3 *db = NULL;
    sqlite3_stmt *look = NULL, *insert = NULL;
    if (sqlite3_open(loop->database, &db) != SQLITE_OK || durable(db) != SQLITE_OK) return __LINE__;
    if (sqlite3_prepare_v2(db, "SELECT coil FROM code WHERE text = ?", -1, &look, NULL) != SQLITE_OK) return __LINE__;
    if (sqlite3_prepare_v2(db, "INSERT INTO opened (row) VALUES (?)", -1, &insert, NULL) != SQLITE_OK) return __LINE__;
    char service[16];
    snprintf(service, sizeof service, "%d", loop->port);
    modbus_t *bus = modbus_new_tcp_pi(loop->host, service);
    if (bus == NULL || modbus_connect(bus) != 0) return __LINE__;
    modbus_set_slave(bus, loop->unit);
    void *row = calloc(1, (size_t)loop->row_bytes);
    char code[256];
    size_t length = 0;
    int result = 0;
    while (result == 0) {
        struct pollfd ready[2] = {{.fd = tty, .events = POLLIN}, {.fd = loop->stop_descriptor, .events = POLLIN}};
        if (poll(ready, 2, -1) < 0 && errno != EINTR) result = __LINE__;
        if (ready[1].revents != 0) break;
        if ((ready[0].revents & POLLIN) == 0) continue;
        char bytes[256];
        ssize_t count = read(tty, bytes, sizeof bytes);
        for (ssize_t index = 0; index < count && result == 0; index++) {
            if (bytes[index] != '\r') {
                if (length < sizeof code - 1) code[length++] = bytes[index];
                continue;
            }
            code[length] = 0;
            length = 0;
            result = handle(loop, db, look, insert, bus, code, row);
        }
    }
    free(row);
    modbus_close(bus);
    modbus_free(bus);
    sqlite3_finalize(look);
    sqlite3_finalize(insert);
    sqlite3_close(db);
    close(tty);
    return result;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

typedef struct {
    int columns;
    int64_t rows, room;
    sqlite3_value **values;
} table;

static int load(sqlite3 *db, const char *select, table *into) {
    sqlite3_stmt *read = NULL;
    if (sqlite3_prepare_v2(db, select, -1, &read, NULL) != SQLITE_OK) return -1;
    into->columns = sqlite3_column_count(read);
    while (sqlite3_step(read) == SQLITE_ROW) {
        if (into->rows == into->room) {
            into->room = into->room == 0 ? 65536 : into->room * 2;
            into->values = realloc(into->values, sizeof(sqlite3_value *) * (size_t)(into->room * into->columns));
            if (into->values == NULL) return -1;
        }
        for (int column = 0; column < into->columns; column++) {
            into->values[into->rows * into->columns + column] = sqlite3_value_dup(sqlite3_column_value(read, column));
        }
        into->rows++;
    }
    return sqlite3_finalize(read);
}

static int store(sqlite3 *db, const char *insert, const table *from) {
    sqlite3_stmt *write = NULL;
    if (sqlite3_prepare_v2(db, insert, -1, &write, NULL) != SQLITE_OK) return -1;
    for (int64_t row = 0; row < from->rows; row++) {
        for (int column = 0; column < from->columns; column++) {
            sqlite3_bind_value(write, column + 1, from->values[row * from->columns + column]);
        }
        if (sqlite3_step(write) != SQLITE_DONE) return -1;
        sqlite3_reset(write);
    }
    return sqlite3_finalize(write);
}

int64_t bench_copy_rows(const char *from, const char *to) {
    sqlite3 *source = NULL, *target = NULL;
    if (sqlite3_open_v2(from, &source, SQLITE_OPEN_READONLY, NULL) != SQLITE_OK) return -1;
    if (sqlite3_open(to, &target) != SQLITE_OK || durable(target) != SQLITE_OK) return -1;
    sqlite3_stmt *schema = NULL;
    const char *tables = "SELECT sql FROM sqlite_master WHERE name IN ('customerOrder', 'token') AND type = 'table'";
    if (sqlite3_prepare_v2(source, tables, -1, &schema, NULL) != SQLITE_OK) return -1;
    while (sqlite3_step(schema) == SQLITE_ROW) {
        const char *sql = (const char *)sqlite3_column_text(schema, 0);
        if (sqlite3_exec(target, sql, NULL, NULL, NULL) != SQLITE_OK) return -1;
    }
    sqlite3_finalize(schema);
    // In the order of the feed, which numbers its orders: tokens are digests, and come in no order at all.
    const char *order = "SELECT * FROM customerOrder WHERE id LIKE 'GEN-%' ORDER BY CAST(substr(id, 5) AS INTEGER)";
    const char *token = "SELECT * FROM token WHERE owner LIKE 'GEN-%' ORDER BY CAST(substr(owner, 5) AS INTEGER)";
    table orders = {0}, tokens = {0};
    if (load(source, order, &orders) != 0) return -1;
    if (load(source, token, &tokens) != 0) return -1;
    // The station's own settings, so that the two have the same page cache and the same log.
    const char *settings = "PRAGMA cache_size = -4096; PRAGMA wal_autocheckpoint = 500;";
    if (sqlite3_exec(target, settings, NULL, NULL, NULL) != SQLITE_OK) return -1;
    int64_t start = now();
    if (sqlite3_exec(target, "BEGIN", NULL, NULL, NULL) != SQLITE_OK) return -1;
    if (store(target, "INSERT INTO customerOrder VALUES (?,?,?,?,?,?,?,?,?,?,?,?)", &orders) != 0) return -1;
    if (store(target, "INSERT INTO token VALUES (?,?,?,?)", &tokens) != 0) return -1;
    if (sqlite3_exec(target, "COMMIT", NULL, NULL, NULL) != SQLITE_OK) return -1;
    int64_t took = now() - start;
    sqlite3_close(source);
    sqlite3_close(target);
    return took;
}

int64_t bench_poll_inputs(const char *tty, int baud, int units, double seconds) {
    modbus_t *bus = modbus_new_rtu(tty, baud, 'N', 8, 1);
    if (bus == NULL || modbus_connect(bus) != 0) return -__LINE__;
    modbus_set_response_timeout(bus, 0, 300000);
    int64_t silence = baud > 19200 ? 1750000 : 77LL * 1000000000 / baud / 2;
    int64_t end = now() + (int64_t)(seconds * 1e9), answers = 0;
    while (now() < end) {
        for (int unit = 1; unit <= units; unit++) {
            struct timespec pause = {0, silence};
            clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
            uint8_t inputs[8];
            modbus_set_slave(bus, unit);
            if (modbus_read_input_bits(bus, 0, 8, inputs) == 8) {
                answers++;
            } else {
                modbus_flush(bus);
            }
        }
    }
    modbus_close(bus);
    modbus_free(bus);
    return answers;
}
