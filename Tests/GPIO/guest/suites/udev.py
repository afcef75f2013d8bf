"""Debian's udevd from its unpacked package, with its rules and the station's."""

import os
import shutil
import subprocess


def start():
    package = os.environ["UDEV"]
    for folder in ("bin", "lib/udev", "lib/systemd"):
        shutil.copytree(f"{package}/{folder}", f"/usr/{folder}", dirs_exist_ok=True, symlinks=True)
    shutil.copy(os.environ["UDEV_RULES"], "/usr/lib/udev/rules.d/")
    environment = dict(os.environ, SYSTEMD_IGNORE_CHROOT="1")
    subprocess.run(["/usr/lib/systemd/systemd-udevd", "--daemon"], env=environment, check=True, capture_output=True)


def make_users():
    """The station's users, and Raspberry Pi OS's group of GPIO: the rules name them."""
    with open("/etc/group", "a", encoding="ascii") as groups:
        groups.write("gpio:x:987:\npickupd:x:988:\ncoilguard:x:989:\n")
    with open("/etc/passwd", "a", encoding="ascii") as users:
        users.write("pickupd:x:988:988::/:/bin/false\ncoilguard:x:989:989::/:/bin/false\n")
