"""Staff and customers at the screen: they tap what they see, and nothing else."""

from playwright.sync_api import expect

from station import BADGE, PIN


class Person:
    """Somebody in front of the kiosk."""

    def __init__(self, page, station):
        self.page = page
        self.station = station

    def sees(self, screen, within=15_000):
        """The screen of this name is there."""
        expect(self.page.locator(f"main.{screen}")).to_be_visible(timeout=within)
        return self

    def title(self):
        """The words on top."""
        return self.page.locator("main h1")

    def next(self):
        """What to do now."""
        return self.page.locator("main .next")

    def door(self):
        """The door that the screen is about."""
        return self.page.locator("main .where .plate").inner_text()

    def button(self, name):
        """A button, by what it does."""
        return self.page.locator(f'main [data-id="{name}"]')

    def taps(self, name):
        """Taps a button; after a change of the screen a person needs a moment."""
        self.page.wait_for_timeout(650)
        self.button(name).click()
        return self

    def types(self, digits):
        """Types on the screen's keypad, then OK."""
        for digit in digits:
            self.page.locator(f"[data-id=key-{digit}]").click()
            self.page.wait_for_timeout(70)
        self.page.locator("[data-id=key-ok]").click()
        return self

    # Staff

    def signs_in(self):
        """Badge, PIN."""
        self.station.scan(BADGE)
        self.sees("staffPIN").types(PIN)
        return self.sees("staffMenu")

    def loads(self, order, parcels=None):
        """Label, door, close; with nothing to tap in between. Returns the doors."""
        doors = []
        if "staffMenu" in self.page.locator("main").get_attribute("class"):
            self.taps("startLoading")
        self.sees("loadScan")
        for parcel in order["parcels"][:parcels]:
            doors.append(self.scans_label(parcel["label"]))
            self.page.wait_for_timeout(500)
            self.station.close(doors[-1])
            self.sees("loadScan")
        return doors

    def scans_label(self, label):
        """The order reaches the station within a moment of being placed: the label is scanned until it is known."""
        for _ in range(6):
            self.station.scan(label)
            try:
                self.sees("loadPutIn", within=2600)
                return self.door()
            except AssertionError:
                continue
        raise AssertionError(f"the label {label} is not known to the station")

    def signs_out(self):
        """By the button."""
        self.taps("finish")
        return self.sees("home")

    def prepares(self, *skus, parcels=None):
        """Orders, and loads what was ordered; returns the order and its doors."""
        order = self.station.order(*skus)
        self.signs_in()
        doors = self.loads(order, parcels)
        self.signs_out()
        return order, doors

    # Customers

    def takes(self, door):
        """Takes the parcel out and closes the door."""
        self.sees("takeParcel")
        self.page.wait_for_timeout(1000)
        self.station.close(door)
        return self

    def leaves(self):
        """Back to the start, for the next person."""
        self.taps("finish")
        return self.sees("home")
