"""The coil guard in the guest: its table, its process, and a client that speaks its protocol."""

import os
import pathlib
import signal
import socket
import subprocess
import time

from checks import Wrong, until

FOLDER = pathlib.Path("/run/guard")
GUARD = f"{os.environ['PRODUCTS']}/pickup-coilguard"


def output(name, chip, line, supply="A", active="high", drive="push-pull", maximum=2000, gap=0, rest=1):
    """A line of the guard's table."""
    return (
        f"output {name} chip={chip} line={line} active={active} drive={drive} supply={supply}"
        f" max-ms={maximum} gap-ms={gap} rest={rest}"
    )


def prefix(user):
    """What starts a program as (user, group), or as root."""
    if not user:
        return []
    return ["/usr/bin/setpriv", "--reuid", str(user[0]), "--regid", str(user[1]), "--clear-groups"]


class Guard:
    """The real pickup-coilguard with this table, at a socket of its own."""

    def __init__(self, *table, name="guard"):
        FOLDER.mkdir(exist_ok=True)
        FOLDER.chmod(0o777)
        self.table = FOLDER / f"{name}.conf"
        self.table.write_text("\n".join(table) + "\n")
        self.socket = FOLDER / f"{name}.sock"
        self.log = FOLDER / f"{name}.log"
        self.process = None

    def start(self, *arguments, user=None):
        """Starts it; returns once it has tried to take its outputs."""
        command = [GUARD, "--config", self.table, "--socket", self.socket, *arguments]
        self.log.write_bytes(b"")
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*prefix(user), *command], stdout=log, stderr=log)
        until(lambda: self.process.poll() is not None or self.answers(), "the guard answers")
        if self.process.returncode is not None:
            raise Wrong(f"the guard ended with {self.process.returncode}: {self.said()}")
        return self

    def answers(self):
        """Whether it is in its loop: it listens before it takes the outputs, and answers after that."""
        try:
            return Client(self.socket).ask("read nothing") != ""
        except OSError:
            return False

    def said(self):
        return self.log.read_text(errors="replace")

    def end(self, number=signal.SIGTERM):
        """Sends the signal; returns the exit status once it has ended."""
        self.process.send_signal(number)
        return self.process.wait(timeout=15)

    def all_off(self, user=None):
        """Runs the guard with --all-off, as its unit does after a crash."""
        return subprocess.run([*prefix(user), GUARD, "--config", self.table, "--all-off"], capture_output=True, text=True)


class Client:
    """A connection to a guard."""

    def __init__(self, path):
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.settimeout(10)
        self._number = 0
        self._socket.connect(str(path))

    def ask(self, request):
        """Returns the answer without its number."""
        self._number += 1
        self._socket.send(f"{self._number} {request}".encode())
        number, _, answer = self._socket.recv(65536).decode().partition(" ")
        if number not in (str(self._number), "0"):
            raise Wrong(f"answer {number} to request {self._number}")
        return answer

    def pulse(self, name, milliseconds, valid=5.0):
        """Asks for a pulse that must begin within so many seconds."""
        limit = time.clock_gettime_ns(time.CLOCK_BOOTTIME) + int(valid * 1e9)
        return self.ask(f"pulse {name} {milliseconds} {max(limit, 0)}")

    def close(self):
        self._socket.close()


def client_process(guard, name, milliseconds):
    """A process of its own that has asked for a pulse and waits: its id, once the guard has answered."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        client = Client(guard.socket)
        os.write(writer, client.pulse(name, milliseconds).encode())
        signal.pause()
    os.close(writer)
    answer = os.read(reader, 4096).decode()
    os.close(reader)
    if not answer.startswith("on "):
        raise Wrong(f"no pulse: {answer}")
    return child
