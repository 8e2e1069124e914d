"""Who becomes a candidate, who is barred, and what the draw of exploration walks is."""

from datetime import date, time

import numpy as np
import pandas as pd
import pytest

from outreach.cells import covering, fine_cells, outline, parents, resolution_of, ring, to_text
from outreach.columns import check, empty
from outreach.config import PlanParams
from outreach.plan.candidates import candidates
from outreach.plan.found import Found
from outreach.plan.rules import keep_hidden
from outreach.plan_schemas import CANDIDATES, CONTACT_RULES
from outreach.schemas import CELL_RATES, LIMITS, PERSONS, PLACES

MONDAY = date(2026, 11, 23)
AT = pd.Timestamp("2026-11-10", tz="UTC")
WHOLE_WEEK = " ".join(f"2026-11-{day}" for day in range(23, 30))
LON, LAT = -73.76, 42.65
LIGHT = time(7, 4), time(16, 22)
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
                "expected_calls": 8.0,
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


def contact(*rows):
    """CONTACT_RULES of rows that say only what binds."""
    nothing = dict.fromkeys(CONTACT_RULES.columns)
    nothing |= {"barred_days": "", "barred_why": "", "no_police": False}
    frame = pd.DataFrame([nothing | row for row in rows], columns=list(CONTACT_RULES.columns))
    floats = {"lon": "float64", "lat": "float64", "no_police": "bool"}
    return check(frame.astype(floats), CONTACT_RULES)


def listed(persons=None, places=None, cells=None, binding=None, asked=None, staying=(), **changes):
    found = candidates(
        Found(
            people() if persons is None else persons,
            doors() if places is None else places,
            empty_rates() if cells is None else cells,
            staying=frozenset(staying),
        ),
        limits() if binding is None else binding,
        contact() if asked is None else asked,
        monday=MONDAY,
        params=PARAMS.model_copy(update=changes),
        daylight=LIGHT,
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
    assert found.loc["person:p0", "barred"] == "No visit is wanted."
    told = "Someone who calls from there: no visit is wanted."
    assert found.loc["place:withheld 1", "barred"] == told
    by_door = listed(people({}), doors({"calls": 20}), binding=limits((spot()[2], rule, None)))
    assert by_door["barred"].notna().all()
    assert len(by_door) == 2


@pytest.mark.parametrize(
    ("until", "days"),
    [
        (date(2026, 11, 22), "mon tue wed thu fri sat sun"),
        (MONDAY, "tue wed thu fri sat sun"),
        (date(2026, 11, 28), "sun"),
        (date(2026, 11, 29), ""),
        (date(2026, 12, 1), ""),
    ],
)
def test_a_limit_bars_its_days_and_no_others(until, days):
    found = listed(people({}), binding=limits(("p0", "opt_out", until))).iloc[0]
    assert found["days"] == days
    told = "" if until < MONDAY else f"No visit is wanted until {until}."
    assert found["days_why"] == told
    assert pd.isna(found["barred"]) if days else found["barred"] == told


def test_of_two_limits_the_later_end_counts():
    for rule in ("opt_out", "do_not_visit"):
        both = [("p0", "opt_out", None), ("p0", rule, date(2026, 12, 1))]
        for order in (both, both[::-1]):
            found = listed(people({}), binding=limits(*order))
            assert found["barred"].iloc[0] == "No visit is wanted."


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
    assert (alone["window_from_local"], alone["window_until_local"]) == ("09:00", "16:22")
    assert f"{rate:.1f} a week come from no listed door" in alone["reason"]
    for kind, left in (("place", rate / 2), ("facility", rate)):
        with_door = listed(
            people({}),
            doors({"expected_calls": rate * 2, "kind": kind}),
            rates,
            exploration_share=0.0,
        )
        assert with_door.loc[f"cell:{home}", "prize"] == pytest.approx(left * 0.25)
    full = listed(places=doors({"expected_calls": rate * 4}), cells=rates)
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


def test_stops_of_an_earlier_version_are_not_cut_away(rates):
    many = people(*({"weekly_rate": 1 + i / 100} for i in range(60)))
    first = listed(many, cells=rates, max_candidates=40)
    least = [f"person:p{i}" for i in range(3)]  # of the least need
    assert not set(least) & set(first.index)
    walks = listed(cells=rates, max_candidates=100).query("kind == 'exploration'").index
    walk = next(one for one in walks if one not in first.index)
    found = listed(many, cells=rates, max_candidates=40, staying=[*least, walk])
    assert {*least, walk} <= set(found.index)
    assert len(found) == 41  # a walk comes on top


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
    binding = limits(("p0", "opt_out", None))
    given = people({}), doors({}), rates, binding, contact({"subject": "p1"})
    copies = [frame.copy(deep=True) for frame in given]
    candidates(Found(*given[:3]), *given[3:], monday=MONDAY, params=PARAMS, daylight=LIGHT)
    for frame, copy in zip(given, copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_a_rule_of_contact_narrows_days_hours_and_who_goes():
    """Duty 32: preferred time, place and worker are hard rules, not notes."""
    asked = contact(
        {
            "subject": "p0",
            "barred_days": "2026-11-22 2026-11-23 2026-11-29 2026-11-30",
            "barred_why": "Asked for other days.",
            "visit_from_local": "14:00",
            "visit_until_local": "21:00",
            "with_staff": "Ana",
            "lon": spot(7)[0],
            "lat": spot(7)[1],
            "address": "the park",
        }
    )
    found = listed(people({}, {}), asked=asked)
    row = found.loc["person:p0"]
    assert (row["days"], row["days_why"]) == ("tue wed thu fri sat", "Asked for other days.")
    assert (row["window_from_local"], row["window_until_local"]) == ("14:00", "19:00")
    assert (row["with_staff"], row["label"]) == ("Ana", "the park")
    assert (row["lon"], row["lat"]) == spot(7)[:2]
    assert pd.isna(row["barred"])
    assert row["reason"].endswith(
        "; a visit from 14:00 to 21:00 with Ana at this place was asked for."
    )
    other = found.loc["person:p1"]
    assert other["days"] == "mon tue wed thu fri sat sun"
    assert pd.isna(other["with_staff"])


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"barred_days": WHOLE_WEEK, "barred_why": "So."}, "So."),
        ({"visit_from_local": "18:45"}, "30 min does not fit: it was asked for from 18:45"),
        ({"visit_from_local": "20:00"}, "A visit of 30 min does not fit"),
        ({"visit_until_local": "08:00"}, "to 08:00, and teams visit from 09:00 to 19:00."),
    ],
)  # fmt: skip
def test_a_rule_that_leaves_nothing_bars_with_its_reason(asked, told):
    found = listed(people({}), asked=contact({"subject": "p0"} | asked)).iloc[0]
    assert told in found["barred"]
    assert pd.isna(found["lon"])
    assert found["label"] == "place not shown"


def test_rules_and_limits_are_one_mechanism():
    """Together they leave no day, so the reason tells both."""
    asked = contact(
        {"subject": "p0", "barred_days": " ".join(f"2026-11-{d}" for d in range(25, 30)),
         "barred_why": "Visited twice."},
    )  # fmt: skip
    binding = limits(("p0", "opt_out", date(2026, 11, 24)), ("p0", "no_police", MONDAY))
    found = listed(people({}), binding=binding, asked=asked).iloc[0]
    assert found["barred"] == "No visit is wanted until 2026-11-24; visited twice."
    assert found["no_police"]


def test_a_wish_for_a_place_counts_where_the_usual_one_is_unknown_or_a_building():
    nowhere = {"place_id": None, "lon": np.nan, "lat": np.nan, "address": None}
    here = {"lon": spot(9)[0], "lat": spot(9)[1]}
    asked = contact({"subject": "p0"} | here, {"subject": "p1"} | here, {"subject": "p2"} | here)
    places = doors({"place_id": spot(1)[2], "kind": "facility"})
    found = listed(people(nowhere, {}, {"home_visit": False}), places, asked=asked)
    assert found["barred"].isna().tolist() == [True, True, False]
    assert found["label"].iloc[0] == "the place asked for"
    assert "not safe" in found.loc["person:p2", "barred"]


@pytest.mark.parametrize(("east_m", "barred"), [(0, True), (6, True), (14, False)])
def test_what_binds_a_place_binds_every_meeting_there(east_m, barred):
    """A door on the map and the same door in the calls lie some metres apart."""
    lon, lat, place_id = spot(9)
    away = lon + east_m / 81_900
    asked = contact({"subject": "p0", "lon": away, "lat": lat})
    binding = limits((place_id, "do_not_visit", None))
    for others in ([], [{"place_id": place_id}]):
        found = listed(people({}, *others), binding=binding, asked=asked).loc["person:p0"]
        assert pd.notna(found["barred"]) == barred
    moved = people({"place_id": to_text(fine_cells([away], [lat])[0]), "lon": away, "lat": lat})
    assert pd.notna(listed(moved, binding=binding)["barred"].iloc[0]) == barred
    ended = contact({"subject": place_id, "barred_days": "2026-11-23", "barred_why": "Ended."})
    days = listed(moved, asked=ended)["days"].iloc[0].split()
    assert ("mon" not in days) == barred


def test_of_two_doors_side_by_side_each_has_its_own_rules():
    lon, lat, place_id = spot(9)
    beside = {"place_id": to_text(fine_cells([lon + 6 / 81_900], [lat])[0])}
    found = listed(
        places=doors({"place_id": place_id}, beside),
        binding=limits((place_id, "do_not_visit", None)),
    )
    assert found["barred"].notna().tolist() == [False, True]


def test_what_binds_a_caller_binds_the_place():
    def place(*rules):
        people_there = [{"place_id": spot()[2], "calls": 2} for _ in rules]
        named = [{"subject": f"p{n}"} | rule for n, rule in enumerate(rules)]
        found = listed(people(*people_there), doors({"calls": 99}), asked=contact(*named))
        return found[found["kind"] == "place"].iloc[0]

    row = place(
        {"barred_days": "2026-11-23", "barred_why": "Visited.", "visit_from_local": "10:00"},
        {"barred_days": "2026-11-24", "barred_why": "Asked.", "visit_until_local": "12:00",
         "with_staff": "Ana", "no_police": True},
    )  # fmt: skip
    assert row["days"] == "wed thu fri sat sun"
    told = "Someone who calls from there: visited; someone who calls from there: asked."
    assert row["days_why"] == told
    assert (row["window_from_local"], row["window_until_local"]) == ("10:00", "12:00")
    assert (row["with_staff"], row["no_police"]) == ("Ana", True)
    barred = place({"with_staff": "Ana"}, {"with_staff": "Bo"})["barred"]
    assert barred == "Different workers were asked for: Ana, Bo."
    assert "met elsewhere" in place({"lon": spot(5)[0], "lat": LAT})["barred"]
    assert pd.isna(place({"lon": LON, "lat": LAT})["barred"])


def test_nobody_is_met_at_a_redacted_site():
    """Safeguard 7: its point would be on the teams' sheets."""
    sites = pd.DataFrame({"name": ["Safe"], "lon": [spot(9)[0]], "lat": [LAT], "redacted": [True]})
    asked = contact(
        {"subject": "p0", "lon": spot(9)[0], "lat": LAT}, {"subject": "p1", "lon": LON, "lat": LAT}
    )
    kept = keep_hidden(asked, sites, MONDAY)
    found = listed(people({}, {}), asked=kept)
    assert found.loc["person:p0", "barred"] == "The place asked for may not be shown."
    assert pd.isna(found.loc["person:p1", "barred"])
    check(kept, CONTACT_RULES)
    check(keep_hidden(contact(), sites, MONDAY), CONTACT_RULES)


@pytest.mark.parametrize(
    ("person", "asked", "cause"),
    [
        ({"home_visit": False}, {}, "unsafe"),
        ({"place_id": None, "lon": np.nan, "lat": np.nan}, {}, "unknown_place"),
        ({"safety_share": 0.9}, {"no_police": True}, "skill"),
        ({}, {"visit_until_local": "08:00"}, "window"),
        ({}, {"barred_days": WHOLE_WEEK, "barred_why": "So.", "barred_cause": "cap"}, "cap"),
        ({}, {"barred_days": "2026-11-23", "barred_why": "So.", "barred_cause": "cap"}, "cap"),
        ({}, {}, None),
    ],
)
def test_the_cause_of_a_rule_is_told_in_a_word(person, asked, cause):
    row = listed(people(person), asked=contact({"subject": "p0"} | asked)).iloc[0]
    assert (row["barred_cause"] if pd.notna(row["barred_cause"]) else None) == cause


def test_what_a_place_counts_is_calibrated_and_without_its_people():
    """Calls expected in four weeks, less the share of those who are listed themselves."""
    expected = {"weekly_rate": 2.0, "expected_calls": 6.0}
    assert listed(places=doors(expected)).iloc[0]["prize"] == pytest.approx(1.5)
    found = listed(people({"calls": 4, "weekly_rate": 0.5}), doors(expected))
    assert found["prize"].tolist() == pytest.approx([1.125, 0.5])
    assert set(found["visit_group"]) == {"p0"}  # a visit to the place serves them as well


def test_of_several_people_at_a_place_it_goes_with_the_one_who_calls_most():
    there = {"place_id": spot()[2], "calls": 2}
    found = listed(people(there, there | {"weekly_rate": 0.9}), doors({}))
    assert found.loc[f"place:{spot()[2]}", "visit_group"] == "p1"


def test_walks_end_with_daylight_and_there_are_none_without(rates):
    def hours(begin, end):
        found = candidates(
            Found(people(), doors(), rates), limits(), contact(),
            monday=MONDAY, params=PARAMS, daylight=(begin, end),
        )  # fmt: skip
        return found.iloc[0][["window_from_local", "window_until_local", "barred_cause"]].tolist()

    assert hours(time(5), time(21))[:2] == ["09:00", "18:00"]
    assert hours(time(10, 30), time(14))[:2] == ["10:30", "14:00"]
    assert hours(time(12), time(12)) == ["12:00", "12:00", "window"]


def test_somebody_is_not_met_at_a_door_that_is_not_safe_even_if_they_asked_for_it():
    asked = contact({"subject": "p0", "lon": spot(1)[0], "lat": LAT})
    found = listed(people({}, {"home_visit": False}), asked=asked)
    assert found.loc["person:p0", "barred_cause"] == "unsafe"


def test_not_even_the_group_of_a_barred_place_tells_where_it_is():
    """Safeguard 7."""
    found = listed(places=doors({"home_visit": False})).reset_index()
    assert found["barred"].notna().all()
    assert spot()[2] not in found.to_csv()
