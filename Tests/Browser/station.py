"""A whole station on this machine (pickup-demo), moved as people move it: order in the shop, scan, pull and close
doors, pull the scanner's plug, kill the daemon."""

import json
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
BADGE, PIN = "STAFF-1001", "4711"
PHONE = "+49 30 555 0100"
# Shorter than in a store, so that nobody has to wait for them; each is a time that a retailer may set.
POLICY = {
    "openTimeoutMs": 1500, "lastOpenTimeoutMs": 2500, "closeReminderMs": 2500, "doneMs": 25_000, "refusalMs": 25_000,
    "loadDwellMinMs": 300, "wrongCodesPerDayMax": 6,
}


def free_port():
    """The first of three free ports in a row."""
    for port in range(18_100 + os.getpid() % 500 * 4, 65_000, 4):
        sockets = [socket.socket() for _ in range(3)]
        try:
            for index, one in enumerate(sockets):
                one.bind(("127.0.0.1", port + index))
            return port
        except OSError:
            continue
        finally:
            for one in sockets:
                one.close()
    raise RuntimeError("no three free ports in a row")


class Station:
    """pickup-demo and what a person can do around it."""

    def __init__(self, folder, program=None, policy=None):
        self.port = free_port()
        self.kiosk = f"http://127.0.0.1:{self.port + 1}"
        self._wall = f"http://127.0.0.1:{self.port}"
        self._shop = f"http://127.0.0.1:{self.port + 2}"
        self.folder = pathlib.Path(folder)
        build = os.environ.get("PICKUP_BUILD", str(ROOT / ".build/debug"))
        lines = {**POLICY, **(policy or {})}
        command = [program or f"{build}/pickup-demo", "--fresh", "--state", str(self.folder), "--port", str(self.port)]
        command += [word for name, value in lines.items() for word in ("--policy", f"{name}={value}")]
        # A store's own time zone, which is not the browser's: times on the screen are in the store's.
        self.log = open(self.folder.parent / "demo.log", "ab")
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, env={**os.environ, "TZ": "Europe/Berlin"},
        )
        self._last_scan = ("", 0.0)
        self._until(lambda: "home" in self.screen(), 40, "the station does not start")

    def stop(self):
        """Ends it in order."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()

    def _until(self, what, seconds, message):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                if what():
                    return
            except (urllib.error.URLError, OSError, ValueError):
                pass
            time.sleep(0.05)
        raise AssertionError(f"{message}; its log is {self.folder}/pickupd.log")

    # What is asked and sent

    @staticmethod
    def _get(url):
        with urllib.request.urlopen(url, timeout=10) as reply:
            return json.load(reply)

    @staticmethod
    def _post(url, body):
        request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=20) as reply:
            text = reply.read()
        return json.loads(text) if text else None

    def screen(self):
        """The screen of the newest view, as the station sends it."""
        with urllib.request.urlopen(self.kiosk + "/events", timeout=5) as stream:
            for line in stream:
                if line.startswith(b"data: "):
                    return json.loads(line[6:])["screen"]
        return {}

    def kiosk_file(self, path):
        """A JSON file of the kiosk's page."""
        return self._get(self.kiosk + path)

    # The shop

    def order(self, *skus):
        """Orders goods, a parcel each; returns the order with its codes."""
        return self._post(f"{self._shop}/shop/api/orders", {"skus": list(skus)})

    def change(self, order, action):
        """What happens to an order at HQ: cancel, reroute, expire, tooEarly, hold, paymentDue, counter."""
        self._post(f"{self._shop}/shop/api/orders/{order['orderId']}", {"action": action})

    def order_at_hq(self, order):
        """The order as HQ has it now."""
        orders = self._get(f"{self._shop}/shop/api/overview")["orders"]
        return next(one for one in orders if one["orderId"] == order["orderId"])

    # The wall

    def scan(self, text):
        """Holds a code in front of the scanner; the same code again only after it was taken away for a while."""
        last, at = self._last_scan
        if text == last:
            time.sleep(max(0.0, 2.7 - (time.monotonic() - at)))
        self._last_scan = (text, time.monotonic())
        self._post(f"{self._wall}/scan", {"text": text})

    def door(self, name, action):
        """pull, close, force, stick, unstick, cutSensor, mendSensor."""
        self._post(f"{self._wall}/door", {"door": name, "action": action})

    def state_of(self, name):
        """The door as the simulated cabinet has it."""
        return next(door for door in self._get(f"{self._wall}/state")["doors"] if door["name"] == name)

    def close(self, name):
        """Pushes a door shut. While its coil is on the latch does not catch: a person pushes again."""
        def is_shut():
            door = self.state_of(name)
            if door["position"] == "closed" and door["latch"] == "locked":
                return True
            if not door["isCoilOn"]:
                self.door(name, "close")
            return False
        self._until(is_shut, 10, f"door {name} does not close")

    def plug_scanner(self, is_plugged):
        """Pulls the scanner's plug, or puts it in again."""
        self._post(f"{self._wall}/scanner", {"isPlugged": is_plugged})

    # The daemon

    def daemon(self):
        """The process id of pickupd: the only child of the demo."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task").glob("*/children")
        pids = [int(pid) for file in children for pid in file.read_text().split()]
        assert len(pids) == 1, pids
        return pids[0]

    def kill_daemon(self):
        """kill -9; the demo starts it again after two seconds, as systemd does."""
        os.kill(self.daemon(), signal.SIGKILL)
