// libgpiod 2.x; gpiod1.c says how the two are told apart.
#include <gpiod.h>
#ifndef GPIOD_LINE_BULK_MAX_LINES
#include "chips.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct station_gpio_lines {
    struct gpiod_line_request *request;
    struct gpiod_edge_event_buffer *events;
    size_t count;
    // As asked for; the request has an order of its own.
    unsigned int offsets[];
};

int station_gpio_major(void) { return 2; }

void station_gpio_label(struct gpiod_chip *chip, char *label, size_t capacity) {
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip);
    snprintf(label, capacity, "%s", info == NULL ? "" : gpiod_chip_info_get_label(info));
    if (info != NULL) gpiod_chip_info_free(info);
}

int station_gpio_count(station_gpio_chip *chip) {
    struct gpiod_chip_info *info = gpiod_chip_get_info(chip->chip);
    if (info == NULL) return -errno;
    int count = (int)gpiod_chip_info_get_num_lines(info);
    gpiod_chip_info_free(info);
    return count;
}

int station_gpio_find(station_gpio_chip *chip, const char *name) {
    int found = STATION_GPIO_NO_LINE;
    int count = station_gpio_count(chip);
    if (count < 0) return count;
    for (int offset = 0; offset < count; offset++) {
        struct gpiod_line_info *info = gpiod_chip_get_line_info(chip->chip, (unsigned int)offset);
        if (info == NULL) return -errno;
        const char *own = gpiod_line_info_get_name(info);
        int matches = own != NULL && strcmp(own, name) == 0;
        gpiod_line_info_free(info);
        if (!matches) continue;
        if (found >= 0) return STATION_GPIO_AMBIGUOUS_LINE;
        found = offset;
    }
    return found;
}

int station_gpio_user(station_gpio_chip *chip, uint32_t offset, char *who, size_t capacity) {
    struct gpiod_line_info *info = gpiod_chip_get_line_info(chip->chip, offset);
    if (info == NULL) return errno == EINVAL ? STATION_GPIO_NO_LINE : -errno;
    const char *consumer = gpiod_line_info_get_consumer(info);
    snprintf(who, capacity, "%s", consumer == NULL ? "" : consumer);
    int is_used = gpiod_line_info_is_used(info) ? 1 : 0;
    gpiod_line_info_free(info);
    return is_used;
}

/// All lines in one request, each with its own settings.
static int take(
    station_gpio_chip *chip, const char *consumer, size_t count, struct gpiod_line_settings **settings,
    station_gpio_lines *lines) {
    struct gpiod_line_config *config = gpiod_line_config_new();
    struct gpiod_request_config *request = gpiod_request_config_new();
    int result = config == NULL || request == NULL ? -ENOMEM : 0;
    for (size_t i = 0; i < count && result == 0; i++)
        if (gpiod_line_config_add_line_settings(config, &lines->offsets[i], 1, settings[i]) != 0) result = -errno;
    if (result == 0) {
        gpiod_request_config_set_consumer(request, consumer);
        // The kernel's largest queue (GPIO_V2_LINES_MAX * 16); the oldest edge is dropped when it is full.
        gpiod_request_config_set_event_buffer_size(request, 1024);
        lines->request = gpiod_chip_request_lines(chip->chip, request, config);
        if (lines->request == NULL) result = -errno;
    }
    if (request != NULL) gpiod_request_config_free(request);
    if (config != NULL) gpiod_line_config_free(config);
    return result;
}

static int settle(
    int result, size_t count, struct gpiod_line_settings **settings, station_gpio_lines *lines,
    station_gpio_lines **taken) {
    for (size_t i = 0; i < count; i++)
        if (settings[i] != NULL) gpiod_line_settings_free(settings[i]);
    if (result == 0 && lines->events == NULL) result = -ENOMEM;
    if (result == 0) result = station_gpio_unblock(gpiod_line_request_get_fd(lines->request));
    if (result == 0)
        *taken = lines;
    else
        station_gpio_release(lines);
    return result;
}

static station_gpio_lines *prepare(size_t count) {
    station_gpio_lines *lines = calloc(1, sizeof *lines + count * sizeof lines->offsets[0]);
    if (lines == NULL) return NULL;
    lines->count = count;
    lines->events = gpiod_edge_event_buffer_new(64);
    return lines;
}

/// Says how one line of the list `wanted` is to be, and which line it is.
typedef unsigned (*describe)(struct gpiod_line_settings *settings, const void *wanted, size_t index);

static int take_described(
    station_gpio_chip *chip, const char *consumer, const void *wanted, size_t count, describe describe_line,
    station_gpio_lines **taken) {
    // The kernel takes 64 lines in one request (GPIO_V2_LINES_MAX).
    struct gpiod_line_settings *settings[64] = {NULL};
    if (count > 64) return -E2BIG;
    station_gpio_lines *lines = prepare(count);
    if (lines == NULL) return -ENOMEM;
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        settings[i] = gpiod_line_settings_new();
        if (settings[i] == NULL)
            result = -ENOMEM;
        else
            lines->offsets[i] = describe_line(settings[i], wanted, i);
    }
    if (result == 0) result = take(chip, consumer, count, settings, lines);
    return settle(result, count, settings, lines, taken);
}

static unsigned describe_output(struct gpiod_line_settings *settings, const void *wanted, size_t index) {
    const struct station_gpio_output *output = (const struct station_gpio_output *)wanted + index;
    gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_OUTPUT);
    gpiod_line_settings_set_output_value(settings, GPIOD_LINE_VALUE_INACTIVE);
    gpiod_line_settings_set_active_low(settings, output->active_low != 0);
    if (output->open_drain) gpiod_line_settings_set_drive(settings, GPIOD_LINE_DRIVE_OPEN_DRAIN);
    return output->offset;
}

static unsigned describe_input(struct gpiod_line_settings *settings, const void *wanted, size_t index) {
    static const enum gpiod_line_bias biases[] = {
        [STATION_GPIO_BIAS_AS_IS] = GPIOD_LINE_BIAS_AS_IS,
        [STATION_GPIO_BIAS_OFF] = GPIOD_LINE_BIAS_DISABLED,
        [STATION_GPIO_BIAS_PULL_UP] = GPIOD_LINE_BIAS_PULL_UP,
        [STATION_GPIO_BIAS_PULL_DOWN] = GPIOD_LINE_BIAS_PULL_DOWN,
    };
    const struct station_gpio_input *input = (const struct station_gpio_input *)wanted + index;
    gpiod_line_settings_set_direction(settings, GPIOD_LINE_DIRECTION_INPUT);
    gpiod_line_settings_set_edge_detection(settings, GPIOD_LINE_EDGE_BOTH);
    gpiod_line_settings_set_bias(settings, biases[input->bias]);
    gpiod_line_settings_set_active_low(settings, input->active_low != 0);
    gpiod_line_settings_set_debounce_period_us(settings, input->debounce_us);
    return input->offset;
}

int station_gpio_take_outputs(
    station_gpio_chip *chip, const char *consumer, const struct station_gpio_output *wanted, size_t count,
    station_gpio_lines **taken) {
    return take_described(chip, consumer, wanted, count, describe_output, taken);
}

int station_gpio_take_inputs(
    station_gpio_chip *chip, const char *consumer, const struct station_gpio_input *wanted, size_t count,
    station_gpio_lines **taken) {
    return take_described(chip, consumer, wanted, count, describe_input, taken);
}

void station_gpio_release(station_gpio_lines *lines) {
    if (lines->request != NULL) gpiod_line_request_release(lines->request);
    if (lines->events != NULL) gpiod_edge_event_buffer_free(lines->events);
    free(lines);
}

int station_gpio_set(station_gpio_lines *lines, size_t index, int is_on) {
    if (index >= lines->count) return STATION_GPIO_NO_LINE;
    enum gpiod_line_value value = is_on ? GPIOD_LINE_VALUE_ACTIVE : GPIOD_LINE_VALUE_INACTIVE;
    return gpiod_line_request_set_value(lines->request, lines->offsets[index], value) == 0 ? 0 : -errno;
}

int station_gpio_get(station_gpio_lines *lines, int *values, size_t count) {
    if (count < lines->count) return -EINVAL;
    enum gpiod_line_value found[64];
    if (gpiod_line_request_get_values_subset(lines->request, lines->count, lines->offsets, found) != 0) return -errno;
    for (size_t i = 0; i < lines->count; i++) values[i] = found[i] == GPIOD_LINE_VALUE_ACTIVE;
    return 0;
}

int station_gpio_descriptors(station_gpio_lines *lines, int *descriptors, size_t capacity) {
    if (capacity == 0) return 0;
    descriptors[0] = gpiod_line_request_get_fd(lines->request);
    return 1;
}

int station_gpio_drain(station_gpio_lines *lines, struct station_gpio_edge *edges, size_t capacity) {
    size_t total = 0;
    while (total < capacity) {
        size_t room = capacity - total < 64 ? capacity - total : 64;
        int count = gpiod_line_request_read_edge_events(lines->request, lines->events, room);
        if (count < 0 && errno != EAGAIN && errno != EINTR) return -errno;
        for (int i = 0; i < count; i++) {
            struct gpiod_edge_event *event = gpiod_edge_event_buffer_get_event(lines->events, (unsigned long)i);
            unsigned int offset = gpiod_edge_event_get_line_offset(event);
            uint32_t index = 0;
            while (index < lines->count && lines->offsets[index] != offset) index++;
            edges[total].nanoseconds = gpiod_edge_event_get_timestamp_ns(event);
            edges[total].index = index;
            edges[total++].is_on = gpiod_edge_event_get_event_type(event) == GPIOD_EDGE_EVENT_RISING_EDGE;
        }
        if (count < (int)room) break;
    }
    return (int)total;
}
#endif
