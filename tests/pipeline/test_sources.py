"""Duty 29: 311 is a second source, kept apart; a reader can look at each source alone."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from outreach.errors import InputError, NotAllowedError
from outreach.pipeline import demand as refresh
from outreach.pipeline.sources import ASKING, of_source
from outreach.pipeline.view import as_seen, city_view, known_calls
from outreach.roles import Viewer, acting_as
from outreach.store import calls

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def view(built):
    return city_view(built, NOW)


@pytest.fixture(scope="module")
def service_requests(view):
    return of_source(view, "311")


def test_a_source_has_its_own_calls_and_weeks_stay_seen(view, service_requests):
    every = calls.demand(known_calls(view.folder, view.city, NOW))
    counted = calls.fetch(every.group_by("source").agg(calls=every.count()))
    mine = counted.set_index("source")["calls"]
    assert service_requests.weekly["calls"].sum() == mine["311"]
    assert 0 < mine["311"] < mine.sum() == view.weekly["calls"].sum()
    pd.testing.assert_frame_equal(service_requests.calendar, view.calendar)


def test_lists_of_a_source_rest_on_its_calls_and_keep_who_may_not_be_visited(
    view, service_requests
):
    known = view.places.set_index("place_id")
    mine = service_requests.places.set_index("place_id")
    both = mine.index.intersection(known.index)
    assert (mine.loc[both, "calls"] <= known.loc[both, "calls"]).all()
    assert not (mine.loc[both, "home_visit"] & ~known.loc[both, "home_visit"]).any()
    assert service_requests.networks is view.networks


@pytest.mark.parametrize("source", ASKING)  # some have no calls
def test_what_managers_follow_is_of_the_source_but_no_forecast(view, source, monkeypatch):
    def refuse(*_):
        raise AssertionError("a forecast was looked for, which was tested on all sources")

    monkeypatch.setattr(refresh, "read_card", refuse)
    cut = of_source(view, source)
    found = refresh.demand_of(cut, ahead=False)
    assert found.forecast.empty
    assert found.area_weeks["calls"].sum() == cut.fine_counts["calls"].sum()
    helped = cut.counts.loc[cut.counts["need"] != "unknown", "calls"].sum()
    assert (found.hot_spots["calls"].sum() > 0) == (helped > 0)
    assert found.hot_spots["calls"].sum() <= helped


def test_a_manager_sees_hexes_of_a_source_and_no_place(view, service_requests):
    manager = Viewer("Mo", "manager")
    seen = as_seen(service_requests, manager)
    assert len(seen.counts)
    assert seen.places.empty
    assert seen.persons.empty
    with acting_as(Viewer("Pat", "police_liaison")), pytest.raises(NotAllowedError):
        of_source(view, "311")


def test_what_staff_began_is_no_source_to_look_at(view):
    for source in ("officer_initiated", "alarm", "fax"):
        with pytest.raises(InputError, match="no source"):
            of_source(view, source)
