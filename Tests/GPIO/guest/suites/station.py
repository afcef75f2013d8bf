"""The whole station on GPIO: the real pickupd and the real coil guard, each as its own user, the example wall of eight
doors on a simulated chip, HQ, and people. Doors are opened end to end; then everything is killed in the middle of a
pulse."""

import fcntl
import json
import os
import pathlib
import shutil
import signal
import termios
import time
import tty

import udev
from checks import check, expect, expect_equal, explain, finish, until
from guard import Guard
from hq import BADGE, HQ, PIN
from pickupd import PROFILES, Kiosk, Station, compartment
from wall import PULSE, Wall

# How late a pulse may end by what is measured here: the guard and this process share an emulated processor.
LATE = 0.4
PICKUPD, GUARD = ("pickupd", "gpio"), ("pickup-coilguard", "gpio")

udev.make_users()
udev.start()
wall = Wall()
hq = HQ("GPIO-1")
# Where pickupd looks for it, made by systemd elsewhere.
os.mkdir("/run/pickup-coilguard")
shutil.chown("/run/pickup-coilguard", user=GUARD[0])
guard = Guard("# not written yet", socket="/run/pickup-coilguard/guard.sock")
scanner, scanner_wire = os.openpty()
tty.setraw(scanner_wire)
scanner_path = os.ttyname(scanner_wire)
os.chmod(scanner_path, 0o666)
os.close(scanner_wire)
# The shipped profile, but for two things: gpio-sim lets a resistor inside the chip win over whatever pulls from outside,
# so the wall has its resistors outside; and pulses may be as long as the guard's own limit.
CHANGES = {"bias: pull-up": "bias: as-is", "maximumMs: 1000": "maximumMs: 3000"}
shipped = pathlib.Path(PROFILES, "generic-gpio-mosfet-16ch.yaml")
profiles = pathlib.Path("/run/profiles")
profiles.mkdir()
profile = shipped.read_text()
for old, new in CHANGES.items():
    expect(old in profile, f"{shipped} has no {old}")
    profile = profile.replace(old, new)
(profiles / shipped.name).write_text(profile)
station = Station(hq, wall.configuration, scanner_path, user=PICKUPD, profiles=profiles)
kiosk = Kiosk()
explain += [station.said, guard.said, lambda: f"the kiosk shows {kiosk.view}"]


def start_guard():
    guard.start("--allow-user", "pickupd", user=GUARD)
    # As systemd does for the guard's socket.
    shutil.chown(guard.socket, group="pickupd")


def scan(text):
    os.write(scanner, f"{text}\r".encode())


def free_the_scanner():
    """A pseudo-terminal stays its last user's alone (TIOCEXCL) until its other end is closed too; a tty does not."""
    port = os.open(scanner_path, os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(port, termios.TIOCNXCL)
    os.close(port)


def sign_in():
    """Staff show their badge, which the station knows once it has read HQ's feed, and type their PIN."""
    until(lambda: hq.is_read and kiosk.view["scannerConnected"], "the station has read HQ's feed", 30)
    kiosk.wait("home")
    scan(BADGE)
    kiosk.wait("staffPIN")
    kiosk.send(pin=PIN)
    kiosk.wait("staffMenu", seconds=30)


def ask_to_load(label):
    """Staff at their menu scan the label of a parcel, which opens a door."""
    until(lambda: hq.is_read, "the station has read HQ's feed", 30)
    kiosk.press("startLoading")
    kiosk.wait("loadScan")
    scan(label)


def put_in(label):
    """Staff put the parcel in and close the door that opened; returns the door."""
    ask_to_load(label)
    door = compartment(kiosk.wait("loadPutIn"))
    until(wall.is_lit, "a door is open, and the lamp is lit")
    shut(door)
    kiosk.wait("loadScan")
    return door


def shut(door):
    """A person takes a moment; a coil that is still on would let go of the door again."""
    until(lambda: wall.is_open(door), f"{door} is open")
    time.sleep(1.7)
    until(lambda: not wall.coil(door), f"the coil of {door} is off")
    wall.close(door)


def leave():
    """Whoever is at the kiosk goes away."""
    def gone():
        name, shown = kiosk.screen
        if name == "loadPutIn":
            # Nobody gets away from an open door: it is closed first.
            wall.close(compartment(shown))
            time.sleep(0.5)
        elif name not in ("home", None):
            kiosk.press({"loadConfirm": "parcelNotInside"}.get(name, "finish"))
            time.sleep(0.3)
        return name == "home"

    until(gone, "the kiosk is free", 30)


def expect_one_pulse(before, door):
    """Exactly one pulse since then, of this door, and no longer than it may be."""
    pulses = wall.pulses[before:]
    expect_equal([pulse[0] for pulse in pulses], [door], "coils that were on")
    found, blind, wanted = pulses[0][2] - pulses[0][1], wall.blind, PULSE / 1000
    expect(wanted * 0.8 - blind <= found <= wanted + blind + LATE, f"on for {found:.3f} s (± {blind:.3f})")


def pulse_in_progress():
    """Waits until a coil is on."""
    known = len(wall.pulses)
    until(lambda: not all_off(), "a coil goes on")
    until(lambda: wall.pulses[-1][2] is None, "it is seen")
    expect(len(wall.pulses) in (known, known + 1), f"{wall.pulses}")
    return wall.pulses[-1]


def expect_cut_short(pulse, killed):
    """The pulse ended because of the kill, and not because its time was over."""
    until(lambda: pulse[2] is not None, "the end of the pulse was seen", 5)
    whole, after = pulse[2] - pulse[1], pulse[2] - killed
    expect(whole < PULSE / 1000 * 0.75, f"on for {whole:.3f} s in all, {after:.3f} s of it after the kill")


def looks():
    """How the kiosk shows each door."""
    return {door["compartment"]: door["look"] for door in (kiosk.view or {"doors": []})["doors"]}


def serves():
    return kiosk.screen[0] not in (None, "cannotServe") and "unknown" not in looks().values()


def all_off():
    return not any(wall.coil(door) for door in wall.doors)


with check("pickupd writes the guard's table from its configuration", is_needed=True):
    status, table = station.run("--print-coilguard")
    expect_equal(status, 0, table)
    guard.table.write_text(table)
    expect_equal(table.count("\noutput "), 8, table)

with check("udev gives the chip to the group gpio: guard and pickupd, neither of them root, start and serve", is_needed=True):
    start_guard()
    expect("cannot" not in guard.said(), guard.said())
    station.start()
    kiosk.wait("home", seconds=60)
    expect_equal(looks(), {door: "closed" for door in wall.doors}, "doors")

with check("staff load a parcel: one door opens by one pulse", is_needed=True):
    label, code = hq.place(1001)
    before = len(wall.pulses)
    sign_in()
    loaded = put_in(label)
    expect_one_pulse(before, loaded)
    leave()

with check("the customer types the code: the same door opens by one pulse, and HQ hears of it"):
    before = len(wall.pulses)
    kiosk.send(code=code)
    expect_equal(compartment(kiosk.wait("takeParcel")), loaded, "the door that is shown")
    shut(loaded)
    kiosk.wait("done")
    expect_one_pulse(before, loaded)
    until(lambda: "pickup.completed" in hq.events, "HQ hears of it")
    leave()

with check("the lamp, on a line that pickupd holds itself, is lit while a door is open and dark afterwards"):
    until(lambda: not wall.is_lit(), "the lamp is dark")

with check("a door that is pulled open without anybody's leave is told to HQ"):
    wall.open("A-08")
    until(lambda: "door.forcedOpen" in hq.events, "HQ hears of it")
    wall.close("A-08")

with check("kill -9 of pickupd in the middle of a pulse ends the pulse", is_needed=True):
    label, _ = hq.place(1002)
    sign_in()
    ask_to_load(label)
    pulse = pulse_in_progress()
    until(lambda: wall.is_open(pulse[0]), "the door has sprung open")
    killed = station.kill()
    until(all_off, "every coil is off", 5)
    expect_cut_short(pulse, killed)

with check("started again, it pulses nothing by itself, and asks staff about the door", is_needed=True):
    before = len(wall.pulses)
    # Long enough for somebody to have put a parcel in and closed the door: a shorter break proves the opposite.
    time.sleep(6)
    wall.close(pulse[0])
    free_the_scanner()
    station.start()
    until(lambda: kiosk.screen[0] == "home", "the kiosk serves", 60)
    time.sleep(2)
    expect_equal(wall.pulses[before:], [], "pulses")
    sign_in()
    until(lambda: pulse[0] in json.dumps(kiosk.screen[1]), f"{pulse[0]} is on the menu", 20)

with check("kill -9 of the guard in the middle of a pulse ends the pulse on this kernel"):
    label, code = hq.place(1003)
    ask_to_load(label)
    pulse = pulse_in_progress()
    killed = time.monotonic()
    guard.end(signal.SIGKILL)
    until(all_off, "every coil is off", 5)
    expect_cut_short(pulse, killed)

with check("without its guard the wall does not serve, and says why; with it again it does"):
    until(lambda: kiosk.screen[0] == "cannotServe" or "coil guard" in station.said(), "pickupd notices")
    expect_equal(guard.all_off(user=GUARD).returncode, 0, "--all-off, as the guard's unit does")
    start_guard()
    until(serves, "the wall serves again", 30)

with check("a chip that is pulled out is noticed, and when it is back the wall serves without a restart"):
    wall.unplug()
    until(lambda: "unknown" in looks().values(), "the doors are unknown")
    wall.plug()
    until(serves, "the wall serves again", 30)
    expect("unknown" not in looks().values(), f"{looks()}")

with check("and a door opens again, end to end"):
    leave()
    label, code = hq.place(1004)
    before = len(wall.pulses)
    sign_in()
    loaded = put_in(label)
    expect_one_pulse(before, loaded)

with check("pickupd stops in order and leaves every coil off"):
    expect_equal(station.stop(), 0, "exit status")
    expect(all_off(), "a coil is on")
    expect_equal(guard.end(), 0, "the guard's exit status")

finish()
