"""Day sheets to take along: HTML for a phone without signal, PDF, calendar and GPX.

Only of published plans, as they may still be shown: who has opted out since, and sites that are
redacted, are not on them (safeguards 3, 6 and 7). Whoever is on a sheet is in the audit trail
each time that one is made (safeguard 8).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal, get_args

import geopandas as gpd
import pandas as pd

from outreach.config import City, load_city
from outreach.errors import InputError, PlanError
from outreach.language.translate import LANGUAGES
from outreach.link_schemas import PERSON_LINKS
from outreach.maps.base import Ground, make_ground
from outreach.people.consent import subjects_of
from outreach.people.nearby import withheld
from outreach.people.person_ids import resolve
from outreach.pipeline.directory import whole_directory
from outreach.pipeline.entries import moment
from outreach.pipeline.field import sheet_mark
from outreach.pipeline.setup import load_networks
from outreach.pipeline.standing import as_it_may_be_shown
from outreach.pipeline.week import find_plan
from outreach.plan.document import Plan, from_json
from outreach.reports.calendar import calendar
from outreach.reports.day_sheet import OF_PEOPLE, Around, Sheet, day_sheets
from outreach.reports.day_sheet_html import Marks, sheet_page
from outreach.reports.day_sheet_pdf import sheets_pdf
from outreach.reports.track import track
from outreach.roles import needs, viewer
from outreach.store import documents, tables
from outreach.store.work import Rows, open_work
from outreach.weeks import local_date, monday_of, parse_week, week_label
from outreach.work_schemas import ALIASES, PARTICIPANTS, USUAL_PLACES

Hide = Callable[[str], str]
Kind = Literal["html", "pdf", "ics", "gpx"]
KINDS: tuple[Kind, ...] = get_args(Kind)
_AROUND_DEGREES = 0.006  # about half a kilometre of streets beyond the outermost stop
_MOST_PLACES = 3
_NAMELESS = "…"


@dataclass(frozen=True)
class Wanted:
    """Which sheets, and in which form."""

    day: date | None = None  # None: all days of the week
    team: str | None = None  # None: all teams
    kinds: tuple[Kind, ...] = KINDS
    language: str = "en"
    together: bool = False  # one file a kind for all shifts, for printing
    number: int | None = None  # of the plan; None: the newest that is published


@dataclass(frozen=True)
class SheetFiles:
    """What was made."""

    week: str
    number: int
    draft: bool
    files: Mapping[str, bytes]  # by name; no name of a participant is in them, nor in their names
    shifts: int
    participants: int


@needs("points")
def sheet_files(folder: Path, week: str, wanted: Wanted, *, by: str, now: datetime) -> SheetFiles:
    """Return the files of a week's, a day's or a team's shifts.

    Raises   PlanError    no plan of the week is published, it has no such visits, or a draft was
                          asked for by somebody who may not plan
             InputError   a kind or language that there is none of
             WorkError    nobody is named
    """
    at = moment(folder, by, now)
    _known(wanted)
    city, plan = load_city(folder), _plan(folder, week, wanted.number)
    plan = as_it_may_be_shown(folder, plan, now=now)
    resources = whole_directory(folder)
    with open_work(folder).writing() as rows:
        on_it = _participants(rows, plan)
        plan = _nameless(plan, _hidden(rows))
        usual = _usual_places(rows, plan, on_it, resources)
        around = Around(city.programme, resources, wanted.language, usual)
        sheets = day_sheets(plan, around, shift_ids=_shift_ids(plan, wanted))
        if not sheets:
            raise PlanError(f"no visits are planned {_asked(wanted)} in {plan.week}")
        shown = {stop.candidate_id for sheet in sheets for stop in sheet.stops}
        whom = sorted({who for candidate, who in on_it.items() if candidate in shown})
        what = f"day sheets ({', '.join(wanted.kinds)}) of {plan.week}, version {plan.number}"
        for who in whom or (None,):
            rows.audit(at=now, who=at.by, did="exported", what=what, participant_id=who)
    files = _files(folder, city, plan, sheets, wanted)
    return SheetFiles(plan.week, plan.number, sheets[0].draft, files, len(sheets), len(whom))


@needs("points")
def sheet_choices(folder: Path, *, now: datetime) -> pd.DataFrame:
    """Return the shifts with visits of published plans, from this week on.

    Adds     week, day, team, members
    """
    this_week = monday_of(local_date(now, load_city(folder).time_zone))
    found, weeks = [], {path.parent.name for path in documents.plan_versions(folder)}
    for week in sorted(weeks):
        plan = _published(folder, week) if parse_week(week) >= this_week else None
        if plan is not None:
            going = plan.shifts[plan.shifts["shift_id"].isin(plan.stops["shift_id"])]
            found.append(going[["day", "team", "members"]].assign(week=week))
    columns = ["week", "day", "team", "members"]
    if not found:
        return pd.DataFrame(columns=columns)
    return pd.concat(found)[columns].sort_values(["day", "team"], ignore_index=True)


def _known(wanted: Wanted) -> None:
    odd = [kind for kind in wanted.kinds if kind not in KINDS]
    if odd or not wanted.kinds:
        told = ", ".join(odd) or "nothing"
        raise InputError(f"sheets come as {', '.join(KINDS)}, not as {told}; nothing was made")
    if wanted.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise InputError(f"sheets are written in {known}, not {wanted.language!r}")


def _plan(folder: Path, week: str, number: int | None) -> Plan:
    label = week_label(parse_week(week))
    if number is not None:
        plan = find_plan(folder, label, number)
        if plan.status == "draft" and not viewer().may("manage"):
            raise PlanError(f"version {number} of {label} is a draft; ask a lead to publish it")
        return plan
    found = _published(folder, label)
    if found is None:
        raise PlanError(f"no plan of {label} is published yet, so there are no day sheets")
    return found


def _published(folder: Path, week: str) -> Plan | None:
    """Return the newest published plan of a week."""
    for path in documents.plan_versions(folder, week):
        plan = from_json(path.read_text(encoding="utf-8"))
        if plan.status == "published":
            return plan
    return None


def _shift_ids(plan: Plan, wanted: Wanted) -> list[str]:
    shifts = plan.shifts
    if wanted.day is not None:
        shifts = shifts[shifts["day"] == wanted.day]
    if wanted.team is not None:
        shifts = shifts[shifts["team"] == wanted.team]
    return list(shifts["shift_id"])


def _asked(wanted: Wanted) -> str:
    team = f"for {wanted.team} " if wanted.team else ""
    return f"{team}on {wanted.day}" if wanted.day else f"{team}at all"


def _participants(rows: Rows, plan: Plan) -> dict[str, str]:
    """Return who is visited by candidate_id, as far as they are enrolled."""
    links = rows.fetch(PERSON_LINKS)
    people = resolve(rows.fetch(PARTICIPANTS), links, "person_id").sort_values("status")
    ids = dict(zip(subjects_of(people)[::-1], people["participant_id"][::-1], strict=True))
    planned = resolve(plan.candidates, links, "subject")
    pairs = zip(planned["candidate_id"], planned["subject"], strict=True)
    return {candidate: ids[subject] for candidate, subject in pairs if subject in ids}


def _hidden(rows: Rows) -> tuple[Hide, Hide]:
    """Return what takes names, birth dates and phones of participants out of texts people typed.

    The first is for addresses, and takes out whole names; the second, for why a lead put a stop
    in, takes out given and family names alone too. A street may bear somebody's name.
    """
    people, aliases = rows.fetch(PARTICIPANTS), rows.fetch(ALIASES)
    given, family = (people[part].fillna("") for part in ("given_name", "family_name"))
    texts = {*(given + " " + family), *(family + ", " + given), *aliases["name"].dropna()}
    texts |= {*people["phone"].dropna(), *people["birth_date"].dropna()}
    parts = [re.escape(text.strip()) for text in texts if len(text.strip(" ,")) > 3]
    wholes = [part.replace(r"\ ", r"\s+") for part in sorted(parts, key=len, reverse=True)]
    digits = {re.sub(r"\D", "", phone)[-10:] for phone in people["phone"].dropna()}
    wholes += [r"\D{0,3}".join(phone) for phone in sorted(digits) if len(phone) == 10]
    words = {word for text in [*given, *family, *aliases["name"].dropna()] for word in text.split()}
    singles = [re.escape(word) for word in sorted(words, key=len, reverse=True) if len(word) > 2]
    return _taking_out(wholes), _taking_out([*wholes, *singles])


def _taking_out(parts: Sequence[str]) -> Hide:
    if not parts:
        return str
    found = re.compile(rf"(?<!\w)(?:{'|'.join(parts)})(?!\w)", re.IGNORECASE)
    return lambda text: found.sub(_NAMELESS, text)


def _nameless(plan: Plan, hide: tuple[Hide, Hide]) -> Plan:
    """Return a plan in whose texts nobody who is visited is named."""
    people, stops, (in_place, in_reason) = plan.candidates, plan.stops, hide
    added = set(people.loc[people["kind"] == "added", "candidate_id"])

    def told(key: str, text: str) -> str:
        return in_reason(text) if key in added else in_place(text)

    reasons = zip(people["candidate_id"], people["reason"], strict=True)
    whys = zip(stops["candidate_id"], stops["why"], strict=True)
    return replace(
        plan,
        candidates=people.assign(
            label=people["label"].map(in_place), reason=[told(*pair) for pair in reasons]
        ),
        stops=stops.assign(why=[told(*pair) for pair in whys]),
    )


def _usual_places(
    rows: Rows, plan: Plan, on_it: Mapping[str, str], resources: pd.DataFrame
) -> dict[str, list[str]]:
    """Return where those who are visited are usually found, without the stop's own place."""
    hide, _ = _hidden(rows)
    places = rows.fetch(USUAL_PLACES)
    places = places[places["ended_on"].isna() & places["address"].notna()]
    places = places[~withheld(places, resources)].sort_values("last_seen_on", ascending=False)
    known: dict[str, list[str]] = {}
    for place in places.itertuples():
        known.setdefault(str(place.participant_id), []).append(hide(str(place.address)))
    planned = plan.candidates[plan.candidates["kind"].isin(OF_PEOPLE)]
    found = {}
    for candidate, label in zip(planned["candidate_id"], planned["label"], strict=True):
        others = [one for one in known.get(on_it.get(candidate, ""), []) if one != label]
        found[candidate] = list(dict.fromkeys(others))[:_MOST_PLACES]
    return found


def _files(
    folder: Path, city: City, plan: Plan, sheets: Sequence[Sheet], wanted: Wanted
) -> dict[str, bytes]:
    networks = load_networks(folder)
    network = networks.get("drive") or next(iter(networks.values()), None)
    streets = None if network is None else network.edges
    areas = tables.read_shapes(folder / "areas.geojson", ("name", "kind"))
    groups = [list(sheets)] if wanted.together else [[sheet] for sheet in sheets]
    files = {}
    for group in groups:
        for kind in wanted.kinds:
            name = _file_name(plan, group, wanted, kind)
            files[name] = _made(kind, folder, city, plan, group, streets, areas)
    return files


def _made(
    kind: Kind,
    folder: Path,
    city: City,
    plan: Plan,
    sheets: Sequence[Sheet],
    streets: gpd.GeoDataFrame | None,
    areas: gpd.GeoDataFrame,
) -> bytes:
    if kind == "html":
        # A draft has no mark: what is entered on it could not be handed in.
        mark = "" if sheets[0].draft else sheet_mark(folder, plan.week, plan.number)
        storage = f"outreach {mark or 'draft'}"
        ground = _ground(sheets, streets, areas, city)
        return sheet_page(plan, sheets, ground, Marks(mark, storage)).encode()
    if kind == "pdf":
        return sheets_pdf(sheets, streets)
    return calendar(sheets) if kind == "ics" else track(sheets).encode()


def _ground(
    sheets: Sequence[Sheet],
    streets: gpd.GeoDataFrame | None,
    areas: gpd.GeoDataFrame,
    city: City,
) -> Ground:
    """Return streets, parks and water around the stops and the help near them, and no more."""
    points: list[Any] = [end for sheet in sheets for end in sheet.bases]
    for sheet in sheets:
        for stop in sheet.stops:
            points += [stop.point, *(service.point for service in stop.services)]
    lons, lats = zip(*points, strict=True)
    far = _AROUND_DEGREES
    x, y = slice(min(lons) - far, max(lons) + far), slice(min(lats) - far, max(lats) + far)
    near = None if streets is None else streets.cx[x, y]
    return make_ground(near, areas.cx[x, y] if len(areas) else areas, credit=city.streets_credit)


def _file_name(plan: Plan, group: Sequence[Sheet], wanted: Wanted, kind: Kind) -> str:
    draft = "draft-" if group[0].draft else ""
    if wanted.together:
        return draft + sheet_name(wanted.day or plan.week, wanted.team, kind)
    return draft + sheet_name(group[0].day, group[0].team, kind)


def sheet_name(when: date | str, team: str | None, kind: Kind) -> str:
    """Return what the file of a day's or a week's sheets is called."""
    return f"sheet-{when}-{_plain(team or 'all teams')}.{kind}"


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-") or "team"
