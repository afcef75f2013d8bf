"""A wall of doors on one simulated chip, and what its locks and doors do: a lock that gets current lets its door
spring open; a door that is pushed shut stays shut while its coil is off."""

import threading
import time

from chips import Chip

DOORS = [f"A-0{number}" for number in range(1, 9)]
CHIP = "wall"
# How long a latch takes to let go.
LATCH = 0.05


class Wall:
    """Locks at the lines LOCK_01… (on when high), contacts at DOOR_01… (closed: to ground)."""

    def __init__(self):
        names = {n: f"LOCK_0{n + 1}" for n in range(8)} | {n + 8: f"DOOR_0{n + 1}" for n in range(8)}
        self.chip = Chip(CHIP, lines=16, names=names)
        self.pulses = []
        self.blind = 0.0
        self.is_plugged = False
        self.plug()
        threading.Thread(target=self._live, daemon=True).start()

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
            for number, door in enumerate(DOORS):
                level = self._level(number)
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

    def _level(self, number):
        try:
            return self.is_plugged and self.chip.level(number)
        except OSError:
            return 0

    def coil(self, door):
        return self._level(DOORS.index(door))

    def is_open(self, door):
        return bool(self._level(DOORS.index(door) + 8))

    def open(self, door):
        self.chip.pull(DOORS.index(door) + 8, 1)

    def close(self, door):
        self.chip.pull(DOORS.index(door) + 8, 0)


def configuration(guard_socket, pulse_ms):
    """The wall in station.yaml."""
    lines = [
        "buses:",
        f"  - {{ name: pi, title: Wall, gpio: {{ chip: {CHIP}, guard: {guard_socket} }} }}",
        "boards:",
        "  - { name: A, bus: pi, profile: gpio-resistors-outside }",
        "compartments:",
    ]
    for number, door in enumerate(DOORS, 1):
        lines.append(
            f"  - {{ id: {door}, size: S, board: A, channel: {number}, line: LOCK_0{number},"
            f" sensor: {{ line: DOOR_0{number} }}, pulseMs: {pulse_ms} }}"
        )
    return "\n".join(lines)
