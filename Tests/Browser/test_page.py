"""The page itself: without the station, twice at once, reloaded, with a keyboard only, in another language, and what it
may not do."""

import time

from playwright.sync_api import expect

from conftest import SIZES, look
from people import Person
from station import PHONE

import pytest

CALL = PHONE.replace(" ", "\u00a0")


def test_call_staff_is_there_within_three_seconds_of_the_daemons_death_and_goes_by_itself(kiosk, station):
    kiosk.may_lose_station = True
    station.kill_daemon()
    killed = time.monotonic()
    expect(kiosk.locator("main.offline")).to_be_visible(timeout=3000)
    assert time.monotonic() - killed < 3.2
    expect(kiosk.locator("main .phone")).to_have_text(CALL)
    look(kiosk, "en-portrait-offline")
    kiosk.locator("[data-id=language-de]").click()
    expect(kiosk.locator("main h1")).to_have_text("Bitte rufen Sie unser Team")
    expect(kiosk.locator("main.home")).to_be_visible(timeout=20_000)


def test_a_killed_daemon_with_an_open_door_comes_back_with_the_truth(kiosk, station):
    kiosk.may_lose_station = True
    person = Person(kiosk, station)
    order, [door] = person.prepares("1042")
    station.scan(order["scannedCode"])
    person.sees("takeParcel")
    station.kill_daemon()
    person.sees("offline", within=3500)
    station.close(door)
    person.page.wait_for_selector("main:not(.offline)", timeout=20_000)
    if "home" not in station.screen():
        person.page.wait_for_selector("main.home", timeout=30_000)
    person.signs_in()
    clear = person.button(f"clear-{door}")
    if clear.count():
        person.taps(f"clear-{door}").taps("clear-empty").sees("staffMenu")
    person.signs_out()


def test_a_reload_and_a_second_screen_show_the_same(kiosk, open_page, station):
    person = Person(kiosk, station)
    order, [door] = person.prepares("1042")
    station.scan(order["scannedCode"])
    person.sees("takeParcel")
    kiosk.reload()
    person.sees("takeParcel")
    assert person.door() == door
    other = Person(open_page("small", station.kiosk + "/"), station)
    other.sees("takeParcel")
    assert other.door() == door
    person.page.wait_for_timeout(800)
    station.close(door)
    person.sees("done")
    other.sees("done").leaves()
    person.sees("home")


@pytest.mark.parametrize("size", SIZES)
def test_everything_is_done_with_a_keyboard_only(open_page, station, size):
    page = open_page(size, station.kiosk + "/")
    person = Person(page, station).sees("home")
    order = station.order("1042")
    station.scan("STAFF-1001")
    person.sees("staffPIN")
    page.keyboard.type("4711", delay=90)
    page.keyboard.press("Enter")
    person.sees("staffMenu")
    press(page, "startLoading")
    person.sees("loadScan")
    door = person.scans_label(order["parcels"][0]["label"])
    page.wait_for_timeout(500)
    station.close(door)
    person.sees("loadScan")
    press(page, "finish")
    person.sees("home")
    page.keyboard.type(order["typedCode"], delay=90)
    page.keyboard.press("Enter")
    person.takes(door).sees("done")
    press(page, "finish")
    person.sees("home")


def press(page, name):
    """Walks with Tab to a button, sees that the focus can be seen, and presses it."""
    page.wait_for_timeout(650)
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.id") == name:
            assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab does not reach {name}")


def test_the_next_person_finds_the_stores_language_and_look(kiosk):
    kiosk.locator("[data-id=language-pl]").click()
    kiosk.locator("[data-id=comfort-contrast]").click()
    expect(kiosk.locator("main h1")).to_have_text("Odbierz zamówienie")
    expect(kiosk.locator("html.contrast")).to_have_count(1)
    expect(kiosk.locator("main h1")).to_have_text("Collect your order", timeout=25_000)
    expect(kiosk.locator("html.contrast")).to_have_count(0)
    expect(kiosk.locator("[data-id=comfort-contrast]")).to_have_attribute("aria-pressed", "false")


def test_the_controls_move_down_for_who_cannot_reach_up(kiosk):
    top = kiosk.locator("#top")
    assert top.bounding_box()["y"] == 0
    kiosk.locator("[data-id=comfort-reach]").click()
    highest = kiosk.locator("button").evaluate_all("all => Math.min(...all.map((one) => one.getBoundingClientRect().top))")
    assert highest > 1920 / 3, "every control is in the lower two thirds"
    order = kiosk.locator("button").evaluate_all("all => all.map((one) => one.dataset.id)")
    assert order.index("key-1") < order.index("language-en"), "the keyboard's way follows"


def test_the_page_is_given_without_anything_inline_and_for_loopback_only(kiosk, station):
    headers = kiosk.request.get(station.kiosk + "/").headers
    policy = headers["content-security-policy"]
    assert "default-src 'self'" in policy and "unsafe" not in policy
    assert "set-cookie" not in headers
    assert kiosk.request.get(station.kiosk + "/", headers={"Host": "kiosk.example"}).status == 421
    refused = kiosk.request.post(
        station.kiosk + "/input", headers={"Origin": "http://kiosk.example"}, data={"button": {"finish": {}}},
    )
    assert refused.status == 403


def test_it_says_aloud_what_it_shows_and_is_silent_when_told(open_page, station):
    page = open_page("portrait")
    page.add_init_script("""
      window.spoken = []; window.notes = 0;
      const voices = [{ lang: 'en-GB', localService: true }];
      Object.defineProperty(window, 'speechSynthesis', { value: {
        getVoices: () => voices, cancel: () => {}, speak: (words) => window.spoken.push(words.text) } });
      window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
      const Start = OscillatorNode.prototype.start;
      OscillatorNode.prototype.start = function (at) { window.notes += 1; return Start.call(this, at); };
    """)
    page.goto(station.kiosk + "/")
    person = Person(page, station).sees("home")
    station.scan("A-CODE-THAT-NOBODY-KNOWS-0002")
    person.sees("refused")
    page.wait_for_function("() => window.spoken.length === 1")
    assert page.evaluate("window.spoken[0]").startswith("We do not know this code")
    person.leaves()
    # No voice for Polish on this machine: tones instead.
    page.locator("[data-id=language-pl]").click()
    station.scan("A-CODE-THAT-NOBODY-KNOWS-0003")
    person.sees("refused")
    page.wait_for_function("() => window.notes > 0")
    person.leaves()
    page.locator("[data-id=comfort-sound]").click()
    before = page.evaluate("[window.spoken.length, window.notes]")
    station.scan("A-CODE-THAT-NOBODY-KNOWS-0004")
    person.sees("refused")
    page.wait_for_timeout(300)
    assert page.evaluate("[window.spoken.length, window.notes]") == before
    person.leaves()
