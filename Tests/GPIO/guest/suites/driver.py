"""The project's own GPIO code on simulated chips: the coil guard, and what the inputs say (gpio-probe). Runs once
against libgpiod 1.6 and once against 2.x.

An emulated processor is slow, so order and bounds are judged and no exact widths. A pulse must never be longer than
it was asked for; what is measured may be, by as long as the recorder looked away and the guard was late: LATE."""

import os
import signal
import subprocess
import time

from checks import Wrong, check, expect, expect_equal, finish, until
from chips import Chip, Recorder
from guard import Client, Guard, client_process, output, prefix

LATE = 0.25
PROBE = f"{os.environ['PRODUCTS']}/gpio-probe"
NOBODY = (65534, 65534)
OUTPUTS = [
    output("A/1", "locks", "LOCK_01"),
    output("A/2", "locks", "LOCK_02"),
    output("A/3", "locks", "#2", gap=300),
    output("A/4", "locks", "#3", rest=1000),
    output("B/1", "locks", "#4", supply="B", active="low"),
    output("C/1", "locks", "#5", supply="C", active="low", drive="open-drain"),
]

locks = Chip("locks", lines=8, names={0: "LOCK_01", 1: "LOCK_02"}).plug()
doors = Chip("doors", lines=8, names={0: "DOOR_01"}).plug()
locks.pull(5, 1)  # the resistor that an open-drain output needs
guard = Guard(*OUTPUTS)


def width(pulse, recorder):
    """How long a pulse was, and how much of that may be the recorder's."""
    if pulse[2] is None:
        raise Wrong("still on")
    return pulse[2] - pulse[1], recorder.blind


def expect_width(pulse, recorder, seconds, least=0.8):
    found, blind = width(pulse, recorder)
    expect(seconds * least - blind <= found <= seconds + blind + LATE, f"{found:.3f} s (± {blind:.3f}) for {seconds} s")


def rested(client, name, milliseconds):
    """A pulse as soon as coil and supply have rested."""
    def ask():
        answer = client.pulse(name, milliseconds)
        if answer.startswith("refused busy") or answer.startswith("refused resting"):
            return None
        if not answer.startswith("on "):
            raise Wrong(answer)
        return answer

    return until(ask, f"a pulse of {name}")


# MARK: The guard's pulses

with check("the guard takes its outputs, and every one of them is off"):
    guard.start()
    expect_equal([locks.level(line) for line in range(6)], [0, 0, 0, 0, 1, 1], "levels")
    client = Client(guard.socket)
    expect_equal(client.ask("read A/1 A/2 A/3 A/4 B/1 C/1"), "levels 0 0 0 0 0 0", "read")
    expect_equal(client.ask("check\n" + "\n".join(OUTPUTS)), "ok", "check")

with check("a pulse is as long as asked for, and alone on its line"):
    recorder = Recorder(locks, range(6))
    expect(client.pulse("A/1", 400).startswith("on "), "refused")
    time.sleep(1)
    pulses = recorder.pulses()
    expect_equal([pulse[0] for pulse in pulses], [0], "lines that moved")
    expect_width(pulses[0], recorder, 0.4)

with check("pulses of one supply come in order and never overlap, with its gap between them"):
    recorder = Recorder(locks, range(4))
    for name in ("A/2", "A/3", "A/1"):
        rested(client, name, 200)
    until(lambda: client.ask("read A/1 A/2 A/3") == "levels 0 0 0", "all off")
    pulses = recorder.pulses()
    expect_equal([pulse[0] for pulse in pulses], [1, 2, 0], "order")
    expect(all(first[2] <= second[1] for first, second in zip(pulses, pulses[1:])), f"they overlap: {pulses}")
    expect(pulses[2][1] - pulses[1][2] >= 0.3 - recorder.blind, f"the gap after A/3: {pulses}")

with check("another supply is on meanwhile, and low is on where the table says so"):
    recorder = Recorder(locks, [0, 4, 5])
    rested(client, "A/1", 500)
    expect(client.pulse("B/1", 300).startswith("on "), "B/1")
    expect(client.pulse("C/1", 300).startswith("on "), "C/1")
    until(lambda: client.ask("read A/1 B/1 C/1") == "levels 0 0 0", "all off")
    changes = recorder.stop()
    expect_equal(sorted((line, level) for _, line, level in changes), [(0, 0), (0, 1), (4, 0), (4, 1), (5, 0), (5, 1)], "changes")
    expect(next(level for _, line, level in changes if line == 4) == 0, "B/1 went up first")

with check("what the table, the clock or a warm coil forbids is refused, and nothing moves"):
    time.sleep(1)
    recorder = Recorder(locks, range(6))
    expect_equal(client.pulse("A/1", 2001), "refused too-long 2000", "too long")
    expect_equal(client.pulse("A/1", 100, valid=-0.001), "refused stale", "stale")
    expect_equal(client.pulse("D/9", 100), "refused unknown-output", "unknown")
    expect_equal(recorder.stop(), [], "changes")
    rested(client, "A/4", 20)
    until(lambda: client.ask("read A/4") == "levels 0", "off")
    expect(client.pulse("A/4", 20).startswith("refused resting"), "a coil that must rest")

with check("off ends a pulse early"):
    recorder = Recorder(locks, [0])
    rested(client, "A/1", 2000)
    time.sleep(0.1)
    expect_equal(client.ask("off A/1"), "ok", "off")
    expect_equal(locks.level(0), 0, "level")
    recorder.stop()

with check("kill -9 of the client ends its pulse at once"):
    until(lambda: not client.pulse("A/2", 1).startswith("refused"), "A/2 has rested")
    time.sleep(0.05)
    child = client_process(guard, "A/2", 2000)
    expect_equal(locks.level(1), 1, "level")
    killed = time.monotonic()
    os.kill(child, signal.SIGKILL)
    until(lambda: locks.level(1) == 0, "the line falls")
    took = time.monotonic() - killed
    expect(took < 0.5, f"{took:.3f} s after the kill")
    os.waitpid(child, 0)

with check("a client that hangs keeps no coil on beyond its time"):
    recorder = Recorder(locks, [2])
    child = client_process(guard, "A/3", 500)
    os.kill(child, signal.SIGSTOP)
    until(lambda: locks.level(2) == 0, "the line falls")
    expect_width(recorder.pulses()[0], recorder, 0.5)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)

with check("kill -9 of the guard ends the pulse on this kernel, and --all-off takes every line and leaves it off"):
    rested(client, "A/1", 2000)
    expect_equal(locks.level(0), 1, "level")
    guard.end(signal.SIGKILL)
    until(lambda: locks.level(0) == 0, "the line falls", 0.5)
    result = guard.all_off()
    expect_equal((result.returncode, result.stderr), (0, ""), "--all-off")
    expect_equal([locks.level(line) for line in range(6)], [0, 0, 0, 0, 0, 1], "levels once released")

with check("a guard that is started again serves again"):
    guard.start()
    client = Client(guard.socket)
    expect(client.pulse("A/1", 100).startswith("on "), "refused")
    until(lambda: locks.level(0) == 0, "off")

with check("SIGTERM in the middle of a pulse switches off and ends in order"):
    rested(client, "A/2", 2000)
    expect_equal(guard.end(), 0, "exit status")
    expect_equal(locks.level(1), 0, "level")

# MARK: What goes wrong with a chip

with check("a line that somebody else holds is named, the other outputs work, and it is taken once it is free"):
    holder = subprocess.Popen([PROBE, "locks", "0", "LOCK_01"], stdout=subprocess.PIPE, text=True)
    holder.stdout.readline()
    guard.start()
    expect("A/1" in guard.said() and "A/2" not in guard.said(), guard.said())
    client = Client(guard.socket)
    expect_equal(client.pulse("A/1", 100), "refused line -16", "a pulse of the busy line (EBUSY)")
    expect(client.pulse("A/2", 50).startswith("on "), "the next output")
    holder.kill()
    holder.wait()
    until(lambda: client.pulse("A/1", 50).startswith("on "), "a pulse once it is free")
    until(lambda: locks.level(0) == 0, "off")

with check("a chip that is pulled out in the middle of a pulse is refused, and used again when it is back"):
    rested(client, "A/2", 2000)
    before = locks.node
    locks.unplug()
    refused = until(lambda: client.pulse("A/1", 50).startswith("refused line"), "a refusal")
    locks.plug()
    locks.pull(5, 1)
    expect(locks.node != before, f"the chip came back as {locks.node}: this proves nothing about its number")
    answer = until(lambda: (client.pulse("A/1", 200).startswith("on ") and "on"), "a pulse on the chip that is back")
    expect_equal(locks.level(0), 1, "level")
    until(lambda: locks.level(0) == 0, "off")
    guard.end()

with check("a user without rights cannot take the lines, and can as soon as the chip's group allows it"):
    guard.start(user=NOBODY)
    expect("ermission" in guard.said(), guard.said())
    expect(Client(guard.socket).pulse("A/1", 50).startswith("refused line"), "a pulse without rights")
    os.chown(locks.node, 0, NOBODY[1])
    os.chmod(locks.node, 0o660)
    until(lambda: Client(guard.socket).pulse("A/1", 50).startswith("on "), "a pulse with them")
    until(lambda: locks.level(0) == 0, "off")
    guard.end()

with check("who is not named may not use the guard, even where the socket would let them"):
    guard.start()
    os.chmod(guard.socket, 0o666)
    stranger = "from guard import Client; import sys; print(Client(sys.argv[1]).pulse('A/1', 50))"
    said = subprocess.run(
        [*prefix(NOBODY), "/usr/bin/python3", "-c", stranger, guard.socket],
        cwd=os.path.dirname(__file__), capture_output=True, text=True,
    )
    expect("not-allowed" in said.stdout or "Broken pipe" in said.stderr or "reset" in said.stderr, f"{said}")
    expect_equal(locks.level(0), 0, "level")
    guard.end()

# MARK: Inputs


class Probe:
    """gpio-probe: what the inputs say, as (index, level, nanoseconds since boot)."""

    def __init__(self, chip, debounce, *lines, user=None):
        self.process = subprocess.Popen(
            [*prefix(user), PROBE, chip, str(debounce), *lines], stdout=subprocess.PIPE, text=True
        )
        os.set_blocking(self.process.stdout.fileno(), False)
        self.lines = []
        until(lambda: self.look(), "the probe says something")

    def look(self):
        """What was said so far."""
        while True:
            line = self.process.stdout.readline()
            if not line:
                return self.lines
            self.lines.append(line.rstrip())

    @property
    def changes(self):
        return [tuple(map(int, line.split())) for line in self.look() if line[0].isdigit()]

    def levels(self, index=0):
        return [level for line, level, _ in self.changes if line == index]

    def failure(self):
        return until(lambda: next((line for line in self.look() if line.startswith("failed")), None), "a failure")

    def end(self):
        self.process.kill()
        self.process.wait()


def boot_time():
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


with check("both edges of an input are told, in order, with the moment at which they were"):
    doors.pull(0, 0)
    probe = Probe("doors", 0, "DOOR_01")
    expect_equal(probe.lines[0], f"ready {os.environ['LIBGPIOD']}", "the library")
    until(lambda: probe.levels() == [0], "the level at the start")
    moments = []
    for level in (1, 0, 1):
        before = boot_time()
        doors.pull(0, level)
        moments.append((before, boot_time()))
        until(lambda: probe.levels()[-1] == level, f"the edge to {level}", 2)
    expect_equal(probe.levels(), [0, 1, 0, 1], "levels")
    for (_, _, time_of_edge), (before, after) in zip(probe.changes[1:], moments):
        # Between two clocks of the kernel lies the moment in which both are read.
        expect(before - 20e6 <= time_of_edge <= after + 20e6, f"{time_of_edge} is not in {before} to {after}")
    probe.end()

with check("active-low, a pull-up and several lines: each says what is so of it"):
    probe = Probe("doors", 0, "1,low,pull-up", "2,pull-up", "3")
    until(lambda: len(probe.changes) == 3, "the levels at the start")
    expect_equal([change[:2] for change in probe.changes], [(0, 0), (1, 1), (2, 0)], "levels")
    doors.pull(1, 0)
    until(lambda: probe.levels(0) == [0, 1], "a switch to ground", 2)
    expect_equal((probe.levels(1), probe.levels(2)), ([1], [0]), "the others")
    probe.end()

with check("a contact that bounces is told once, when it has settled"):
    doors.pull(0, 0)
    probe = Probe("doors", 300, "DOOR_01")
    until(lambda: probe.levels() == [0], "the level at the start")
    for level in (1, 0, 1, 0, 1, 0, 1):
        doors.pull(0, level)
        time.sleep(0.005)
    settled = boot_time()
    until(lambda: probe.levels() == [0, 1], "the door that was opened", 3)
    told = boot_time()
    expect(told - settled >= 0.25e9, f"told {(told - settled) / 1e6} ms after the last edge")
    time.sleep(0.5)
    expect_equal(probe.levels(), [0, 1], "nothing more")

with check("a flicker that is shorter than the debounce time is not told at all"):
    doors.pull(0, 0)
    time.sleep(0.02)
    doors.pull(0, 1)
    time.sleep(0.6)
    expect_equal(probe.levels(), [0, 1], "levels")
    probe.end()

with check("more edges than the kernel queues leave no wrong level behind"):
    doors.pull(0, 0)
    probe = Probe("doors", 0, "DOOR_01")
    until(lambda: probe.levels() == [0], "the level at the start")
    probe.process.send_signal(signal.SIGSTOP)
    for turn in range(61):
        doors.pull(0, (turn + 1) % 2)
    probe.process.send_signal(signal.SIGCONT)
    until(lambda: probe.levels()[-1] == 1, "the true level", 3)
    time.sleep(1.2)
    expect_equal(probe.levels()[-1], 1, "and it stays")

with check("an input has one owner, who is named"):
    second = Probe("doors", 0, "DOOR_01")
    expect("gpio-probe" in second.failure(), second.failure())
    second.end()

with check("a chip that is pulled out is told at once, and found by its label when it is back"):
    doors.unplug()
    expect("gone" in probe.failure(), probe.failure())
    expect_equal(probe.process.wait(timeout=5), 1, "exit status")
    doors.plug()
    doors.pull(0, 1)
    probe = Probe("doors", 0, "DOOR_01")
    until(lambda: probe.levels() == [1], "its level")
    probe.end()

with check("no such chip, no such line and no rights are three different answers"):
    expect("`locks`" in Probe("dors", 0, "0").failure(), "the labels that there are")
    expect("no line" in Probe("doors", 0, "DOOR_99").failure(), "the line")
    expect("permission" in Probe("doors", 0, "DOOR_01", user=NOBODY).failure(), "the rights")

with check("two chips with one label are refused instead of guessed at"):
    twin = Chip("doors", lines=2, device="doors-twin").plug()
    expect("several" in Probe("doors", 0, "0").failure(), "the label")
    twin.unplug()

finish()
