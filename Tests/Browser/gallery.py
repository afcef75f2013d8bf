"""Shows any view on the kiosk's real page: the page comes from the station, only its event stream is ours."""

import json
import os
import re

from views import with_doors


class Gallery:
    """A page whose views are put in front of it."""

    def __init__(self, page, station):
        self.page = page
        self.plan = station.kiosk_file("/wall.json")
        self.page_version = station.kiosk_file("/station.json")["page"]
        self.view = None
        self.revision = 0
        self.answered = -1
        # A stream that ends is opened again by the page half a second later: then it gets what is to be shown.
        page.route("**/events", self._answer)
        if "BROWSER_PAGE" in os.environ:
            page.route(re.compile(r"/(assets|strings)/"), self._own_file)
        page.route("**/input", lambda route: route.fulfill(status=204))

    @staticmethod
    def _own_file(route):
        """While the page is being written: its files as they are now, not as they were built (BROWSER_PAGE=folder)."""
        route.fulfill(path=f"{os.environ['BROWSER_PAGE']}/{route.request.url.rsplit('/', 1)[1]}")

    def _answer(self, route):
        if self.view is None:
            return route.abort()
        self.answered = self.view["revision"]
        route.fulfill(
            status=200, headers={"Content-Type": "text/event-stream", "Kiosk-Page": self.page_version},
            body=f"id: {self.revision}\ndata: {json.dumps(self.view)}\n\n",
        )

    def show(self, view):
        """Shows a view; returns once it is on the screen."""
        self.revision += 1
        self.view = {**with_doors(view, self.plan), "revision": self.revision}
        name = next(iter(view["screen"]))
        # Until the page has asked again and was given this view.
        for _ in range(400):
            if self.answered == self.revision:
                break
            self.page.wait_for_timeout(25)
        self.page.wait_for_function("name => document.querySelector('main').classList.contains(name)", arg=name)
        # Two views of one screen differ in words only, and those are there a moment after the answer.
        self.page.wait_for_timeout(80)

    def language(self, name):
        """Chooses a language as a person does."""
        self.page.locator(f"[data-id=language-{name}]").click()
        self.page.wait_for_function("name => document.documentElement.lang === name", arg=name)
