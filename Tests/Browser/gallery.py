"""Shows any view on the kiosk's real page: the page comes from the station, only its event stream is ours."""

import json

from views import with_doors


class Gallery:
    """A page whose views are put in front of it."""

    def __init__(self, page, station):
        self.page = page
        self.plan = station.kiosk_file("/wall.json")
        self.page_version = station.kiosk_file("/station.json")["page"]
        self.view = None
        self.revision = 0
        # A stream that ends is opened again by the page half a second later: then it gets what is to be shown.
        page.route("**/events", self._answer)
        page.route("**/input", lambda route: route.fulfill(status=204))

    def _answer(self, route):
        if self.view is None:
            return route.abort()
        route.fulfill(
            status=200, headers={"Content-Type": "text/event-stream", "Kiosk-Page": self.page_version},
            body=f"id: {self.revision}\ndata: {json.dumps(self.view)}\n\n",
        )

    def show(self, view):
        """Shows a view; returns once it is on the screen."""
        self.revision += 1
        self.view = {**with_doors(view, self.plan), "revision": self.revision}
        name = next(iter(view["screen"]))
        # A stream that was opened before still shows the view before.
        with self.page.expect_response("**/events"):
            pass
        with self.page.expect_response("**/events"):
            pass
        self.page.wait_for_function("name => document.querySelector('main').classList.contains(name)", arg=name)

    def language(self, name):
        """Chooses a language as a person does."""
        self.page.locator(f"[data-id=language-{name}]").click()
        self.page.wait_for_function("name => document.documentElement.lang === name", arg=name)
