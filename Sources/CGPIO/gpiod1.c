// libgpiod 1.x. Only its gpiod.h has this macro; neither header has a version in it.
#include <gpiod.h>
#ifdef GPIOD_LINE_BULK_MAX_LINES
#include "chips.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// A request of its own for each line, because their settings may differ: 1.x knows one set for a whole bulk.
struct station_gpio_lines {
    // Lines live as long as their chip, so they bring their own.
    struct gpiod_chip *chip;
    int is_input;
    size_t count;
    struct gpiod_line *lines[];
};

int station_gpio_major(void) { return 1; }

void station_gpio_label(struct gpiod_chip *chip, char *label, size_t capacity) {
    snprintf(label, capacity, "%s", gpiod_chip_label(chip));
}

int station_gpio_find(station_gpio_chip *chip, const char *name) {
    int found = STATION_GPIO_NO_LINE;
    unsigned int count = gpiod_chip_num_lines(chip->chip);
    for (unsigned int offset = 0; offset < count; offset++) {
        struct gpiod_line *line = gpiod_chip_get_line(chip->chip, offset);
        if (line == NULL) return -errno;
        const char *own = gpiod_line_name(line);
        if (own == NULL || strcmp(own, name) != 0) continue;
        if (found >= 0) return STATION_GPIO_AMBIGUOUS_LINE;
        found = (int)offset;
    }
    return found;
}

int station_gpio_count(station_gpio_chip *chip) { return (int)gpiod_chip_num_lines(chip->chip); }

int station_gpio_user(station_gpio_chip *chip, uint32_t offset, char *who, size_t capacity) {
    if (offset >= gpiod_chip_num_lines(chip->chip)) return STATION_GPIO_NO_LINE;
    struct gpiod_line *line = gpiod_chip_get_line(chip->chip, offset);
    if (line == NULL || gpiod_line_update(line) != 0) return -errno;
    const char *consumer = gpiod_line_consumer(line);
    snprintf(who, capacity, "%s", consumer == NULL ? "" : consumer);
    return gpiod_line_is_used(line) ? 1 : 0;
}

static int prepare(station_gpio_chip *chip, size_t count, int is_input, station_gpio_lines **taken) {
    station_gpio_lines *lines = calloc(1, sizeof *lines + count * sizeof lines->lines[0]);
    if (lines == NULL) return -ENOMEM;
    char path[300];
    snprintf(path, sizeof path, "/dev/%s", gpiod_chip_name(chip->chip));
    lines->chip = gpiod_chip_open(path);
    if (lines->chip == NULL) {
        int failure = -errno;
        free(lines);
        return failure;
    }
    lines->is_input = is_input;
    *taken = lines;
    return 0;
}

static int take(
    station_gpio_lines *lines, uint32_t offset, const struct gpiod_line_request_config *config) {
    if (offset >= gpiod_chip_num_lines(lines->chip)) return STATION_GPIO_NO_LINE;
    struct gpiod_line *line = gpiod_chip_get_line(lines->chip, offset);
    if (line == NULL || gpiod_line_request(line, config, 0) != 0) return -errno;
    lines->lines[lines->count++] = line;
    return lines->is_input ? station_gpio_unblock(gpiod_line_event_get_fd(line)) : 0;
}

int station_gpio_take_outputs(
    station_gpio_chip *chip, const char *consumer, const struct station_gpio_output *wanted, size_t count,
    station_gpio_lines **taken) {
    int result = prepare(chip, count, 0, taken);
    if (result < 0) return result;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct gpiod_line_request_config config = {
            .consumer = consumer, .request_type = GPIOD_LINE_REQUEST_DIRECTION_OUTPUT};
        if (wanted[i].active_low) config.flags |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
        if (wanted[i].open_drain) config.flags |= GPIOD_LINE_REQUEST_FLAG_OPEN_DRAIN;
        result = take(*taken, wanted[i].offset, &config);
    }
    if (result < 0) station_gpio_release(*taken);
    return result;
}

int station_gpio_take_inputs(
    station_gpio_chip *chip, const char *consumer, const struct station_gpio_input *wanted, size_t count,
    station_gpio_lines **taken) {
    static const int biases[] = {
        [STATION_GPIO_BIAS_AS_IS] = 0,
        [STATION_GPIO_BIAS_OFF] = GPIOD_LINE_REQUEST_FLAG_BIAS_DISABLE,
        [STATION_GPIO_BIAS_PULL_UP] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_UP,
        [STATION_GPIO_BIAS_PULL_DOWN] = GPIOD_LINE_REQUEST_FLAG_BIAS_PULL_DOWN,
    };
    int result = prepare(chip, count, 1, taken);
    if (result < 0) return result;
    for (size_t i = 0; i < count && result == 0; i++) {
        struct gpiod_line_request_config config = {
            .consumer = consumer,
            .request_type = GPIOD_LINE_REQUEST_EVENT_BOTH_EDGES,
            .flags = biases[wanted[i].bias]};
        if (wanted[i].active_low) config.flags |= GPIOD_LINE_REQUEST_FLAG_ACTIVE_LOW;
        result = wanted[i].debounce_us != 0 ? -ENOTSUP : take(*taken, wanted[i].offset, &config);
    }
    if (result < 0) station_gpio_release(*taken);
    return result;
}

void station_gpio_release(station_gpio_lines *lines) {
    for (size_t i = 0; i < lines->count; i++) gpiod_line_release(lines->lines[i]);
    gpiod_chip_close(lines->chip);
    free(lines);
}

int station_gpio_set(station_gpio_lines *lines, size_t index, int is_on) {
    if (index >= lines->count) return STATION_GPIO_NO_LINE;
    return gpiod_line_set_value(lines->lines[index], is_on) == 0 ? 0 : -errno;
}

int station_gpio_get(station_gpio_lines *lines, int *values, size_t count) {
    for (size_t i = 0; i < lines->count && i < count; i++) {
        int value = gpiod_line_get_value(lines->lines[i]);
        if (value < 0) return -errno;
        values[i] = value;
    }
    return 0;
}

int station_gpio_descriptors(station_gpio_lines *lines, int *descriptors, size_t capacity) {
    if (!lines->is_input) return 0;
    size_t count = lines->count < capacity ? lines->count : capacity;
    for (size_t i = 0; i < count; i++) descriptors[i] = gpiod_line_event_get_fd(lines->lines[i]);
    return (int)count;
}

int station_gpio_drain(station_gpio_lines *lines, struct station_gpio_edge *edges, size_t capacity) {
    size_t total = 0;
    for (size_t i = 0; i < lines->count && total < capacity; i++) {
        int descriptor = gpiod_line_event_get_fd(lines->lines[i]);
        while (total < capacity) {
            struct gpiod_line_event event;
            if (gpiod_line_event_read_fd(descriptor, &event) != 0) {
                if (errno == EAGAIN || errno == EINTR) break;
                return -errno;
            }
            edges[total].nanoseconds = (uint64_t)event.ts.tv_sec * 1000000000 + (uint64_t)event.ts.tv_nsec;
            edges[total].index = (uint32_t)i;
            edges[total++].is_on = event.event_type == GPIOD_LINE_EVENT_RISING_EDGE;
        }
    }
    return (int)total;
}
#endif
