"""The real pickupd in the guest: its configuration, its process, and the kiosk as its page sees it."""

import base64
import http.client
import json
import os
import pathlib
import signal
import subprocess
import threading
import time

from checks import Wrong, until
from programs import as_user

PORT = 8080
PROFILES = f"{os.environ['ROOT']}/hardware/boards"
FOLDER = pathlib.Path("/run/station")


class Kiosk:
    """The kiosk's screen without a browser: one event stream, read as views come."""

    def __init__(self):
        self.view = None
        threading.Thread(target=self._follow, daemon=True).start()

    def _follow(self):
        while True:
            try:
                connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=60)
                connection.request("GET", "/events", headers={"Accept": "text/event-stream"})
                data = []
                for line in connection.getresponse():
                    text = line.decode().rstrip("\r\n")
                    if text.startswith("data:"):
                        data.append(text[5:])
                    elif not text and data:
                        self.view = json.loads("\n".join(data))
                        data = []
            except (OSError, http.client.HTTPException):
                pass
            self.view = None
            time.sleep(0.05)

    @property
    def screen(self):
        """The name of the screen and what is on it; nothing while the kiosk does not answer."""
        view = self.view
        return next(iter(view["screen"].items())) if view else (None, None)

    def wait(self, *names, seconds=20):
        """Waits for one of these screens; returns what is on it."""
        try:
            return until(lambda: self.screen[0] in names and (self.screen[1] or {"": ""}), names, seconds)
        except Wrong:
            raise Wrong(f"the kiosk should show {' or '.join(names)}, and shows {self.view}") from None

    def send(self, **body):
        connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=10)
        connection.request("POST", "/input", json.dumps(body), {"Content-Type": "application/json"})
        answer = connection.getresponse()
        if answer.status // 100 != 2:
            raise Wrong(f"the kiosk refused {list(body)}: {answer.status} {answer.read()}")

    def press(self, button):
        self.send(button={button: {}})


def compartment(content):
    """The compartment that a screen is about, wherever it stands in it."""
    if isinstance(content, dict):
        if "compartment" in content:
            return content["compartment"]
        found = (compartment(member) for member in content.values())
        return next((name for name in found if name), None)
    return None


class Station:
    """pickupd with this wall (lines of YAML: buses, boards, compartments) and scanner, as this user (name and groups)."""

    def __init__(self, hq, wall, scanner, user=None, profiles=None):
        for part in ("state", "run"):
            (FOLDER / part).mkdir(parents=True, exist_ok=True)
        self._secret("key", base64.b64encode(hq.key).decode())
        self._secret("token", hq.token)
        self.log = FOLDER / "log"
        self.configuration = FOLDER / "station.yaml"
        self.configuration.write_text(f"""\
station:
  id: {hq.station}
  name: Store with GPIO
  phone: "+49 30 555 0100"
  keyFile: {FOLDER}/key
  stateFolder: {FOLDER}/state
  runtimeFolder: {FOLDER}/run
  adminSocket: {FOLDER}/run/admin.sock
  boardProfiles: {profiles or PROFILES}
hq: {{ baseURL: "{hq.url}", tokenFile: {FOLDER}/token, longPollSeconds: 20, stateSeconds: 5 }}
{wall}
scanner: {{ path: {scanner}, baud: 9600, duplicateWindowMs: 200 }}
kiosk: {{ port: {PORT} }}
""")
        self.user = []
        if user:
            subprocess.run(["/usr/bin/chown", "-R", user[0], FOLDER], check=True)
            self.user = as_user(user)
        self.process = None

    def _secret(self, name, text):
        (FOLDER / name).write_text(text + "\n")
        (FOLDER / name).chmod(0o600)

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*self.user, *self.program, "--unwalked"], stdout=log, stderr=log)

    def run(self, *arguments):
        """Runs pickupd for an answer instead of for ever; returns its exit status and output."""
        done = subprocess.run([*self.user, *self.program, *arguments], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    @property
    def program(self):
        return [f"{os.environ['PRODUCTS']}/pickupd", "--config", str(self.configuration)]

    def kill(self):
        """kill -9; returns the moment before, and once the process is gone."""
        moment = time.monotonic()
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        return moment

    def stop(self):
        self.process.terminate()
        return self.process.wait(timeout=40)

    def said(self, lines=15):
        if not self.log.exists():
            return ""
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
