"""The map of where one participant is usually found, with the day they were last seen there."""

from collections.abc import Iterable
from datetime import date

import folium
import pandas as pd

from outreach.language.translate import translator
from outreach.maps import layers
from outreach.maps.base import Ground, add_ground
from outreach.maps.elements import Drawing, Panel, bare_map, each, script_json
from outreach.maps.style import FACILITY_FILL, PLACE_FILL, Look
from outreach.maps.views import bounds_of

_SIZE = 24


def seen_ago(last_seen_on: date, today: date, language: str = "en") -> str:
    """Return how long ago somebody was last seen, as people say it."""
    days = (today - last_seen_on).days
    _ = translator(language)
    if days < 1:
        return _("seen today")
    if days == 1:
        return _("seen yesterday")
    return _("last seen {days} days ago").format(days=days)


def usual_places_map(
    places: pd.DataFrame,
    ground: Ground,
    *,
    today: date,
    ages_days: int,
    meeting_place: str | None = None,
    language: str = "en",
) -> folium.Map:
    """Return the map of usual places, numbered as they come; old sightings have another shape.

    Needs    usual_place_id, lon, lat, address, last_seen_on     as in USUAL_PLACES
             ages_days          days from which on a sighting is old
             meeting_place      usual_place_id where they want to be met
    """
    _ = translator(language)
    spots = places.dropna(subset=["lon", "lat"])
    points: Iterable[layers.Point] = zip(spots["lon"], spots["lat"], strict=True)
    chart = bare_map(bounds_of(points, ground), tiles=ground.tiles, language=language)
    add_ground(chart, ground)
    looks, marks = [], []
    for number, place in enumerate(each(places), start=1):
        if pd.isna(place.lon) or pd.isna(place.lat):
            continue
        old = (today - place.last_seen_on).days >= ages_days
        looks.append(_look(str(number), old=old))
        lines = [layers.text(place.address, _("Without an address"))]
        lines.append(seen_ago(place.last_seen_on, today, language).capitalize())
        if place.usual_place_id == meeting_place:
            lines.append(_("Wants to be met here"))
        point = (round(float(place.lon), 5), round(float(place.lat), 5))
        marks.append((point, len(looks) - 1, lines))
    data = {"marks": marks, "looks": [vars(look) for look in looks], "front": 0}
    Drawing("marks", script_json(data)).add_to(chart)
    Panel(
        _("Usual places"),
        rows=(
            (_look("1", old=False), _("Seen within {days} days").format(days=ages_days)),
            (_look("2", old=True), _("Seen longer ago")),
        ),
        folds=True,
    ).add_to(chart)
    return chart


def _look(number: str, *, old: bool) -> Look:
    if old:
        return Look("help", FACILITY_FILL, text=number, ink="#1a1a1a", size=_SIZE)
    return Look("stop", PLACE_FILL, text=number, size=_SIZE)
