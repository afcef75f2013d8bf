#pragma once
// What the two versions of libgpiod share, and what chips.c needs of them.
#include "station_gpio.h"

struct gpiod_chip;

struct station_gpio_chip {
    struct gpiod_chip *chip;
};

/// The chip's label; empty when it cannot be read. One for each version.
void station_gpio_label(struct gpiod_chip *chip, char *label, size_t capacity);

/// Makes reads of a descriptor return at once. 0 or -errno.
int station_gpio_unblock(int descriptor);
