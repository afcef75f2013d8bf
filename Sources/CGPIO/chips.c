// Finding chips by label among the devices in /dev, with either version of libgpiod.
#define _GNU_SOURCE
#include "chips.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <gpiod.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LABEL_SIZE = 64 };

/// Calls `look` with each chip, which `look` must close or keep. Returns -EACCES when a chip may not be opened.
static int each_chip(void (*look)(struct gpiod_chip *chip, const char *label, void *context), void *context) {
    DIR *folder = opendir("/dev");
    if (folder == NULL) return -errno;
    int result = 0;
    const struct dirent *entry;
    while ((entry = readdir(folder)) != NULL) {
        if (strncmp(entry->d_name, "gpiochip", 8) != 0) continue;
        char path[300];
        snprintf(path, sizeof path, "/dev/%s", entry->d_name);
        struct stat status;
        // Links are other names of a chip that is there anyway: Raspberry Pi OS makes some for older programs.
        if (lstat(path, &status) != 0 || !S_ISCHR(status.st_mode)) continue;
        struct gpiod_chip *chip = gpiod_chip_open(path);
        if (chip == NULL) {
            if (errno == EACCES || errno == EPERM) result = -EACCES;
            continue;
        }
        char label[LABEL_SIZE];
        station_gpio_label(chip, label, sizeof label);
        look(chip, label, context);
    }
    closedir(folder);
    return result;
}

struct search {
    const char *label;
    struct gpiod_chip *found;
    int matches;
};

static void compare(struct gpiod_chip *chip, const char *label, void *context) {
    struct search *search = context;
    int is_match = strcmp(label, search->label) == 0;
    if (is_match && search->matches++ == 0)
        search->found = chip;
    else
        gpiod_chip_close(chip);
}

int station_gpio_open(const char *label, station_gpio_chip **chip) {
    struct search search = {.label = label};
    int result = each_chip(compare, &search);
    if (search.matches == 1) result = (*chip = malloc(sizeof **chip)) == NULL ? -ENOMEM : 0;
    else if (search.matches > 1) result = STATION_GPIO_AMBIGUOUS_CHIP;
    else if (result == 0) result = STATION_GPIO_NO_CHIP;
    if (result == 0)
        (*chip)->chip = search.found;
    else if (search.found != NULL)
        gpiod_chip_close(search.found);
    return result;
}

void station_gpio_close(station_gpio_chip *chip) {
    gpiod_chip_close(chip->chip);
    free(chip);
}

struct list {
    char *text;
    size_t length, capacity;
};

static void note(struct gpiod_chip *chip, const char *label, void *context) {
    struct list *list = context;
    size_t length = strlen(label);
    if (list->length + length + 2 <= list->capacity) {
        memcpy(list->text + list->length, label, length);
        list->length += length + 1;
        list->text[list->length - 1] = '\n';
    }
    gpiod_chip_close(chip);
}

int station_gpio_labels(char *text, size_t capacity) {
    struct list list = {.text = text, .capacity = capacity};
    each_chip(note, &list);
    if (capacity > 0) text[list.length] = 0;
    return (int)list.length;
}

const char *station_gpio_explain(int code) {
    switch (code) {
    case STATION_GPIO_NO_CHIP: return "no GPIO chip has this label";
    case STATION_GPIO_AMBIGUOUS_CHIP: return "several GPIO chips have this label";
    case STATION_GPIO_NO_LINE: return "the GPIO chip has no such line";
    case STATION_GPIO_AMBIGUOUS_LINE: return "several lines of the GPIO chip have this name";
    case -EBUSY: return "another program holds the line";
    case -EACCES:
    case -EPERM: return "no permission for /dev/gpiochip*";
    case -ENODEV: return "the GPIO chip is gone";
    default: return strerror(code < 0 ? -code : code);
    }
}

int station_gpio_unblock(int descriptor) {
    int flags = fcntl(descriptor, F_GETFL);
    if (flags < 0) return -errno;
    return fcntl(descriptor, F_SETFL, flags | O_NONBLOCK) < 0 ? -errno : 0;
}
