"""Day sheets as one HTML file that works with no signal and asks nothing of any machine.

Map, stops, places of help, and forms whose entries stay on the device until they are handed in
as a file. The page may load nothing: its rules for the browser say so, and name its own scripts
by their fingerprints.
"""

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2

from outreach.language.translate import N_, translator
from outreach.language.words import in_words
from outreach.maps import layers, offline
from outreach.maps.base import Ground
from outreach.maps.elements import Drawing, script_json
from outreach.maps.signs import stop_look
from outreach.maps.style import BASE_FILL, HELP_FILL, INK, Look, team_colours
from outreach.plan.document import Plan
from outreach.reports.day_sheet import Sheet, keep_until
from outreach.weeks import monday_of
from outreach.work_words import OUTCOMES, SERVICES

ENTRIES_FORMAT = "outreach-entries"
ENTRIES_VERSION = 1
MINUTES = (5, 10, 15, 20, 30, 45, 60, 90)
_HERE = Path(__file__).parent
_PICTURE = re.compile(r"url\([^)]*\)")
# What the script says; it gets them in the reader's language.
SAID = {
    "kept": N_("Kept on this device."),
    "not_kept": N_(
        "This browser keeps nothing for this file. Hand the entries in before you close it."
    ),
    "choose": N_("Choose what came of it."),
    "none": N_("Nothing is kept on this device yet."),
    "waiting": N_("{number} not handed in yet"),
    "all_in": N_("All {number} entries were put into a file. Bring the file back to the app."),
    "logged": N_("Logged"),
    "changed": N_("Changed"),
    "change": N_("Change the entry"),
    "log": N_("Log this visit"),
    "sure_delete": N_(
        "Delete all entries of this sheet from this device? Do so only after they were brought in."
    ),
    "old": N_("This sheet should have been deleted by {day}. Hand in what is kept and delete it."),
    "future": N_("The time cannot be later than now."),
    "needles": N_("{number} needles"),
    "minutes": N_("{number} min"),
    "police": N_("police were involved"),
    "shared": N_("The file was handed on."),
    "stop": N_("Stop {number}"),
}


@dataclass(frozen=True)
class Marks:
    """By what the app knows entries again when they are brought back."""

    city: str  # of the city's key: a file of another city is refused
    storage: str  # under which name the browser keeps entries


def sheet_page(plan: Plan, sheets: Sequence[Sheet], ground: Ground, marks: Marks) -> str:
    """Return one page for some sheets of one plan; every text of the data stays text.

    Entries can be made only for a published plan.
    """
    language = sheets[0].language if sheets else "en"
    data = _data(sheets, marks)
    scripts = [
        offline.asset(offline.LEAFLET_JS[1]),
        offline.asset(offline.DRAW_JS[1]),
        f"window.outreachMaps = function (map, shift) {{\n{_drawings(plan, sheets, ground)}\n}};",
        (_HERE / "day_sheet.js").read_text(encoding="utf-8"),
    ]
    styles = [
        _PICTURE.sub("none", offline.asset(offline.LEAFLET_CSS[1])),
        offline.asset(offline.DRAW_CSS[1]),
        (_HERE / "day_sheet.css").read_text(encoding="utf-8"),
    ]
    # branca's escapes are JSON's own, so the texts come out as they went in
    return _template().render(
        sheets=sheets,
        language=language,
        _=translator(language),
        data=script_json(data),
        scripts=[_closed(script) for script in scripts],
        styles=styles,
        rules=_rules(scripts),
        outcomes=[(code, in_words(code, language)) for code in OUTCOMES],
        services=[(code, in_words(code, language)) for code in SERVICES],
        minutes=MINUTES,
    )


def _closed(script: str) -> str:
    """Refuse a script that would end its own element."""
    if "</script" in script.lower():
        raise ValueError("a script must not hold the end of a script")
    return script


def _rules(scripts: Sequence[str]) -> str:
    """Return what the browser may do with the page: run these scripts, and load nothing."""
    prints = [base64.b64encode(hashlib.sha256(s.encode()).digest()).decode() for s in scripts]
    allowed = " ".join(f"'sha256-{one}'" for one in prints)
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )


def _data(sheets: Sequence[Sheet], marks: Marks) -> dict[str, Any]:
    """Return what the page's script needs to make entries."""
    language = sheets[0].language if sheets else "en"
    say = translator(language)
    first = sheets[0] if sheets else None
    return {
        "format": ENTRIES_FORMAT,
        "version": ENTRIES_VERSION,
        "city": marks.city,
        "storage": marks.storage,
        "week": first.week if first else "",
        "number": first.number if first else 0,
        "draft": first.draft if first else True,
        "keep_until": first.keep_until if first else "",
        "delete_after": _delete_after(sheets),
        "language": language,
        "said": {key: say(text) for key, text in SAID.items()},
        "outcomes": {code: in_words(code, language) for code in OUTCOMES},
        "stages": {code: in_words(stage, language) for code, stage in OUTCOMES.items()},
        "services": {code: in_words(code, language) for code in SERVICES},
        "shifts": [
            {
                "id": sheet.shift_id,
                "bounds": _bounds(sheet),
                "stops": [
                    {"id": stop.candidate_id, "order": stop.order, "place": stop.place}
                    | {"police": stop.with_police}
                    for stop in sheet.stops
                ],
            }
            for sheet in sheets
        ],
    }


def _delete_after(sheets: Sequence[Sheet]) -> str:
    return max((keep_until(monday_of(sheet.day)).isoformat() for sheet in sheets), default="")


def _bounds(sheet: Sheet) -> list[list[float]]:
    """Return south-west and north-east of the stops and bases, for Leaflet."""
    points = [*(stop.point for stop in sheet.stops), *sheet.bases]
    lons, lats = zip(*points, strict=True)
    return [[min(lats), min(lons)], [max(lats), max(lons)]]


def _drawings(plan: Plan, sheets: Sequence[Sheet], ground: Ground) -> str:
    """Return the script that draws the ground, and each shift's way, stops and help."""
    drawn = [f"outreach.{name}({data}).addTo(map);" for name, data in _ground(ground)]
    colours = team_colours(sorted(set(plan.shifts["team"])))
    kinds = dict(zip(plan.candidates["candidate_id"], plan.candidates["kind"], strict=True))
    for number, sheet in enumerate(sheets):
        parts = "".join(
            f"outreach.{one.function}({one.data}).addTo(map);"
            for one in (_helps(sheet), _bases(sheet), _route(plan, sheet, colours, kinds))
        )
        drawn.append(f"if (shift === {number}) {{ {parts} }}")
    return "\n".join(drawn)


def _ground(ground: Ground) -> list[tuple[str, str]]:
    parts = [("ground", ground.areas), ("streets", ground.streets)]
    return [(name, data) for name, data in parts if data]


def _helps(sheet: Sheet) -> Drawing:
    look = Look("help", HELP_FILL, text="+", ink=INK, size=18)
    found = {
        service.point: (service.point, look, _service_lines(service))
        for stop in sheet.stops
        for service in stop.services
    }
    return layers.marks(list(found.values()), name="Help")


def _service_lines(service: Any) -> list[str]:
    told = (service.name, service.kind, service.address, service.phone)
    return [part for part in told if part]


def _bases(sheet: Sheet) -> Drawing:
    look = Look("base", BASE_FILL, text="⌂", size=24)
    found = dict(zip(sheet.bases, (sheet.start_base, sheet.end_base), strict=True))
    return layers.marks([(point, look, [name]) for point, name in found.items()], name="Base")


def _route(plan: Plan, sheet: Sheet, colours: dict[str, str], kinds: dict[str, str]) -> Drawing:
    colour = colours[sheet.team]
    stops = [
        layers.StopMark(
            *stop.point,
            stop_look(kinds[stop.candidate_id], stop.order, colour, fixed=stop.fixed),
            (f"{stop.order}. {stop.place}", f"{stop.arrive} – {stop.leave}", *stop.limits),
            tuple(service.point for service in stop.services),
        )
        for stop in sheet.stops
    ]
    shift = plan.shifts.loc[plan.shifts["shift_id"] == sheet.shift_id]
    shift = shift.assign(colour=colour, day_label=sheet.day_text, day=sheet.day.isoformat())
    return layers.routes({sheet.shift_id: stops}, plan.legs, shift)


@lru_cache(maxsize=1)
def _template() -> jinja2.Template:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_HERE),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return made.get_template("day_sheet.html")
