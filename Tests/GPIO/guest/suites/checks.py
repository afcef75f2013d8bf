"""How a suite in the guest says what it found: one line for each check, with the time it took."""

import contextlib
import sys
import time
import traceback

failures = 0


class Wrong(Exception):
    """What a check found instead of what it expected."""


@contextlib.contextmanager
def check(sentence):
    """Says the sentence as passed, or as failed with what was raised; the next check runs all the same."""
    global failures
    started = time.monotonic()
    try:
        yield
    except Exception as error:  # whatever it is, it is why this check failed
        failures += 1
        print(f"not ok - {sentence} ({time.monotonic() - started:.2f} s)")
        reason = str(error) if isinstance(error, Wrong) else traceback.format_exc()
        print("\n".join("    " + line for line in reason.splitlines()))
    else:
        print(f"ok - {sentence} ({time.monotonic() - started:.2f} s)")
    sys.stdout.flush()


def expect(condition, what):
    """Raises Wrong unless the condition holds."""
    if not condition:
        raise Wrong(what)


def expect_equal(found, expected, what):
    """Raises Wrong with both values unless they are the same."""
    if found != expected:
        raise Wrong(f"{what}: expected {expected!r}, found {found!r}")


def until(condition, what, seconds=15):
    """Waits until the condition returns something true, and returns it. What is waited for must have a limit, and
    that limit is wide: an emulated processor is slow, and slower while others want this machine's."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise Wrong(f"not within {seconds} s: {what}")
        time.sleep(0.005)


def finish():
    """Ends the suite: 0 if every check passed."""
    with open("/proc/uptime", encoding="ascii") as uptime:
        print(f"every check ran, {float(uptime.read().split()[0]):.1f} s after the guest started")
    sys.exit(1 if failures else 0)
