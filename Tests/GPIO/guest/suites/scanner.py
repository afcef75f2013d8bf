"""The station's scanner on USB: plugged in, scanned with, pulled out and plugged in again while pickupd runs as a user
of its own, by the name that the station's udev rules give its socket. The driver is the kernel's own (FTDI)."""

import glob
import os
import pathlib
import shutil
import subprocess

from checks import Wrong, check, expect, expect_equal, finish, until
from hq import BADGE, HQ
from station import Kiosk, Station

SHARE = pathlib.Path("/run/job")
PICKUPD, DIALOUT = "990", "20"
# The station refuses badges while it has no lock board, so it gets one: the demo's cabinet.
WALL = """\
buses:
  - { name: wall, tcp: { host: 127.0.0.1, port: 1502 } }
boards:
  - { name: A, bus: wall, profile: generic-coil-16ch-watchdog, unit: 1 }
compartments:
  - { id: A-01, size: S, board: A, channel: 1 }"""


def hands(what):
    """Has the hands outside do something, and waits until it is done."""
    (SHARE / "asking").write_text(what)
    os.rename(SHARE / "asking", SHARE / "ask")
    until((SHARE / "done").exists, f"the hands {what}")
    answer = (SHARE / "done").read_text()
    (SHARE / "done").unlink()
    if answer != "ok":
        raise Wrong(f"the hands could not {what}: {answer}")


def scan(text):
    hands(f"scan {text!r}")


def start_udev():
    """Debian's udevd from the unpacked package, with its rules and the station's."""
    package = os.environ["UDEV"]
    for folder in ("bin", "lib/udev", "lib/systemd"):
        shutil.copytree(f"{package}/{folder}", f"/usr/{folder}", dirs_exist_ok=True, symlinks=True)
    shutil.copy(os.environ["UDEV_RULES"], "/usr/lib/udev/rules.d/")
    environment = dict(os.environ, SYSTEMD_IGNORE_CHROOT="1")
    subprocess.run(["/usr/lib/systemd/systemd-udevd", "--daemon"], env=environment, check=True)


def name_of_the_socket():
    found = glob.glob("/dev/pickup/port-*")
    return found[0] if found else None


with check("udevd starts"):
    start_udev()

with check("a scanner that is plugged in gets a name that belongs to its socket, and to the group dialout"):
    hands("plug")
    path = until(name_of_the_socket, "/dev/pickup/port-… appears")
    node = os.path.realpath(path)
    expect(node.startswith("/dev/ttyUSB"), node)
    until(lambda: os.stat(node).st_gid == int(DIALOUT), "the group of the port")
    expect_equal(oct(os.stat(node).st_mode & 0o777), "0o660", "mode")

with check("and a name of its own in /dev/serial/by-id"):
    until(lambda: glob.glob("/dev/serial/by-id/usb-*"), "/dev/serial/by-id/usb-… appears")

cabinet = subprocess.Popen([f"{os.environ['PRODUCTS']}/pickup-demo", "--cabinet-only"], stdout=subprocess.DEVNULL)
hq = HQ("USB-1")
kiosk = Kiosk()
station = Station(hq, WALL, path, user=(PICKUPD, DIALOUT))

with check("pickupd, not root, opens it"):
    station.start()
    until(lambda: kiosk.view and kiosk.view["scannerConnected"], "the kiosk knows of a scanner", 40)

with check("what it scans is read"):
    until(lambda: hq.report, "the station has talked with HQ")
    kiosk.wait("home")
    scan(f"{BADGE}\r".encode())
    kiosk.wait("staffPIN")
    kiosk.press("finish")
    kiosk.wait("home")

for turn in ("once", "twice"):
    with check(f"pickupd says so when it is pulled out ({turn})"):
        hands("unplug")
        until(lambda: not kiosk.view["scannerConnected"], "the kiosk knows that it is gone")
        until(lambda: not os.path.lexists(path), "its name is gone")

    with check(f"plugged in again it is the same port by the same name, and is read again ({turn})"):
        hands("plug")
        until(lambda: kiosk.view["scannerConnected"], "the kiosk knows that it is back")
        expect_equal(os.path.realpath(path), node, "an open descriptor would have kept the old number")
        scan(f"{BADGE}\r\n".encode())
        kiosk.wait("staffPIN")
        kiosk.press("finish")
        kiosk.wait("home")

with check("pickupd stops in order"):
    expect_equal(station.stop(), 0, "exit status")
    cabinet.kill()

finish()
