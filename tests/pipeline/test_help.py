"""How near help is: against ways and hours taken one by one, and without what must not be shown."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest

from outreach.cells import centre
from outreach.columns import check
from outreach.errors import InputError, StreetsError
from outreach.pipeline import help as helping
from outreach.pipeline.help import Ask
from outreach.pipeline.help_access import access
from outreach.pipeline.help_sites import Candidates, Wish, possible_sites, site_choice
from outreach.pipeline.help_words import answer, named_points
from outreach.resource_schemas import ACCESS, SITES
from outreach.resources.access import access_table
from outreach.resources.hours.openings import openings
from outreach.streets.travel import travel_between

MONDAY_NOON = datetime(2026, 11, 23, 12, tzinfo=ZoneInfo("America/New_York"))
HOURS = [
    "24/7", "Mo-Fr 09:00-12:20", "Mo-Fr 12:05-17:00", None, "Sa 09:00-12:00",
    'Mo-Su unknown "by appointment"', "Mo-Fr 09:00-17:00", "24/7",
]  # fmt: skip
HIDDEN = "SECRET HOUSE"


@pytest.fixture(scope="module")
def view(fake_city, make_resources, tmp_path_factory):
    """The invented city with eight places; the last is redacted and in the busiest hex."""
    made = fake_city.view(tmp_path_factory.mktemp("city"))
    busiest = made.rates.sort_values("weekly_rate")["cell"].iloc[-1]
    where = fake_city.points(8, 21)
    where[-1] = centre(int(busiest))
    kinds = ["hospital", "shelter", "food_pantry", "library"] * 2
    resources = make_resources(
        name=[*(f"Place {n}" for n in range(7)), HIDDEN],
        kind=kinds,
        needs=["mental_health", "homelessness", "homelessness", "homelessness"] * 2,
        hours=HOURS,
        hours_text=[hours or "ask" for hours in HOURS],
        hours_state=["read" if hours else "unread" for hours in HOURS],
        redacted=[False] * 7 + [True],
        lon=where[:, 0],
        lat=where[:, 1],
    )
    return replace(made, resources=resources)


@pytest.fixture(scope="module")
def times(view):
    return helping.help_times(view, "walk")


def by_hand(view, times, need, at):
    """Minutes to the nearest place that is open on arrival, one place and hex after the other."""
    shown = view.resources[~view.resources["redacted"]]
    shown = shown[shown["needs"].str.contains(need)].reset_index(drop=True)
    points = [(f["lon"].to_numpy(), f["lat"].to_numpy()) for f in (times.cells, shown)]
    seconds, _ = travel_between(view.networks["walk"], *points)
    if at is not None:
        since, until = (at + timedelta(hours=h) for h in (0, 48))
        found = openings(
            shown, since=since, until=until, time_zone="America/New_York", country="US"
        )
        left = timedelta(minutes=view.city.resources.least_left_min)
        for row, column in np.ndindex(*seconds.shape):
            arrive = at + timedelta(seconds=round(seconds[row, column]))
            mine = found[found["resource_id"] == shown["resource_id"].iloc[column]]
            fits = (mine["opens_at"] <= arrive) & (mine["closes_at"] >= arrive + left)
            if not (fits & (mine["state"] == "open")).any():
                seconds[row, column] = np.inf
    best = seconds.min(axis=1) / 60
    return np.where(np.isfinite(best), best, np.nan)


@pytest.mark.parametrize("at", [None, MONDAY_NOON])
def test_minutes_are_those_of_every_way_and_every_opening_taken_by_itself(view, times, at):
    found = helping.proximity(view, Ask(need="homelessness", at=at), times)
    expected = by_hand(view, times, "homelessness", at)
    np.testing.assert_allclose(found.cells["minutes"], expected, rtol=1e-9)
    near = found.cells["calls"][expected <= 10].sum() / found.cells["calls"].sum()
    assert found.shares[1].within_min == 10
    assert found.shares[1].calls == pytest.approx(near)
    assert 0 < near < 1


def test_hours_make_a_difference_and_unknown_ones_are_never_open(view, times):
    ask = Ask(need="homelessness", at=MONDAY_NOON)
    found = helping.proximity(view, ask, times)
    state = found.places.set_index("name")["state"].to_dict()
    assert state == {
        "Place 1": "open", "Place 2": "closed", "Place 3": "unknown",
        "Place 5": "by_appointment", "Place 6": "open",
    }  # fmt: skip
    # Place 2 opens while people are on their way; Place 1 closes too soon for those far away.
    used = set(found.cells["place"])
    assert used == {"Place 1", "Place 2", "Place 6"}
    sunday = helping.proximity(view, replace(ask, at=MONDAY_NOON - timedelta(days=1)), times)
    assert sunday.cells["minutes"].isna().all()
    assert sunday.out_of_reach == 1
    assert sunday.mean_min is None


def test_a_redacted_place_changes_nothing_that_is_shown(view, times):
    without = replace(view, resources=view.resources.iloc[:7])
    wish = Wish(need="homelessness", kind="shelter", count=2)
    every_kind = Candidates(hosts=tuple(set(view.resources["kind"])))
    for ask in (Ask(), Ask(kind="library"), Ask(need="homelessness", at=MONDAY_NOON)):
        with_it, none = (
            helping.proximity(city, ask, helping.help_times(city, "walk"))
            for city in (view, without)
        )
        pd.testing.assert_frame_equal(with_it.cells, none.cells)
        pd.testing.assert_frame_equal(with_it.places, none.places)
        gaps, as_many = (access(city, ask, times) for city in (view, without))
        pd.testing.assert_frame_equal(gaps.cells, as_many.cells)
    with_it, none = (site_choice(city, wish, every_kind) for city in (view, without))
    pd.testing.assert_frame_equal(with_it.sites, none.sites)
    assert HIDDEN not in " ".join(with_it.sites["name"])
    with pytest.raises(InputError, match="may be shown"):
        helping.reach(view, "r7", "walk")


def test_areas_of_a_place_grow_and_hold_it(view):
    areas = helping.reach(view, "r0", "walk")
    assert areas["minutes"].tolist() == list(view.city.resources.reach_min)
    assert areas["area_km2"].is_monotonic_increasing


def test_times_of_another_mode_are_refused(view, times):
    with pytest.raises(InputError, match="by car"):
        helping.proximity(view, Ask(mode="drive"), times)
    with pytest.raises(StreetsError, match="no streets by car; it has them on foot"):
        helping.help_times(replace(view, networks={"walk": view.networks["walk"]}), "drive")


def test_no_such_place_leaves_every_hex_without(view, times):
    found = helping.proximity(view, Ask(kind="mediation", at=MONDAY_NOON), times)
    assert found.places.empty
    assert found.cells["minutes"].isna().all()
    none = access(view, Ask(kind="mediation"), times)
    assert none.reached == 0
    assert not none.hours["reached"].any()


def test_people_are_spread_over_their_neighbourhood(view, fake_city):
    areas = fake_city.areas().assign(kind="neighbourhood", population=[300, None])
    cells = helping.study_cells(replace(view, areas=areas), view.networks["walk"])
    assert cells["people"].sum() == pytest.approx(300)
    assert cells["people"].isna().any()


def test_access_is_that_of_the_room_below_with_closed_places_left_out(view, times):
    ask = Ask(need="homelessness", at=MONDAY_NOON)
    found = access(view, ask, times)
    check(found.cells, ACCESS)
    open_ = [1, 6]  # at noon itself
    expected = access_table(
        found.cells[["cell", "demand"]],
        np.ones(2),
        times.minutes[:, open_],
        params=view.city.resources,
    )
    np.testing.assert_allclose(found.cells["access"], expected["access"], rtol=1e-12)
    hours = found.hours.set_index("hour")["reached"]
    assert hours[12] > 0
    assert hours[6 * 24 + 12] == 0  # Sunday noon
    assert found.capacity_told is None


def test_people_as_need_must_be_known(view, times):
    with pytest.raises(InputError, match="population"):
        access(view, Ask(), times, demand="people")


@pytest.mark.parametrize("goal", ["p_median", "coverage"])
def test_a_new_site_is_the_best_of_all_tried_one_by_one(view, goal):
    wish = Wish(need="homelessness", kind="shelter", goal=goal, within_min=8)
    found = site_choice(view, wish, Candidates(hosts=("library", "hospital"), busiest=6))
    check(found.sites, SITES)
    by_mean, by_cover = found.sites["mean_min"].min(), found.sites["covered"].max()
    first = found.sites.iloc[0]
    assert first["chosen"] == 1
    assert first["mean_min" if goal == "p_median" else "covered"] == pytest.approx(
        by_mean if goal == "p_median" else by_cover
    )
    assert found.after.mean_min == pytest.approx(first["mean_min"])
    assert found.after.covered == pytest.approx(first["covered"])
    assert found.before.mean_min > found.after.mean_min
    weight = found.cells["demand"]
    assert found.before.mean_min == pytest.approx(
        np.average(found.cells["today_min"], weights=weight)
    )
    assert first["name"].replace("Hex", "the hex") in answer(found)
    assert first["name"].replace("Hex around", "el hexágono alrededor de") in answer(found, "es")


def test_a_sharps_box_goes_where_none_is_and_a_base_where_listed_people_are(view):
    box = site_choice(view, Wish(what="sharps_box", count=2), Candidates(busiest=5))
    assert box.today.empty
    assert box.before.mean_min is None
    assert "there is none today" in answer(box)
    base = site_choice(view, Wish(what="base", mode="drive"), Candidates(busiest=5))
    assert base.today["name"].tolist() == ["Outreach office"]
    listed = int((view.places["kind"] == "place").sum()) + len(view.persons)
    assert base.cells["demand"].sum() == listed
    assert base.before.share == base.after.share == 1  # within 15 minutes anyhow
    assert "would cut the mean from" in answer(base)
    assert "no more listed places and people within 15 min by car" in answer(base)
    told = answer(base, "es")
    assert "no habría más lugares y personas en la lista a 15 min o menos en carro" in told
    assert "would" not in told + answer(box, "es")


def test_candidates_are_what_was_asked_for(view):
    cells = helping.study_cells(view, view.networks["walk"]).assign(demand=1.0)
    typed = named_points("42.65, -73.76, Old, fire house\n\n42.66;-73.75")
    assert typed == (
        ("Old, fire house", 42.65, -73.76),
        ("Point 42.6600, -73.7500", 42.66, -73.75),
    )
    wish = Wish(kind="library")
    found = possible_sites(view, wish, Candidates((), 0, bases=True, points=typed), cells)
    assert found["name"].tolist() == ["Outreach office", *(name for name, _, _ in typed)]
    assert found["lat"].tolist()[1:] == [42.65, 42.66]
    with pytest.raises(InputError, match="no candidate"):
        site_choice(view, wish, Candidates((), 0))


def test_a_point_far_from_the_city_is_told(view):
    with pytest.raises(InputError, match=r"“Pole” lies .* km from the streets"):
        site_choice(view, Wish(), Candidates((), 0, points=(("Pole", -73.76, 42.65),)))


@pytest.mark.parametrize("line", ["here", "42.65", "142.65, -73.76, swapped"])
def test_a_point_that_is_none_is_told(line):
    with pytest.raises(InputError, match=line.split(",")[0]):
        named_points(line)


def test_the_moment_in_another_zone_is_the_same(view, times):
    same = MONDAY_NOON.astimezone(UTC)
    one, other = (
        helping.proximity(view, Ask(at=moment), times).cells for moment in (MONDAY_NOON, same)
    )
    pd.testing.assert_frame_equal(one, other)
