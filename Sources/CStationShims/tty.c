#define _GNU_SOURCE
#include "station_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static const struct { uint32_t baud; speed_t speed; } speeds[] = {
    {1200, B1200}, {2400, B2400}, {4800, B4800}, {9600, B9600}, {19200, B19200}, {38400, B38400},
    {57600, B57600}, {115200, B115200}, {230400, B230400}, {460800, B460800}, {500000, B500000},
    {576000, B576000}, {921600, B921600}, {1000000, B1000000}, {1152000, B1152000},
    {1500000, B1500000}, {2000000, B2000000}, {3000000, B3000000}, {4000000, B4000000},
};

static int speed_of(uint32_t baud, speed_t *speed) {
    for (size_t i = 0; i < sizeof speeds / sizeof *speeds; i++) {
        if (speeds[i].baud == baud) {
            *speed = speeds[i].speed;
            return 1;
        }
    }
    return 0;
}

int station_tty_knows_baud(uint32_t baud) {
    speed_t ignored;
    return speed_of(baud, &ignored);
}

int station_tty_make_raw(int descriptor, uint32_t baud) {
    speed_t speed;
    if (!speed_of(baud, &speed)) return EINVAL;
    struct termios settings;
    if (tcgetattr(descriptor, &settings) != 0) return errno;
    cfmakeraw(&settings);
    settings.c_cflag |= CLOCAL | CREAD | CS8;
    settings.c_cflag &= ~(tcflag_t)(CRTSCTS | CSTOPB | PARENB);
    settings.c_iflag &= ~(tcflag_t)(IXON | IXOFF | IXANY | INPCK | PARMRK);
    settings.c_cc[VMIN] = 1;
    settings.c_cc[VTIME] = 0;
    cfsetispeed(&settings, speed);
    cfsetospeed(&settings, speed);
    if (tcsetattr(descriptor, TCSANOW, &settings) != 0) return errno;
    // tcsetattr succeeds when any one of the changes was made (tcsetattr(3)), hence the look.
    struct termios kept;
    if (tcgetattr(descriptor, &kept) != 0) return errno;
    if (cfgetospeed(&kept) != speed || (kept.c_lflag & (ICANON | ECHO)) != 0) return ENOTSUP;
    return 0;
}

int station_tty_set_frame(int descriptor, int parity, int stop_bits) {
    if (parity < 0 || parity > 2 || stop_bits < 1 || stop_bits > 2) return EINVAL;
    struct termios settings;
    if (tcgetattr(descriptor, &settings) != 0) return errno;
    tcflag_t wanted = (parity != 0 ? PARENB : 0) | (parity == 2 ? PARODD : 0) | (stop_bits == 2 ? CSTOPB : 0);
    const tcflag_t mask = PARENB | PARODD | CSTOPB;
    if ((settings.c_cflag & mask) == wanted) return 0;
    settings.c_cflag = (settings.c_cflag & ~mask) | wanted;
    if (parity != 0) settings.c_iflag |= INPCK;
    if (tcsetattr(descriptor, TCSANOW, &settings) != 0) return errno;
    struct termios kept;
    if (tcgetattr(descriptor, &kept) != 0) return errno;
    return (kept.c_cflag & mask) == wanted ? 0 : ENOTSUP;
}

int station_tty_claim(int descriptor) {
    if (flock(descriptor, LOCK_EX | LOCK_NB) != 0) return errno;
    return ioctl(descriptor, TIOCEXCL) == 0 ? 0 : errno;
}

int station_tty_lift_exclusive(int descriptor) {
    return ioctl(descriptor, TIOCNXCL) == 0 ? 0 : errno;
}

int station_tty_is_exclusive(int descriptor) {
    int exclusive = 0;
    return ioctl(descriptor, TIOCGEXCL, &exclusive) == 0 ? exclusive != 0 : -1;
}

int station_tty_flush(int descriptor) {
    return tcflush(descriptor, TCIOFLUSH) == 0 ? 0 : errno;
}

int station_tty_forget_input(int descriptor) {
    return tcflush(descriptor, TCIFLUSH) == 0 ? 0 : errno;
}

int station_pty_open(int *master, int *keeper, char *path, size_t capacity) {
    int result = 0;
    *keeper = -1;
    *master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (*master < 0) return errno;
    if (grantpt(*master) != 0 || unlockpt(*master) != 0) {
        result = errno;
    } else if ((result = ptsname_r(*master, path, capacity)) == 0) {
        *keeper = open(path, O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
        result = *keeper < 0 ? errno : station_tty_make_raw(*keeper, 9600);
    }
    if (result != 0) {
        if (*keeper >= 0) close(*keeper);
        close(*master);
    }
    return result;
}

int station_wake_open(void) {
    int descriptor = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    return descriptor < 0 ? -errno : descriptor;
}

void station_wake_raise(int descriptor) {
    uint64_t one = 1;
    ssize_t ignored = write(descriptor, &one, sizeof one);
    (void)ignored;
}

void station_wake_drain(int descriptor) {
    uint64_t count;
    ssize_t ignored = read(descriptor, &count, sizeof count);
    (void)ignored;
}

static int watch(const char *path, uint32_t mask) {
    int descriptor = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (descriptor < 0) return -errno;
    if (inotify_add_watch(descriptor, path, mask) < 0) {
        int failure = errno;
        close(descriptor);
        return -failure;
    }
    return descriptor;
}

int station_watch_directory(const char *path) {
    return watch(path, IN_CREATE | IN_MOVED_TO | IN_ATTRIB | IN_ONLYDIR);
}

int station_watch_closing(const char *path) {
    return watch(path, IN_CLOSE_WRITE | IN_CLOSE_NOWRITE);
}

size_t station_watch_drain(int descriptor) {
    char events[4096];
    size_t total = 0;
    for (;;) {
        ssize_t count = read(descriptor, events, sizeof events);
        if (count <= 0) return total;
        total += (size_t)count;
    }
}

int station_poll(struct pollfd *entries, size_t count, int64_t nanoseconds) {
    struct timespec limit = {.tv_sec = nanoseconds / 1000000000, .tv_nsec = nanoseconds % 1000000000};
    int ready = ppoll(entries, count, nanoseconds < 0 ? NULL : &limit, NULL);
    if (ready < 0)
        for (size_t i = 0; i < count; i++) entries[i].revents = 0;
    return ready < 0 ? 0 : ready;
}
