"""Simulated GPIO chips (gpio-sim, Documentation/admin-guide/gpio/gpio-sim.rst): made, looked at, driven, unplugged."""

import multiprocessing
import os
import time

CONFIGURATION = "/sys/kernel/config/gpio-sim"


def _write(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(str(text))


def _read(path):
    with open(path, encoding="ascii") as file:
        return file.read().strip()


class Chip:
    """A chip with a label and lines, some of them with names. It is there once it is plugged in."""

    def __init__(self, label, lines=8, names=(), device=None):
        self.label = label
        self._device = f"{CONFIGURATION}/{device or label}"
        self.lines = lines
        self.names = dict(names)
        self.node = None
        self._folder = None

    def plug(self):
        """Makes the chip appear, with whatever number the kernel gives it; every input reads 0."""
        bank = f"{self._device}/bank0"
        os.makedirs(bank)
        _write(f"{bank}/num_lines", self.lines)
        _write(f"{bank}/label", self.label)
        for offset, name in self.names.items():
            os.mkdir(f"{bank}/line{offset}")
            _write(f"{bank}/line{offset}/name", name)
        _write(f"{self._device}/live", 1)
        number = _read(f"{bank}/chip_name")
        self.node = f"/dev/{number}"
        self._folder = f"/sys/devices/platform/{_read(f'{self._device}/dev_name')}/{number}"
        return self

    def unplug(self):
        """Makes the chip vanish, whoever has it open."""
        _write(f"{self._device}/live", 0)
        for offset in self.names:
            os.rmdir(f"{self._device}/bank0/line{offset}")
        os.rmdir(f"{self._device}/bank0")
        os.rmdir(self._device)
        self.node = self._folder = None

    def path(self, offset):
        """The file that shows what is on the wire of this line: 0 or 1, whatever active-low says."""
        return f"{self._folder}/sim_gpio{offset}/value"

    def level(self, offset):
        """What is on the wire of this line."""
        return int(_read(self.path(offset)))

    def pull(self, offset, level):
        """Drives an input to this level from outside; a change is an edge."""
        _write(f"{self._folder}/sim_gpio{offset}/pull", "pull-up" if level else "pull-down")


class Recorder:
    """Watches lines of a chip from a process of its own, every half millisecond if the processor allows it."""

    def __init__(self, chip, offsets):
        self._files = {offset: os.open(chip.path(offset), os.O_RDONLY) for offset in offsets}
        self._ours, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.Process(target=self._watch, args=(theirs,), daemon=True)
        self._process.start()
        self._ours.recv()

    def _watch(self, pipe):
        levels = {offset: int(os.pread(file, 4, 0)) for offset, file in self._files.items()}
        changes = []
        widest = 0.0
        pipe.send("watching")
        last = time.monotonic()
        while not pipe.poll(0.0005):
            for offset, file in self._files.items():
                try:
                    level = int(os.pread(file, 4, 0))
                except OSError:  # unplugged: what was recorded stays
                    continue
                if level != levels[offset]:
                    levels[offset] = level
                    changes.append((time.monotonic(), offset, level))
            now = time.monotonic()
            widest = max(widest, now - last)
            last = now
        pipe.send((changes, widest))

    def stop(self):
        """Ends the watching; returns the changes as (seconds, offset, level), and the longest look away."""
        self._ours.send("stop")
        changes, self.blind = self._ours.recv()
        self._process.join()
        for file in self._files.values():
            os.close(file)
        return changes

    def pulses(self):
        """Ends the watching; returns what was on: (offset, from, to), in order, `to` None while still on."""
        pulses = []
        for moment, offset, level in self.stop():
            if level:
                pulses.append([offset, moment, None])
                continue
            for pulse in pulses:
                if pulse[0] == offset and pulse[2] is None:
                    pulse[2] = moment
        return [tuple(pulse) for pulse in pulses]
