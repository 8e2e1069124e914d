"""Maps of help as files, for commands: each one HTML page that opens with no internet."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

from outreach.config import load_city
from outreach.errors import InputError
from outreach.maps import help as maps
from outreach.maps.base import Ground, make_ground
from outreach.maps.elements import Chart
from outreach.maps.offline import standalone
from outreach.pipeline.help import Ask, help_times, proximity, reach
from outreach.pipeline.help_access import UNITS, Demand, access
from outreach.pipeline.help_sites import Candidates, What, Wish, site_choice
from outreach.pipeline.help_words import answer, ask_words, chosen_names, wish_words
from outreach.pipeline.view import CityView, city_view
from outreach.resources.sites import Goal
from outreach.roles import needs
from outreach.schemas import NEEDS
from outreach.store.folder import write_whole
from outreach.streets.network import MODES, Mode

Report = Callable[[str], None]
_NO_PLACE = "no such place is in the directory; nothing was written"


def asked(
    folder: Path, need: str | None, kind: str | None, mode: str, at: str | None, *, now: datetime
) -> Ask:
    """Return what a command asks for; a time is local to the city.

    Raises   InputError, ConfigError   no such need, mode or time; no city there
    """
    _among("need", need, NEEDS)
    _among("mode", mode, MODES)
    zone = ZoneInfo(load_city(folder).time_zone)
    chosen: Mode = "walk" if mode == "walk" else "drive"
    return Ask(need=need, kind=kind, mode=chosen, at=_moment(at, zone, now))


def _among(name: str, value: str | None, known: tuple[str, ...]) -> None:
    if value is not None and value not in known:
        raise InputError(f"--{name} takes {', '.join(known)}; not {value!r}")


def _moment(text: str | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    if text is None or text == "now":
        return now if text else None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=zone)
    except ValueError:
        raise InputError(
            f'--at takes now, or a local day and time such as "2026-11-24 14:00", not {text!r}'
        ) from None


def wish(**told: Any) -> Wish:
    """Return what a command wants placed.

    Raises   InputError   a word that is not known
    """
    known = {"what": get_args(What), "goal": get_args(Goal), "need": NEEDS, "mode": MODES}
    for name, words in known.items():
        _among(name, told.get(name), words)
    return Wish(**told)


@needs("counts")
def write_proximity(
    folder: Path, ask: Ask, target: Path, *, place: str | None, now: datetime, report: Report
) -> dict[str, Any]:
    """Write the map of minutes to the nearest place, and return its figures.

    Raises   InputError, StreetsError   no such place, no streets for that mode
    """
    view = _view(folder, target, now, report)
    report("measuring the ways")
    found = proximity(view, ask, help_times(view, ask.mode))
    if found.places.empty:
        raise InputError(_NO_PLACE)
    areas = None if place is None else reach(view, place, ask.mode)
    chart = maps.proximity_map(
        found.cells,
        found.places,
        _ground(view),
        limits=view.city.resources.reach_min,
        areas=areas,
        title="Nearest help",
        lines=(ask_words(ask, view.city.time_zone),),
        invented=view.city.invented_data,
    )
    _write(target, chart)
    shares = {f"calls_within_{share.within_min:g}_min": share.calls for share in found.shares}
    return {
        "places": len(found.places),
        "hours_not_known": int((found.places["hours_state"] != "read").sum()),
        **{name: round(share, 4) for name, share in shares.items()},
        "mean_min": None if found.mean_min is None else round(found.mean_min, 2),
        "calls_out_of_reach": round(found.out_of_reach, 4),
    }


@needs("counts")
def write_access(
    folder: Path, ask: Ask, target: Path, *, demand: Demand, now: datetime, report: Report
) -> dict[str, Any]:
    """Write the map of much need and little access, and return its figures.

    Raises   InputError, StreetsError   no such place, people not known, no streets for that mode
    """
    view = _view(folder, target, now, report)
    report("measuring the ways")
    found = access(view, ask, help_times(view, ask.mode), demand=demand)
    if found.places.empty:
        raise InputError(_NO_PLACE)
    chart = maps.access_map(
        found.cells,
        found.places,
        _ground(view),
        unit=UNITS[demand],
        title="Where help is missing",
        lines=(ask_words(ask, view.city.time_zone),),
        invented=view.city.invented_data,
    )
    _write(target, chart)
    return {
        "places": len(found.places),
        "hours_not_known": int((found.places["hours_state"] != "read").sum()),
        "share_with_access": round(found.reached, 4),
        "gaps": int(found.cells["gap"].sum()),
    }


@needs("counts")
def write_site(
    folder: Path, wanted: Wish, candidates: Candidates, target: Path, *, now: datetime,
    report: Report,
) -> dict[str, Any]:  # fmt: skip
    """Write the map of what new sites would change, and return its figures.

    Raises   OutreachError   no streets for that mode, no demand, no candidates, not solved
    """
    view = _view(folder, target, now, report)
    report("looking for the best sites")
    found = site_choice(view, wanted, candidates)
    chart = maps.site_map(
        found.cells,
        found.sites,
        found.today,
        _ground(view),
        unit=found.unit,
        title="A new site",
        lines=(wish_words(wanted), answer(found)),
        invented=view.city.invented_data,
    )
    _write(target, chart)
    return {
        "answer": answer(found),
        "chosen": chosen_names(found),
        "candidates": len(found.sites),
        "before": vars(found.before),
        "after": vars(found.after),
    }


def _view(folder: Path, target: Path, now: datetime, report: Report) -> CityView:
    if target.is_dir():
        raise InputError(f"{target} is a folder; name a file in it, such as {target}/help.html")
    report("reading the city")
    view = city_view(folder, now)
    if view.rates.empty:
        raise InputError(
            f"no calls have come in yet, so there is no need to measure; nothing was written: "
            f"outreach ingest FILE --city {folder}"
        )
    return view


def _ground(view: CityView) -> Ground:
    network = view.networks.get("drive") or next(iter(view.networks.values()), None)
    edges = None if network is None else network.edges
    return make_ground(edges, view.areas, credit=view.city.streets_credit)


def _write(target: Path, chart: Chart) -> None:
    write_whole(target, standalone(chart), private=True)
