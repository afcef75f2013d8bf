"""What customers do, against the real station: scan, type, take, close, and everything that can be wrong."""

import re

import pytest
from playwright.sync_api import expect

from conftest import look
from people import Person
from station import PHONE


@pytest.fixture
def person(kiosk, station):
    return Person(kiosk, station)


def test_a_scanned_code_opens_the_door_and_the_screen_says_where_it_is(person, station):
    order, [door] = person.prepares("1042")
    station.scan(order["scannedCode"])
    person.sees("takeParcel")
    assert person.door() == door
    where = person.page.locator("main .where span").inner_text()
    assert re.search(r"column|door|from the", where), where
    lit = person.page.locator(".wall .lit .label")
    expect(lit).to_have_text(door)
    expect(person.page.locator(".wall .lit.ajar")).to_be_visible()
    expect(person.page.locator(".wall")).to_have_attribute("aria-label", re.compile(re.escape(where)))
    look(person.page)
    person.takes(door).sees("done")
    expect(person.page.locator("main .left")).to_contain_text("0:2")
    assert station.order_at_hq(order)["status"] in ("ready", "completed")
    # Something was left inside: the same door once more, within the grace time.
    person.taps("reopen").sees("takeParcel")
    assert person.door() == door
    person.takes(door).sees("done").leaves()


def test_a_typed_code_is_seen_while_it_is_typed(person, station):
    order, [door] = person.prepares("1042")
    digits = order["typedCode"]
    for digit in digits[:3]:
        person.page.locator(f"[data-id=key-{digit}]").click()
        person.page.wait_for_timeout(70)
    expect(person.page.locator(".place.filled")).to_have_text(list(digits[:3]))
    person.page.locator("[data-id=key-delete]").click()
    expect(person.page.locator(".place.filled")).to_have_count(2)
    person.page.wait_for_timeout(70)
    person.types(digits[2:])
    person.takes(door).sees("done").leaves()


def test_two_parcels_are_collected_door_after_door(person, station):
    order, doors = person.prepares("2077", "1042")
    assert len(set(doors)) == 2
    station.scan(order["scannedCode"])
    person.sees("takeParcel")
    first = person.door()
    expect(person.page.locator("main .eyebrow")).to_contain_text("Door 1 of 2")
    expect(person.next()).to_contain_text("next door opens after that")
    person.page.wait_for_timeout(1000)
    station.close(first)
    expect(person.page.locator("main.takeParcel .eyebrow")).to_contain_text("Door 2 of 2")
    second = person.door()
    assert {first, second} == set(doors)
    person.takes(second).sees("done").leaves()


def test_the_part_that_is_here_is_collected_and_the_rest_is_named(person, station):
    order, [door] = person.prepares("1042", "1042", parcels=1)
    station.scan(order["scannedCode"])
    person.takes(door).sees("done")
    expect(person.page.locator("main .hint")).to_contain_text("1 more parcel of this order is on its way")
    person.leaves()


def test_an_open_door_is_asked_to_be_closed_and_the_session_waits_for_it(person, station):
    order, [door] = person.prepares("1042")
    station.scan(order["scannedCode"])
    person.sees("takeParcel").sees("closeDoor", within=6000)
    expect(person.title()).to_contain_text(door)
    expect(person.page.locator("main .timer")).to_have_count(0)
    look(person.page)
    station.close(door)
    person.sees("done").leaves()


def test_a_stuck_door_is_coached_tried_again_and_opens(person, station):
    order, [door] = person.prepares("1042")
    station.door(door, "stick")
    station.scan(order["scannedCode"])
    person.sees("opening")
    expect(person.next()).to_contain_text("Push the door in firmly, then pull.", timeout=10_000)
    person.sees("doorStuck", within=20_000)
    expect(person.page.locator("#help")).to_contain_text("555")
    person.taps("help").taps("help-stuck")
    expect(person.next()).to_contain_text(f"Push door {door}")
    expect(person.page.locator("main .phone")).to_contain_text("555")
    station.door(door, "unstick")
    person.taps("retry").takes(door).sees("done").leaves()


def test_a_door_that_stays_shut_is_left_to_staff_and_stays_the_customers(person, station):
    order, [door] = person.prepares("1042")
    station.door(door, "stick")
    station.scan(order["scannedCode"])
    person.sees("doorStuck", within=30_000)
    person.taps("finish").sees("home")
    station.door(door, "unstick")
    person.signs_in()
    row = person.page.locator("main .rows .alarm", has_text=door)
    expect(row).to_contain_text("Did not open")
    person.taps(f"clear-{door}")
    expect(person.title()).to_contain_text(door)
    look(person.page)
    person.taps("clear-repaired").sees("staffMenu")
    expect(row).to_have_count(0)
    person.signs_out()
    # The order is still the customer's.
    station.scan(order["scannedCode"])
    person.takes(door).sees("done").leaves()


def test_help_stays_while_it_is_read_and_goes_when_the_door_is_closed(person, station):
    order, [door] = person.prepares("1042")
    station.scan(order["scannedCode"])
    person.sees("takeParcel").taps("help").taps("help-empty")
    expect(person.title()).to_have_text("The compartment is empty")
    expect(person.page.locator("main .hint")).to_contain_text(order["displayNumber"])
    station.close(door)
    if "confirmTaken" in station.screen():
        person.taps("taken")
    person.sees("done").leaves()


REFUSALS = {
    "expire": "The pickup time is over",
    "tooEarly": "You are a little early",
    "hold": "We have to check something first",
    "paymentDue": "Something is still to be paid",
    "counter": "Your order waits at the counter",
    "cancel": "This order was cancelled",
    "reroute": "This order is in another store",
}


@pytest.mark.parametrize("situation", REFUSALS)
def test_each_refusal_has_its_own_words(person, station, situation):
    order = station.order("1042")
    station.change(order, situation)
    for _ in range(8):
        station.scan(order["scannedCode"])
        person.sees("refused")
        if person.title().inner_text() == REFUSALS[situation]:
            break
        person.leaves()
    expect(person.title()).to_have_text(REFUSALS[situation])
    if situation == "reroute":
        expect(person.next()).to_contain_text("Harbour store")
    look(person.page)
    person.leaves()


def test_an_order_that_is_not_here_and_one_that_is_gone(person, station):
    order = station.order("1042")
    for _ in range(8):
        station.scan(order["scannedCode"])
        person.sees("refused")
        if "not here yet" in person.title().inner_text():
            break
        person.leaves()
    expect(person.title()).to_have_text("Your order is not here yet")
    person.leaves().signs_in()
    [door] = person.loads(order)
    person.signs_out()
    station.scan(order["scannedCode"])
    person.takes(door).sees("done").leaves()
    # Within the grace time the same code opens again; it says so instead of refusing.
    station.scan(order["scannedCode"])
    person.takes(door).sees("done").leaves()


def test_more_time_is_given_by_one_tap(person, station):
    station.scan("A-CODE-THAT-NOBODY-KNOWS-0001")
    person.sees("refused")
    expect(person.title()).to_have_text("We do not know this code")
    expect(person.page.locator("main .soon")).to_contain_text("Tap “I need more time”", timeout=12_000)
    person.taps("moreTime")
    expect(person.page.locator("main .left")).to_contain_text(re.compile("0:5|1:00"))
    person.leaves()


def test_scans_that_cannot_be_read_are_coached(person, station):
    for bad in ["\x01\x02\x03", "\x04\x05\x06\x07"]:
        station.scan(bad)
        person.page.wait_for_timeout(300)
    expect(person.page.locator(".tips li")).to_have_count(4)
    expect(person.title()).to_have_text("We could not read that code")
    look(person.page)


def test_the_scanner_is_away_and_comes_back(person, station):
    expect(person.page.locator(".scanner.ready")).to_be_visible()
    station.plug_scanner(False)
    expect(person.page.locator(".scanner.away")).to_be_visible()
    expect(person.next()).to_contain_text("Type your pickup code")
    look(person.page)
    station.plug_scanner(True)
    expect(person.page.locator(".scanner.ready")).to_be_visible()


def test_a_second_customer_waits_without_disturbing_the_first(person, station):
    first, [door] = person.prepares("1042")
    second, [other] = person.prepares("1042")
    station.scan(first["scannedCode"])
    person.sees("takeParcel")
    station.scan(second["scannedCode"])
    expect(person.page.locator("#notice")).to_contain_text("someone is being served")
    assert person.door() == door
    person.takes(door).sees("done").leaves()
    station.scan(second["scannedCode"])
    person.takes(other).sees("done").leaves()


def test_too_many_wrong_codes_lock_the_keypad_and_say_for_how_long(person, station):
    for attempt in range(8):
        if person.page.locator("main .locked").count():
            break
        person.types(f"{10_000_001 + attempt}")
        person.sees("refused")
        person.leaves()
    expect(person.page.locator(".locked .clock")).to_have_text(re.compile(r"\d+:\d\d"))
    look(person.page)
    # Who has the code on the phone is served all the same.
    order, [door] = person.prepares("1042")
    station.scan(order["scannedCode"])
    person.takes(door).sees("done").leaves()
    assert PHONE.replace(" ", "\u00a0") in person.page.locator(".locked").inner_text()
