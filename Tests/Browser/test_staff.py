"""What staff do: hands-free loading, what does not fit, recalls, alarms, and a session that never stays open."""

import re

import pytest
from playwright.sync_api import expect

from conftest import look
from people import Person
from station import BADGE, PIN


@pytest.fixture
def person(kiosk, station):
    return Person(kiosk, station)


def test_a_wrong_pin_is_told_and_the_right_one_signs_in(person, station):
    station.scan(BADGE)
    person.sees("staffPIN").types("9999")
    expect(person.page.locator("#notice")).to_contain_text("That PIN is not right")
    assert "9999" not in person.page.content()
    person.types(PIN).sees("staffMenu")
    look(person.page)
    # By badge, at once: the session is not left to the next person.
    station.scan(BADGE)
    person.sees("home")


def test_loading_goes_on_hands_free(person, station):
    order = station.order("1042", "2077")
    person.signs_in()
    doors = person.loads(order)
    expect(person.page.locator("main .eyebrow")).to_contain_text(doors[-1])
    look(person.page)
    person.taps("menu").sees("staffMenu").signs_out()


def test_a_parcel_that_does_not_fit_gets_a_larger_door(person, station):
    order = station.order("1042")
    person.signs_in().taps("startLoading").sees("loadScan")
    small = person.scans_label(order["parcels"][0]["label"])
    look(person.page)
    person.taps("doesNotFit")
    person.page.wait_for_timeout(500)
    station.close(small)
    person.sees("loadPutIn")
    larger = person.door()
    assert larger != small
    person.page.wait_for_timeout(500)
    station.close(larger)
    person.sees("loadScan").signs_out()


def test_a_door_that_is_closed_at_once_is_asked_about(person, station):
    order = station.order("1042")
    person.signs_in().taps("startLoading").sees("loadScan")
    door = person.scans_label(order["parcels"][0]["label"])
    station.close(door)
    if "loadConfirm" in station.screen():
        person.sees("loadConfirm")
        look(person.page)
        person.taps("parcelNotInside")
    person.sees("loadScan").signs_out()


def test_a_label_that_nobody_knows_is_told(person, station):
    person.signs_in().taps("startLoading").sees("loadScan")
    station.scan("NOT-A-LABEL-OF-OURS")
    expect(person.page.locator("#notice")).to_contain_text("We do not know this label")
    person.signs_out()


def test_a_cancelled_order_is_taken_out_again(person, station):
    order, [door] = person.prepares("1042")
    station.change(order, "cancel")
    person.signs_in()
    recall = person.button(f"recall-{door}")
    expect(recall).to_be_visible(timeout=10_000)
    look(person.page)
    person.taps(f"recall-{door}").sees("recallTakeOut")
    look(person.page)
    person.page.wait_for_timeout(1000)
    station.close(door)
    person.sees("recallConfirm")
    look(person.page)
    person.taps("emptied").sees("staffMenu")
    expect(recall).to_have_count(0)
    person.signs_out()


def test_a_forced_door_is_an_alarm_until_somebody_says_what_they_found(person, station):
    door = "B-08"
    station.door(door, "force")
    person.signs_in()
    row = person.page.locator("main .rows .alarm", has_text=door)
    expect(row.first).to_contain_text("Opened without permission")
    station.close(door)
    person.taps(f"clear-{door}")
    expect(person.title()).to_have_text(f"What did you find behind door {door}?")
    person.taps("clear-empty")
    person.sees("staffMenu")
    expect(row).to_have_count(0)
    person.signs_out()


def test_it_says_how_long_a_session_lasts(person, station):
    person.signs_in()
    expect(person.page.locator("main .left")).to_have_text(re.compile(r"This screen closes in (1:00|0:5\d)"))
    person.signs_out()
