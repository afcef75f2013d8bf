"""The harness judged by Debian's own tools: what they do to a line is what chips.py sees, and the other way round."""

import os
import signal
import subprocess
import time

from checks import check, expect, expect_equal, finish, until
from chips import Chip, Recorder

TOOLS = os.environ["GPIOD_TOOLS"]


def start(*command):
    return subprocess.Popen(
        [f"{TOOLS}/{command[0]}", *command[1:]], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(*command):
    """Returns the exit status and the output of one of libgpiod's tools."""
    process = start(*command)
    output, _ = process.communicate(timeout=15)
    return process.returncode, output.strip()


wall = Chip("wall", lines=8, names={0: "LOCK_01", 1: "LOCK_02", 4: "DOOR_01"})

with check("a chip appears with its label and the names of its lines"):
    wall.plug()
    until(lambda: os.path.exists(wall.node), "the node appears")
    _, found = run("gpiodetect")
    expect("[wall] (8 lines)" in found, found)
    expect_equal(run("gpiofind", "DOOR_01"), (0, f"{os.path.basename(wall.node)} 4"), "gpiofind")

with check("what an output drives is seen, and it falls back when it is released"):
    recorder = Recorder(wall, [0, 1])
    expect_equal(run("gpioset", "-m", "time", "-u", "300000", wall.node, "0=1")[0], 0, "gpioset")
    pulses = recorder.pulses()
    expect_equal([pulse[0] for pulse in pulses], [0], "lines that were on")
    expect(0.2 < pulses[0][2] - pulses[0][1] < 2, f"on from {pulses[0][1]} to {pulses[0][2]}")

with check("a line has one owner"):
    owner = start("gpioset", "-m", "signal", wall.node, "0=1")
    until(lambda: wall.level(0) == 1, "the first owner drives the line")
    status, _ = run("gpioset", wall.node, "0=1")
    expect(status != 0, "a second owner was let in")

with check("kill -9 of its owner releases an output"):
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    until(lambda: wall.level(0) == 0, "the line falls", seconds=2)

with check("an input's edges arrive in order, each with its time"):
    monitor = start("gpiomon", "-n", "4", "-F", "%e %s.%n", wall.node, "4")
    until(lambda: "DOOR_01" in run("gpioinfo", wall.node)[1] and "gpiomon" in run("gpioinfo", wall.node)[1], "ready")
    for level in (1, 0, 1, 0):
        wall.pull(4, level)
        time.sleep(0.03)
    edges = [line.split() for line in monitor.communicate(timeout=15)[0].splitlines()]
    expect_equal([edge[0] for edge in edges], ["1", "0", "1", "0"], "edges")
    times = [float(edge[1]) for edge in edges]
    expect(times == sorted(times), f"times {times}")

with check("active-low turns a level round"):
    wall.pull(4, 1)
    expect_equal(run("gpioget", wall.node, "4"), (0, "1"), "high")
    expect_equal(run("gpioget", "-l", wall.node, "4"), (0, "0"), "high, active-low")

with check("somebody without rights cannot open a chip, and can once the node's mode allows it"):
    unprivileged = ["/usr/bin/setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    reading = [*unprivileged, f"{TOOLS}/gpioget", wall.node, "4"]
    expect(subprocess.run(reading, capture_output=True).returncode != 0, "nobody could read the line")
    os.chmod(wall.node, 0o666)
    expect_equal(subprocess.run(reading, capture_output=True).stdout.strip(), b"1", "with mode 0666")

with check("a chip that was unplugged under its user comes back under the next number"):
    watcher = start("gpiomon", wall.node, "4")
    until(lambda: "gpiomon" in run("gpioinfo", wall.node)[1], "the line is used")
    before = wall.node
    wall.unplug()
    until(lambda: not os.path.exists(before), "the node vanishes")
    wall.plug()
    until(lambda: os.path.exists(wall.node), "the node is back")
    expect(wall.node != before, f"{wall.node} again, though its last user still has it open")
    watcher.kill()
    expect_equal(run("gpiofind", "DOOR_01"), (0, f"{os.path.basename(wall.node)} 4"), "gpiofind")

finish()
