"""Opens the kiosk and prints a line for each change of its screen, with the time in milliseconds since 1970 at which the
page had changed and the time of the next drawn frame; for `pickup-bench screen`. Ends with SIGTERM."""

import json
import os
import signal
import sys

from playwright.sync_api import sync_playwright

WATCH = """
new MutationObserver(() => {
  const screen = document.querySelector('main')?.classList[0];
  if (screen === undefined || screen === window.shownScreen) return;
  window.shownScreen = screen;
  const changedAt = performance.timeOrigin + performance.now();
  // The frame after the change is on its way when the task after its callback runs.
  requestAnimationFrame(() => setTimeout(() => {
    window.screenChanged({ screen, changedAt, drawnAt: performance.timeOrigin + performance.now() });
  }));
}).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
"""


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        page = browser.new_page(viewport={"width": 1080, "height": 1920})
        page.expose_function("screenChanged", lambda change: print(json.dumps(change), flush=True))
        page.add_init_script(WATCH)
        page.goto(sys.argv[1])
        while True:
            page.wait_for_timeout(3_600_000)


if __name__ == "__main__":
    main()
