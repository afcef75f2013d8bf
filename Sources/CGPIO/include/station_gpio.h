#pragma once
// GPIO lines through libgpiod, the same for 1.6 (Debian 12) and 2.x (Debian 13, bookworm-backports). Which of the two is
// installed decides at build time: gpiod1.c or gpiod2.c has the code, the other one is empty.
//
// A chip is named by its label alone. A number is no name: the header of a Raspberry Pi 5 was gpiochip4 and became
// gpiochip0 with a kernel update (raspberrypi/linux#6144), and a chip that was unplugged comes back under another one.
//
// Every function returns 0 or more for success, or less than 0: -errno, or one of the codes below. None blocks, none is
// safe to call for one object from two threads at once.
#include <stddef.h>
#include <stdint.h>

enum {
    /// No chip has this label.
    STATION_GPIO_NO_CHIP = -10001,
    /// Several chips have it.
    STATION_GPIO_AMBIGUOUS_CHIP = -10002,
    /// The chip has no line of this name or offset.
    STATION_GPIO_NO_LINE = -10003,
    /// Several of its lines have this name.
    STATION_GPIO_AMBIGUOUS_LINE = -10004,
};

/// An open chip.
typedef struct station_gpio_chip station_gpio_chip;
/// Lines of one chip that this process holds.
typedef struct station_gpio_lines station_gpio_lines;

enum station_gpio_bias {
    STATION_GPIO_BIAS_AS_IS,
    STATION_GPIO_BIAS_OFF,
    STATION_GPIO_BIAS_PULL_UP,
    STATION_GPIO_BIAS_PULL_DOWN,
};

struct station_gpio_output {
    uint32_t offset;
    /// On means electrically low.
    int active_low;
    /// Driven low only; a resistor outside pulls it high.
    int open_drain;
};

struct station_gpio_input {
    uint32_t offset;
    int active_low;
    enum station_gpio_bias bias;
    /// For the kernel; must be 0 with libgpiod 1.6, which cannot ask for it.
    uint32_t debounce_us;
};

/// An edge: when (CLOCK_MONOTONIC, taken by the kernel in the interrupt), which line, and to which level.
struct station_gpio_edge {
    uint64_t nanoseconds;
    uint32_t index;
    int is_on;
};

/// 1 or 2: the libgpiod that this was built with.
int station_gpio_major(void);

/// What a code means, for people. Not for two threads at once where the code is an errno (strerror(3)).
const char *station_gpio_explain(int code);

/// The labels of the chips that may be opened, one a line, for error messages. The length.
int station_gpio_labels(char *text, size_t capacity);

/// Opens the one chip with this label. Fails with -EACCES when none was found and some could not be looked at.
int station_gpio_open(const char *label, station_gpio_chip **chip);
void station_gpio_close(station_gpio_chip *chip);

/// The offset of the one line with this name.
int station_gpio_find(station_gpio_chip *chip, const char *name);
/// The number of lines.
int station_gpio_count(station_gpio_chip *chip);
/// 1 if somebody holds the line, and who, as the kernel knows it; 0 if nobody does.
int station_gpio_user(station_gpio_chip *chip, uint32_t offset, char *who, size_t capacity);

/// Takes lines as outputs that are off, all or none. They stay so after the chip is closed.
int station_gpio_take_outputs(
    station_gpio_chip *chip, const char *consumer, const struct station_gpio_output *lines, size_t count,
    station_gpio_lines **taken);
/// Takes lines as inputs that report both edges, all or none.
int station_gpio_take_inputs(
    station_gpio_chip *chip, const char *consumer, const struct station_gpio_input *lines, size_t count,
    station_gpio_lines **taken);
/// Gives the lines back. What becomes of an output then is up to the kernel: a Raspberry Pi's own keeps it driven.
void station_gpio_release(station_gpio_lines *lines);

/// Drives one output on or off.
int station_gpio_set(station_gpio_lines *lines, size_t index, int is_on);
/// Reads every line, outputs included.
int station_gpio_get(station_gpio_lines *lines, int *values, size_t count);

/// Descriptors that become readable with an edge, and get POLLERR | POLLHUP when the chip is gone. Their number.
int station_gpio_descriptors(station_gpio_lines *lines, int *descriptors, size_t capacity);
/// Takes edges off the kernel's queues, without waiting. Their number; call again while it is `capacity`.
/// libgpiod 1.6 has a queue of 16 for each line that drops the newest: read the level afterwards.
int station_gpio_drain(station_gpio_lines *lines, struct station_gpio_edge *edges, size_t capacity);
