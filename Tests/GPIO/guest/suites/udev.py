"""Debian's udevd from its unpacked package, with its rules and the station's; and the users that those name."""

import os
import shutil
import subprocess


def start():
    package = os.environ["UDEV"]
    for folder in ("bin", "lib/udev", "lib/systemd"):
        shutil.copytree(f"{package}/{folder}", f"/usr/{folder}", dirs_exist_ok=True, symlinks=True)
    shutil.copy(f"{os.environ['ROOT']}/hardware/udev/70-pickup-station.rules", "/usr/lib/udev/rules.d/")
    environment = dict(os.environ, SYSTEMD_IGNORE_CHROOT="1")
    subprocess.run(["/usr/lib/systemd/systemd-udevd", "--daemon"], env=environment, check=True, capture_output=True)


def make_users():
    """The users and groups that the station's installation makes: the rules and the programs name them."""
    subprocess.run(["/usr/bin/systemd-sysusers", f"{os.environ['ROOT']}/systemd/pickupd.sysusers"], check=True, capture_output=True)
