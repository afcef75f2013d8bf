"""The example wall of hardware/stations on a simulated chip, and what its locks and doors do: a lock that gets current
lets its door spring open; a door that is pushed shut stays shut while its coil is off."""

import os
import re
import threading
import time

from chips import Chip

# How long a latch takes to let go.
LATCH = 0.05
# Long enough to kill something in the middle of a pulse, in milliseconds: the sockets of a killed process close only
# once its memory is given back, and an emulated processor takes its time for that.
PULSE = 2000
# A line of the example wall that nothing else uses, for a lamp.
LAMP = 3


def example():
    """The buses, boards and compartments of the example wall, with pulses of PULSE."""
    with open(f"{os.environ['ROOT']}/hardware/stations/gpio-8-doors.yaml", encoding="utf-8") as file:
        text = file.read()
    wall = text[text.index("buses:"):text.index("scanner:")]
    wall = re.sub(r", pulseMs: \d+", "", wall)
    board = re.search(r"^  - { name: (\S+), .*profile: [^,}]+?(?= *})", wall, flags=re.MULTILINE)
    wall = wall.replace(board[0], f"{board[0]}, outputs: {{ 16: GPIO{LAMP} }}")
    wall += f"points:\n  - {{ name: light, kind: lamp, board: {board[1]}, output: 16 }}\n"
    return re.sub(r"^(  - { id: .*) }$", rf"\1, pulseMs: {PULSE} }}", wall, flags=re.MULTILINE)


class Wall:
    """Locks that are on while their line is high, and contacts that a closed door holds to ground."""

    def __init__(self):
        self.configuration = example()
        found = re.findall(r"id: (\S+),.* line: GPIO(\d+), sensor: { line: GPIO(\d+)", self.configuration)
        self.locks = {door: int(line) for door, line, _ in found}
        self.contacts = {door: int(line) for door, _, line in found}
        label = re.search(r"chip: (\S+)", self.configuration)[1]
        self.chip = Chip(label, lines=28, names={line: f"GPIO{line}" for line in range(28)})
        self.pulses = []
        self.blind = 0.0
        self.is_plugged = False
        self.plug()
        threading.Thread(target=self._live, daemon=True).start()

    @property
    def doors(self):
        return sorted(self.locks)

    def plug(self):
        self.chip.plug()
        self.is_plugged = True

    def unplug(self):
        self.is_plugged = False
        self.chip.unplug()

    def _live(self):
        """Follows the coils: each pulse becomes [door, from, to] with `to` None while it is on."""
        on, last = {}, time.monotonic()
        while True:
            for door, line in self.locks.items():
                level = self._level(line)
                now = time.monotonic()
                if level and door not in on:
                    on[door] = [door, now, None]
                    self.pulses.append(on[door])
                elif level and now - on[door][1] > LATCH:
                    self.open(door)
                elif not level and door in on:
                    on.pop(door)[2] = now
            time.sleep(0.002)
            now = time.monotonic()
            self.blind, last = max(self.blind, now - last), now

    def _level(self, line):
        try:
            return self.is_plugged and self.chip.level(line)
        except OSError:
            return 0

    def is_lit(self):
        """Whether the wall's lamp is on."""
        return bool(self._level(LAMP))

    def coil(self, door):
        return self._level(self.locks[door])

    def is_open(self, door):
        return bool(self._level(self.contacts[door]))

    def open(self, door):
        self.chip.pull(self.contacts[door], 1)

    def close(self, door):
        self.chip.pull(self.contacts[door], 0)
