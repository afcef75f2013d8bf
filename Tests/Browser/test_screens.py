"""Every screen: nothing cut off, zero violations of axe, and as it was kept; at each size, in each language."""

import pytest
from playwright.sync_api import expect

from conftest import IS_LONG, LANGUAGES, SIZES, judge
from gallery import Gallery
from views import all_views

VIEWS = all_views()
# What most people see, shown in every language also in the short form.
MAIN = ["home", "opening", "takeParcel", "doorStuck", "done", "refused-unknownCode", "refused-tooEarly", "staffMenu"]
# Those with a form for every size and language; the others differ from them in words only.
COMFORTS = ["contrast", "large", "reach"]


@pytest.fixture
def gallery(open_page, station):
    def make(size):
        page = open_page(size)
        page.may_lose_station = True
        gallery = Gallery(page, station)
        gallery.view = gallery_view(gallery, VIEWS["home"])
        page.goto(station.kiosk + "/")
        return gallery
    return make


def gallery_view(gallery, view):
    from views import with_doors
    return {**with_doors(view, gallery.plan), "revision": 0}


@pytest.mark.parametrize("part", range(4))
@pytest.mark.parametrize("size", SIZES)
def test_every_screen_is_whole_and_accessible_and_as_it_was_kept(gallery, size, part):
    shown = gallery(size)
    wrong = []
    for name, view in list(VIEWS.items())[part::4]:
        shown.show(view)
        is_kept = size == "portrait" or name in MAIN
        wrong += judge(shown.page, f"en-{size}-{name}" if is_kept else None, with_axe=IS_LONG or is_kept)
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_the_main_screens_are_whole_in_each_language(gallery, language):
    wrong = []
    for size in SIZES if IS_LONG else ["portrait", "small"]:
        shown = gallery(size)
        shown.language(language)
        direction = "rtl" if language == "ar" else "ltr"
        expect(shown.page.locator("html")).to_have_attribute("dir", direction)
        for name in VIEWS if IS_LONG else MAIN:
            shown.show(VIEWS[name])
            is_kept = name in MAIN[:4] and size == "portrait"
            found = judge(shown.page, f"{language}-{size}-{name}" if is_kept else None, with_axe=is_kept)
            wrong += [f"{language} {size} {name} {one}" for one in found]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("comfort", COMFORTS)
def test_the_screens_are_whole_with_each_comfort(gallery, comfort, size):
    shown = gallery(size)
    shown.page.locator(f"[data-id=comfort-{comfort}]").click()
    wrong = []
    for name in VIEWS if IS_LONG else MAIN:
        shown.show(VIEWS[name])
        found = judge(shown.page, f"en-{size}-{name}-{comfort}" if name == "takeParcel" else None)
        wrong += [f"{size} {name} {one}" for one in found]
    assert not wrong, "\n" + "\n".join(wrong)


@pytest.mark.parametrize("size", SIZES)
def test_each_problem_has_its_words_and_a_way_out(gallery, size):
    shown = gallery(size)
    page = shown.page
    wrong = []

    def tap(name):
        page.wait_for_timeout(650)
        page.locator(f"main [data-id={name}]").click()

    for name in ["opening", "takeParcel", "closeDoor", "doorStuck", "confirmTaken", "done"]:
        shown.show(VIEWS[name])
        tap("help")
        problems = page.locator("main .choice").evaluate_all("all => all.map((one) => one.dataset.id)")
        assert len(problems) >= 3
        wrong += judge(page, f"en-{size}-{name}-help" if name == "takeParcel" else None)
        for problem in problems if IS_LONG or size == "small" else problems[:1]:
            tap(problem)
            expect(page.locator("main .phone")).to_be_visible()
            wrong += judge(page, f"en-{size}-{name}-{problem}" if problem == "help-empty" and name == "takeParcel" else None)
            tap("help-back")
        tap("help-back")
    assert not wrong, "\n" + "\n".join(wrong)


def test_arabic_runs_from_right_to_left_but_digits_and_the_wall_do_not(gallery):
    shown = gallery("portrait")
    page = shown.page
    shown.language("ar")
    left = lambda selector: page.locator(selector).bounding_box()["x"]
    assert left("[data-id=key-1]") < left("[data-id=key-3]"), "a keypad is not mirrored"
    assert left("[data-id=language-en]") > left("[data-id=language-ar]")
    shown.show(VIEWS["takeParcel"])
    assert left("main .plate") > left("main .where span"), "the text begins on the right"
    labels = page.locator(".wall .label").evaluate_all("all => all.map((one) => [one.textContent, one.getBoundingClientRect().x])")
    at = dict(labels)
    assert at["A-01"] < at["B-01"], "the wall stands as it stands"


def test_times_are_said_in_the_time_zone_of_the_store(gallery):
    shown = gallery("portrait")
    shown.show(VIEWS["refused-tooEarly"])
    # 1 796 040 000 s are 12:00 UTC; the store is in Berlin, this browser believes to be in New York.
    expect(shown.page.locator("main .next")).to_contain_text("01:00 PM")
