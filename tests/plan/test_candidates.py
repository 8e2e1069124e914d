"""Who becomes a candidate, who is barred, and what the draw of exploration walks is."""

from datetime import date

import numpy as np
import pandas as pd
import pytest

from outreach.cells import covering, fine_cells, outline, parents, resolution_of, ring, to_text
from outreach.columns import check, empty
from outreach.config import PlanParams
from outreach.plan.candidates import candidates
from outreach.plan_schemas import CANDIDATES
from outreach.schemas import CELL_RATES, LIMITS, PERSONS, PLACES

MONDAY = date(2026, 11, 23)
AT = pd.Timestamp("2026-11-10", tz="UTC")
LON, LAT = -73.76, 42.65
PARAMS = PlanParams(exploration_share=0.1, seed=7)


def spot(east=0, north=0):
    """Coordinates and place_id of a spot some hundred metres away."""
    lon, lat = LON + east * 0.0012, LAT + north * 0.0009
    return lon, lat, to_text(fine_cells([lon], [lat])[0])


def people(*rows):
    made = []
    for i, row in enumerate(rows):
        lon, lat, place_id = spot(i, 0)
        made.append(
            {
                "person_id": f"p{i}",
                "calls": 8,
                "weekly_rate": 0.8,
                "first_call_at": AT,
                "last_call_at": AT,
                "top_need": "mental_health",
                "place_id": place_id,
                "lon": lon,
                "lat": lat,
                "address": f"{i} Elm St",
                "places": 1,
                "home_visit": True,
                "safety_share": 0.1,
                "reason": "8 calls for help in the last 182 days (2026-06-01 to 2026-11-10).",
            }
            | row
        )
    return check(pd.DataFrame(made), PERSONS) if made else empty(PERSONS)


def doors(*rows):
    made = []
    for i, row in enumerate(rows):
        lon, lat, place_id = spot(i, 0)
        made.append(
            {
                "place_id": place_id,
                "lon": lon,
                "lat": lat,
                "address": f"{i} Elm St",
                "kind": "place",
                "calls": 20,
                "weekly_rate": 2.0,
                "expected_calls": 7.0,
                "first_call_at": AT,
                "last_call_at": AT,
                "top_need": "conflict",
                "home_visit": True,
                "safety_share": 0.0,
                "cluster_id": pd.NA,
                "reason": "20 calls for help.",
            }
            | row
        )
    if not made:
        return empty(PLACES)
    return check(pd.DataFrame(made).astype({"cluster_id": "Int64"}), PLACES)


def limits(*rows):
    return pd.DataFrame(rows, columns=list(LIMITS.columns)) if rows else empty(LIMITS)


@pytest.fixture(scope="module")
def rates():
    """A study area of some 400 cells, of which 50 around the middle have calls."""
    middle = int(parents(fine_cells([LON], [LAT]).to_numpy("int64"), 9)[0])
    area = covering(outline(int(parents([middle], 6)[0])), 9)
    rng = np.random.default_rng(2)
    near = set(ring(middle, 3).tolist())
    frame = pd.DataFrame({"cell": area})
    frame["calls"] = [int(rng.integers(1, 200)) if c in near else 0 for c in area]
    frame["weekly_rate"] = frame["calls"] / 50
    frame["recent_calls"] = frame["before_calls"] = frame["calls"] // 10
    return frame.assign(
        q=1.0, trend="steady", top_need="homelessness", reason="4.0 calls a week, long memory."
    )


def listed(persons=None, places=None, cells=None, binding=None, **changes):
    found = candidates(
        people() if persons is None else persons,
        doors() if places is None else places,
        empty_rates() if cells is None else cells,
        limits() if binding is None else binding,
        monday=MONDAY,
        params=PARAMS.model_copy(update=changes),
    )
    return check(found, CANDIDATES).set_index("candidate_id")


def empty_rates():
    return empty(CELL_RATES)


def test_people_and_places_with_their_need_hours_and_reason():
    found = listed(people({"address": None}), doors({"place_id": spot(9)[2]}))
    person = found.loc["person:p0"]
    assert (person["prize"], person["service_min"]) == (0.8, 30)
    assert (person["window_from_local"], person["window_until_local"]) == ("09:00", "19:00")
    assert person["label"] == "a spot without an address"
    assert person["reason"].startswith("8 calls for help in the last 182 days")
    place = found.loc[f"place:{spot(9)[2]}"]
    assert (place["kind"], place["prize"], place["label"]) == ("place", 2.0, "0 Elm St")
    assert found["barred"].isna().all()
    assert set(found["response_mode"]) == {"community"}


def test_facilities_and_default_geocodes_are_no_candidates():
    assert listed(places=doors({"kind": "facility"}, {"kind": "default_geocode"})).empty
    found = listed(people({}, {}), doors({"kind": "facility"}, {"kind": "default_geocode"}))
    assert found.loc["person:p0", "barred"].startswith("The usual place is a building where")
    assert found.loc["person:p1", "barred"].startswith("The usual place is a point where")


def test_one_door_is_one_stop():
    mostly_theirs = listed(people({"calls": 12}), doors({}))
    assert mostly_theirs.index.tolist() == ["person:p0"]
    partly = listed(people({"calls": 6, "weekly_rate": 0.5}), doors({}))
    assert partly["prize"].tolist() == [1.5, 0.5]


@pytest.mark.parametrize("rule", ["opt_out", "do_not_visit"])
def test_an_opt_out_binds_the_person_and_the_door(rule):
    """Safeguard 3, duty 32."""
    binding = limits(("p0", rule, None))
    found = listed(people({"calls": 3, "weekly_rate": 9.0}), doors({}), binding=binding)
    assert found.loc["person:p0", "barred"] == "Asked not to be contacted."
    assert "asked for no visit" in found.loc["place:withheld 1", "barred"]
    by_door = listed(people({}), doors({"calls": 20}), binding=limits((spot()[2], rule, None)))
    assert by_door["barred"].notna().all()
    assert len(by_door) == 2


def test_a_limit_ends_on_its_day():
    for until, binds in ((date(2026, 11, 22), False), (MONDAY, True), (date(2026, 12, 1), True)):
        found = listed(people({}), binding=limits(("p0", "opt_out", until)))
        assert found["barred"].notna().iloc[0] == binds
    assert found["barred"].iloc[0] == "Asked not to be contacted until 2026-12-01."
    for rule in ("opt_out", "do_not_visit"):
        both = [("p0", "opt_out", None), ("p0", rule, date(2026, 12, 1))]
        for order in (both, both[::-1]):
            found = listed(people({}), binding=limits(*order))
            assert found["barred"].iloc[0] == "Asked not to be contacted."


def test_an_officer_only_where_safety_asks_and_never_against_a_wish():
    """Duties 5 and 6."""
    found = listed(people({"safety_share": 0.49}, {"safety_share": 0.5}))
    assert found["response_mode"].tolist() == ["community", "co_response"]
    assert "an officer goes along, as 50% of the calls" in found.loc["person:p1", "reason"]
    assert "officer" not in found.loc["person:p0", "reason"]
    binding = limits(("p0", "no_police", None), ("p1", "no_police", None))
    found = listed(people({"safety_share": 0.49}, {"safety_share": 0.5}), binding=binding)
    assert found["no_police"].all()
    assert pd.isna(found.loc["person:p0", "barred"])
    expected = "It needs an officer along, but no police was asked for."
    assert found.loc["person:p1", "barred"] == expected


def test_nothing_tells_where_a_barred_door_is():
    """Duty 11, safeguards 3 and 7: an id of a place is a point too."""
    persons = people({"home_visit": False, "calls": 2}, {}, {}, {"safety_share": 0.9})
    places = doors({}, {"home_visit": False, "calls": 99}, {"calls": 99}, {"calls": 7})
    binding = limits((spot(2)[2], "do_not_visit", None), ("p3", "no_police", None))
    found = listed(persons, places, binding=binding).reset_index()
    assert "not safe" in found.set_index("candidate_id").loc["person:p0", "barred"]
    barred = found[found["barred"].notna()]
    assert sorted(barred["candidate_id"]) == [
        "person:p0", "person:p2", "person:p3",
        "place:withheld 1", "place:withheld 2", "place:withheld 3",
    ]  # fmt: skip
    assert barred[["lon", "lat"]].isna().all(axis=None)
    written = found[found["barred"].notna()].to_csv()
    for n in range(4):
        assert f"{n} Elm St" not in written
        assert spot(n)[2] not in written
    assert found.set_index("candidate_id").loc["person:p1", "label"] == "1 Elm St"


def test_no_known_place_is_told():
    nowhere = {"place_id": None, "lon": np.nan, "lat": np.nan, "address": None}
    found = listed(people(nowhere, {}))
    assert found.loc["person:p0", "barred"] == "No place is known where to meet."
    assert pd.isna(found.loc["person:p1", "barred"])


def test_areas_count_what_no_door_accounts_for(rates):
    """Each call counts once; those at facilities are not in the rates of cells to begin with."""
    home = to_text(parents(fine_cells([LON], [LAT]).to_numpy("int64"), 9)[0])
    rate = rates.set_index(rates["cell"].map(to_text).rename(None), drop=False)["weekly_rate"][home]
    alone = listed(cells=rates, exploration_share=0.0).loc[f"cell:{home}"]
    assert alone["prize"] == pytest.approx(rate * 0.25)
    assert (alone["window_from_local"], alone["window_until_local"]) == ("10:00", "16:00")
    assert f"{rate:.1f} a week come from no listed door" in alone["reason"]
    for kind, left in (("place", rate / 2), ("facility", rate)):
        with_door = listed(
            people({}), doors({"weekly_rate": rate / 2, "kind": kind}), rates, exploration_share=0.0
        )
        assert with_door.loc[f"cell:{home}", "prize"] == pytest.approx(left * 0.25)
    full = listed(places=doors({"weekly_rate": rate}), cells=rates)
    assert f"cell:{home}" not in full.index


def test_at_most_so_many_by_need_and_barred_ones_take_no_room(rates):
    many = people(*({"weekly_rate": 1 + i / 100} for i in range(60)))
    binding = limits(("p59", "opt_out", None))
    found = listed(many, cells=rates, binding=binding, max_candidates=40)
    kept = found[found["barred"].isna()]
    assert len(kept) == 40
    assert (kept["kind"] == "exploration").sum() == 4
    assert found.loc["person:p59", "barred"]
    by_need = kept[kept["kind"] != "exploration"]
    assert by_need["prize"].is_monotonic_decreasing
    free = listed(many, cells=rates, max_candidates=40)
    assert len(free) == 40


def test_exploration_is_drawn_by_seed_and_week_among_areas_with_few_calls(rates):
    def drawn(**changes):
        found = listed(cells=rates, max_candidates=100, **changes)
        return found[found["kind"] == "exploration"]

    first = drawn()
    assert len(first) == np.ceil(0.1 * (len(listed(cells=rates, max_candidates=100))))
    pd.testing.assert_frame_equal(first, drawn())
    assert set(first.index) != set(drawn(seed=8).index)
    by_cell = rates.set_index(rates["cell"].map(to_text).rename(None), drop=False)
    median = rates.loc[rates["calls"] > 0, "weekly_rate"].median()
    assert (by_cell.loc[first["subject"], "weekly_rate"] <= median).all()
    called = set(rates.loc[rates["calls"] > 0, "cell"])
    for cell in by_cell.loc[first["subject"], "cell"]:
        assert called & set(ring(int(cell)).tolist())
    hot = listed(cells=rates, max_candidates=100)
    assert not set(first["subject"]) & set(hot.loc[hot["kind"] == "cell", "subject"])
    assert first["reason"].str.contains("drawn by lot for the week of 2026-11-23").all()
    assert (first["prize"] <= median * 0.25).all()


def test_nothing_known_is_an_empty_table():
    assert listed().empty
    assert resolution_of(int(ring(int(fine_cells([LON], [LAT])[0]), 0)[0])) == 15


def test_inputs_stay_as_they_were(rates):
    """Law 1: no mutation."""
    given = people({}), doors({}), rates, limits(("p0", "opt_out", None))
    copies = [frame.copy(deep=True) for frame in given]
    candidates(*given, monday=MONDAY, params=PARAMS)
    for frame, copy in zip(given, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)
