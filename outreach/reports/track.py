"""Shifts as GPX 1.1: stops and places of help as waypoints, the way by street as a route."""

from collections.abc import Sequence

from gpxpy.gpx import GPX, GPXRoute, GPXRoutePoint, GPXWaypoint

from outreach.language.translate import translator
from outreach.reports.day_sheet import Sheet

_NOT_XML = dict.fromkeys([*range(9), 11, 12, *range(14, 32), 0xFFFE, 0xFFFF])


def track(sheets: Sequence[Sheet]) -> str:
    """Return a GPX document; no participant is named in it, not even by a pseudonym."""
    made = GPX()
    made.creator = "outreach"
    if sheets:
        made.time = min(sheet.made_at for sheet in sheets)
    for sheet in sheets:
        made.waypoints += _stops(sheet)
        made.waypoints += _services(sheet)
        made.routes.append(_route(sheet))
    return str(made.to_xml(version="1.1"))


def _plain(text: str) -> str:
    return text.translate(_NOT_XML)


def _stops(sheet: Sheet) -> list[GPXWaypoint]:
    return [
        GPXWaypoint(
            latitude=round(stop.point[1], 6),
            longitude=round(stop.point[0], 6),
            time=stop.start_at,
            name=_plain(f"{stop.order}. {stop.place}"),
            description=_plain("; ".join((stop.arrive, *stop.marks, *stop.limits))),
            type="stop",
        )
        for stop in sheet.stops
    ]


def _services(sheet: Sheet) -> list[GPXWaypoint]:
    found = {one.point: one for stop in sheet.stops for one in stop.services}
    return [
        GPXWaypoint(
            latitude=round(one.point[1], 6),
            longitude=round(one.point[0], 6),
            name=_plain(one.name),
            description=_plain("; ".join(part for part in (one.kind, one.phone) if part)),
            type="help",
        )
        for one in found.values()
    ]


def _route(sheet: Sheet) -> GPXRoute:
    name = sheet.name
    if sheet.draft:
        _ = translator(sheet.language)
        name = f"{_('DRAFT – not published')}: {name}"
    made = GPXRoute(name=_plain(name))
    last = None
    for way in sheet.ways:
        for lon, lat in way.coords:
            here = (round(lat, 6), round(lon, 6))
            if here != last:
                made.points.append(GPXRoutePoint(*here))
            last = here
    return made
