"""What the tests share: one station, one browser, and a page at the size that a test asks for."""

import os
import pathlib
import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

import screens
from station import Station

SIZES = {"portrait": (1080, 1920), "wide": (1280, 800), "small": (800, 480)}
LANGUAGES = ["en", "de", "fr", "es", "pl", "ar"]
IS_LONG = os.environ.get("BROWSER_LONG") == "1"
CHROMIUM = "/usr/bin/chromium"


@pytest.fixture(scope="session")
def station(tmp_path_factory):
    """The station that all tests share: each leaves it at the home screen."""
    station = Station(tmp_path_factory.mktemp("station") / "state")
    yield station
    station.stop()


@pytest.fixture
def own_station(tmp_path):
    """A station of its own, for what would be in the way of other tests."""
    station = Station(tmp_path / "state")
    yield station
    station.stop()


@pytest.fixture(scope="session")
def browser():
    """Debian's Chromium, without a window."""
    with sync_playwright() as playwright:
        # Root has no sandbox of its own in a container; the page under test is ours.
        arguments = ["--autoplay-policy=no-user-gesture-required"]
        if os.geteuid() == 0:
            arguments.append("--no-sandbox")
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()


@pytest.fixture
def open_page(browser, station):
    """Opens the kiosk's page; what no page may do is found at the end of the test."""
    contexts = []

    def make(size="portrait", url=None, **options):
        width, height = SIZES[size]
        context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="reduce", timezone_id="America/New_York", **options,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.troubles = []
        page.may_lose_station = False
        page.on("request", lambda request: strangers(page, request.url))
        page.on("pageerror", lambda error: page.troubles.append(f"error: {error}"))
        page.on("console", lambda message: complaint(page, message))
        if url is not None:
            page.goto(url)
        return page

    yield make
    troubles = [trouble for context in contexts for page in context.pages for trouble in page.troubles]
    kept = [cookie for context in contexts for cookie in context.cookies()]
    for context in contexts:
        for page in context.pages:
            if page.url.startswith("http"):
                kept += page.evaluate("() => [...Object.keys(localStorage), ...Object.keys(sessionStorage)]")
        context.close()
    assert troubles == []
    assert kept == [], "the page keeps something"


@pytest.fixture
def kiosk(open_page, station):
    """The kiosk at its home screen, on a tall screen."""
    # A test before may have killed the daemon.
    station.comes_back()
    page = open_page("portrait", station.kiosk + "/")
    expect(page.locator("main.home")).to_be_visible()
    return page


def strangers(page, url):
    """Nothing leaves the machine."""
    if not re.match(r"(http://127\.0\.0\.1:\d+/|file:///|data:)", url):
        page.troubles.append(f"asks for {url}")


def complaint(page, message):
    """A blocked inline script, a missing file, a text that is not there: each is a line on the console."""
    lost = "Failed to load resource" in message.text and page.may_lose_station
    if message.type in ("error", "warning") and not lost:
        page.troubles.append(f"console: {message.text}")


def look(page, name=None):
    """Judges the screen as it is now: nothing cut off, nothing that axe finds; with a name, as it was kept."""
    assert judge(page, name) == []


def judge(page, name=None, with_axe=True):
    """What is wrong with the screen as it is now."""
    wrong = [f"{name or ''}: {one}" for one in screens.misfits(page)]
    if with_axe:
        for one in Axe().run(page).response["violations"]:
            wrong.append(f"{name or ''}: {one['id']}: {one['nodes'][0]['html'][:120]}")
    if name is not None:
        try:
            screens.compare(page, name)
        except AssertionError as difference:
            wrong.append(str(difference))
    return wrong
