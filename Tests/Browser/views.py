"""The views of the gallery: every screen of the station with values a person could meet.

`views.json` holds them in the station's own JSON (a test of KioskServer reads them as views and sees that no
screen, refusal or reason is missing). Here they get the doors of the wall in front of us."""

import copy
import json
import pathlib

FILE = pathlib.Path(__file__).parent / "views.json"


def all_views():
    """Name and view of each, in the order of the file."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def with_doors(view, plan):
    """The view with every door of the plan: shut, but for the one that the screen is about."""
    view = copy.deepcopy(view)
    about = next(iter(view["screen"].values())).get("_0")
    about = about.get("compartment") if isinstance(about, dict) else None
    looks = {door["compartment"]: door["look"] for door in view["doors"]}
    view["doors"] = [
        {"compartment": cell["compartment"], "look": "lit" if cell["compartment"] == about else looks.get(cell["compartment"], "closed")}
        for bank in plan["banks"] for column in bank["columns"] for cell in column
    ]
    return view
