from datetime import date, timedelta

import pandas as pd
import pytest

from outreach.maps import base
from outreach.maps.participant import seen_ago, usual_places_map

TODAY = date(2026, 11, 22)
GROUND = base.make_ground(None, None)


def places(*days, address="1 Ash Street"):
    """Usual places last seen that many days ago."""
    return pd.DataFrame(
        {
            "usual_place_id": [f"u{i}" for i in range(len(days))],
            "lon": -73.75,
            "lat": 42.65,
            "address": address,
            "last_seen_on": [TODAY - timedelta(days=d) for d in days],
        }
    )


def drawn(chart):
    """The data of the marks, as text."""
    return next(
        child.data
        for child in chart._children.values()
        if getattr(child, "function", "") == "marks"
    )


@pytest.mark.parametrize(
    ("days", "said"),
    [(0, "seen today"), (1, "seen yesterday"), (2, "last seen 2 days ago"), (75, "75 days ago")],
)
def test_the_age_of_a_sighting_is_said_in_words(days, said):
    assert said in seen_ago(TODAY - timedelta(days=days), TODAY)


def test_an_old_sighting_has_another_shape_not_only_another_colour():
    data = drawn(usual_places_map(places(3, 59, 60), GROUND, today=TODAY, ages_days=60))
    assert data.count('"shape":"stop"') == 2
    assert data.count('"shape":"help"') == 1
    assert '"text":"3"' in data


def test_the_place_where_they_want_to_be_met_is_said():
    chart = usual_places_map(places(3, 9), GROUND, today=TODAY, ages_days=60, meeting_place="u1")
    assert drawn(chart).count("Wants to be met here") == 1


def test_a_hostile_address_stays_text(fake_city):
    chart = usual_places_map(
        places(3, address=fake_city.HOSTILE), GROUND, today=TODAY, ages_days=60
    )
    assert "</script>" not in drawn(chart)
    assert "{{" not in drawn(chart)


def test_nothing_known_is_an_empty_map_of_the_city(fake_city):
    ground = base.make_ground(fake_city.network().edges, None)
    assert '"marks":[]' in drawn(usual_places_map(places(), ground, today=TODAY, ages_days=60))
