import json
from urllib.parse import unquote

import pandas as pd
import pytest

from outreach.language.words import STOPS
from outreach.maps import layers, signs, week
from outreach.plan_schemas import KINDS

WALKS, CALLERS = {"cell", "exploration"}, {"person", "place"}


def test_every_kind_of_stop_has_a_sign_and_words():
    assert set(signs.STOP_SIGNS) == set(STOPS) == set(KINDS)
    assert len(set(STOPS.values())) == len(KINDS)


def test_kinds_are_told_apart_by_shape_and_not_by_colour():
    looks = {kind: signs.stop_look(kind, 1, "#0072B2") for kind in KINDS}
    paths = {look.path for look in looks.values()}
    assert len(paths) == len(KINDS) - 2  # walks share one, and so do people and places that call
    for pair in (WALKS, CALLERS):
        assert len({looks[kind].path for kind in pair}) == 1


def test_a_fixed_time_is_marked_on_every_colour():
    plain, fixed = (signs.stop_look("notification", 3, "#000000", fixed=f) for f in (False, True))
    assert plain.rims != fixed.rims
    assert fixed.rims[0][1] > fixed.rims[1][1]  # dark outside, white inside: seen on black too
    assert {colour for colour, _ in fixed.rims} == {signs.INK, "#ffffff"}


def test_the_legend_names_each_shape_once_and_only_those_shown():
    rows = signs.sign_rows(["cell", "exploration", "participant"], fixed=False)
    assert [words for _, words in rows] == ["Participant", "Walk of a small area"]
    assert signs.sign_rows([], fixed=True)[0][1] == "Dark rim: fixed time"


def test_a_sign_in_a_list_keeps_its_number_as_text_and_escapes_it():
    made = signs.sign_html(signs.stop_look("follow_up", "<b>", "#0072B2"))
    assert "&lt;b&gt;</span>" in made
    assert "<b>" not in made
    assert signs.STOP_SIGNS["follow_up"].path in unquote(made)


@pytest.fixture(scope="module")
def plan(fake_city):
    return fake_city.plan(fake_city.settings())


def test_stops_on_the_map_look_as_their_kind_and_say_who_goes(plan, fake_city):
    marks = week.stop_marks(plan, fake_city.resources())["2026-11-23/Team North"]
    kinds = plan.candidates.set_index("candidate_id")["kind"]
    mine = plan.stops[plan.stops["shift_id"] == "2026-11-23/Team North"]
    for mark, candidate in zip(marks, mine["candidate_id"], strict=True):
        assert mark.look.path == signs.STOP_SIGNS[kinds[candidate]].path
        assert STOPS[kinds[candidate]] in mark.lines[2]
        assert "Who goes: Ana (caseworker), Bo (peer)" in mark.lines


def test_an_appointment_says_that_its_time_is_fixed(plan, fake_city):
    marks = week.stop_marks(plan, fake_city.resources())
    fixed = [mark for shift in marks.values() for mark in shift if week.FIXED_TIME in mark.lines[1]]
    must = plan.candidates.loc[plan.candidates["must"], "candidate_id"]
    assert len(fixed) == plan.stops["candidate_id"].isin(must).sum() > 0


def test_differences_are_drawn_by_sign_and_unknown_places_not_at_all():
    found = pd.DataFrame(
        {
            "difference": ["new", "dropped", "moved", "dropped"],
            "label": ["a", "b", "c", "Place not shown any more"],
            "said": ["x"] * 4,
            "lon": [1.0, 2.0, 3.0, float("nan")],
            "lat": [1.0, 2.0, 3.0, float("nan")],
        }
    )
    data = json.loads(week.differences_layer(found).data)
    assert [mark[2][0] for mark in data["marks"]] == ["a", "b", "c"]
    assert [data["looks"][mark[1]]["text"] for mark in data["marks"]] == ["+", "–", "→"]
    assert len({look["path"] for look in data["looks"]}) == 3


def test_every_base_of_the_week_is_on_the_map(plan, fake_city):
    shifts = plan.shifts.assign(end_base="Depot", end_lon=-73.75, end_lat=42.66)
    bases = week._bases(plan.__class__(**{**vars(plan), "shifts": shifts}))
    assert {base.name for base in bases} == {"Depot", plan.shifts["start_base"].iloc[0]}
    assert len(bases) == 2
    assert "Depot" in layers.base_marker(bases[0]).data
