from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.columns import empty
from outreach.reports import sections
from outreach.schemas import ALERTS, EMERGING, EXPOSURE, HOT_SPOTS, LABEL_COUNTS, NEEDS


def total(area_weeks, week, *, need=None, area=None):
    """Add up by hand."""
    return sum(
        row.calls
        for row in area_weeks.itertuples()
        if row.week == week
        and row.need in NEEDS
        and need in (None, row.need)
        and area in (None, row.area)
    )


def test_the_last_whole_week_is_set_beside_the_four_before(area_weeks, calendar):
    made = sections.headline(area_weeks, calendar)
    assert made.week == date(2026, 11, 9)  # the one of 16 Nov has six days
    assert made.calls == total(area_weeks, made.week)
    before = [date(2026, 10, day) for day in (12, 19, 26)] + [date(2026, 11, 2)]
    assert made.before == tuple(total(area_weeks, week) for week in before)
    assert made.usual == pytest.approx(sum(made.before) / 4)
    needs = {label: (calls, usual) for label, calls, usual in made.needs}
    assert len(needs) == 5
    calls, usual = needs["Homelessness"]
    assert calls == total(area_weeks, made.week, need="homelessness")
    assert usual == sum(total(area_weeks, week, need="homelessness") for week in before) / 4


def test_a_gap_is_not_among_the_four_weeks(area_weeks, calendar):
    made = sections.headline(area_weeks, calendar.iloc[:17])  # 12 and 13 were not seen whole
    assert made.week == calendar["week"].iloc[16]
    assert made.before == tuple(
        total(area_weeks, week) for week in calendar["week"].iloc[[10, 11, 14, 15]]
    )
    assert "weeks of 27 Apr, 20 Jul, 27 Jul" in made.notes[-1]


def test_weeks_after_the_last_whole_one_are_named(area_weeks, calendar):
    notes = sections.headline(area_weeks, calendar).notes
    assert notes[0] == "The week of 16 Nov is left out: the record holds 6 of its 7 days."


def test_a_record_that_ended_long_ago_says_so_once(area_weeks, calendar):
    later = [date(2026, 11, 16) + timedelta(weeks=n) for n in range(1, 100)]
    stale = pd.concat([calendar, pd.DataFrame({"week": later, "days_seen": 0})])
    made = sections.headline(area_weeks, stale)
    assert made.week == date(2026, 11, 9)
    assert made.notes[0].endswith("ends soon after this week: no later week is whole.")
    assert len(made.notes) == 2
    assert "24 whole weeks" in made.picture.alt  # of 26, two of which are not whole


def test_records_too_short_to_compare(area_weeks, calendar):
    first = sections.headline(area_weeks, calendar.iloc[:2])
    assert (first.usual, first.before) == (None, ())
    assert sections.headline(area_weeks, calendar.iloc[:1]) is None
    assert sections.area_table(area_weeks, calendar.iloc[:4]) is None
    short = sections.area_table(area_weeks, calendar.iloc[:6])
    assert short.before == ()
    assert {then for _, pairs in short.rows for _, then in pairs} == {None}


def test_neighbourhoods_by_need_are_sums_of_four_whole_weeks(area_weeks, calendar):
    made = sections.area_table(area_weeks, calendar.iloc[:20])
    recent, before = calendar["week"].iloc[16:20], calendar["week"].iloc[[10, 11, 14, 15]]
    assert (made.recent, made.before) == (tuple(recent), tuple(before))
    rows = dict(made.rows)
    for area in ("Arbor Hill", "West"):
        for column, need in enumerate((None, *NEEDS)):
            expected = tuple(
                sum(total(area_weeks, week, need=need, area=area) for week in weeks)
                for weeks in (recent, before)
            )
            assert rows[area][column] == expected
    parts = [pairs[0][0] for area, pairs in made.rows[:-1]]
    assert parts == sorted(parts, reverse=True)
    assert made.rows[-1][0] == "The whole city"
    assert made.rows[-1][1][0][0] == sum(parts)


def test_many_neighbourhoods_end_in_one_row_together(area_weeks, calendar):
    copies = [area_weeks.assign(area=area_weeks["area"] + f" {n}") for n in range(4)]
    made = sections.area_table(pd.concat(copies, ignore_index=True), calendar)
    assert len(made.rows) == sections.MOST_AREAS + 2
    assert made.rows[-2][0] == "The other 8 together"
    parts = [pairs[0][0] for _, pairs in made.rows[:-1]]
    assert made.rows[-1][1][0][0] == sum(parts)


def test_alarms_and_where_none_can_be_expected(alerts):
    made = sections.alarms(alerts)
    assert [(row.area, row.told, row.calls) for row in made.rows] == [
        ("Arbor Hill", "Homelessness", 14)
    ]
    assert (made.areas, made.small, made.named) == (7, 2, ("South End", "West"))
    assert (made.pairs, made.small_pairs) == (42, 12)
    assert made.top == 14
    assert sections.alarms(empty(ALERTS)).rows == ()


def test_where_most_areas_are_small_the_others_are_named(alerts):
    made = sections.alarms(alerts.assign(sees_half=alerts["area"] == "Mansion"))
    assert (made.small, made.named) == (6, ("Mansion",))


def test_spots_are_numbered_through_and_stand_beside_chance(hot_spots, emerging, label_counts):
    lists, picture = sections.spot_lists(hot_spots, emerging, label_counts)
    new, rising, fading = lists
    assert [one.kind for one in lists] == ["new", "intensifying", "fading"]
    assert (new.hexes, len(new.spots), new.by_chance) == (7, 1, 1.5)
    assert (rising.hexes, rising.by_chance) == (1, 0.25)
    assert (fading.hexes, len(fading.spots), fading.by_chance) == (2, 2, 0.6)
    assert [spot.number for one in lists for spot in one.spots] == [1, 2, 3, 4]
    assert picture.alt.startswith("Map of hot spots: 1 new, 1 intensifying, 2 fading; 14 hexes")


def test_of_many_spots_the_busiest_are_listed(hot_spots, emerging, label_counts):
    apart: list[int] = []
    for cell in hot_spots["cell"]:
        if not set(cells.ring(cell)) & set(apart):
            apart.append(cell)
    label = np.where(hot_spots["cell"].isin(apart), "new_hot", "none")
    (new, *_), picture = sections.spot_lists(hot_spots, emerging.assign(label=label), label_counts)
    assert len(new.spots) == sections.MOST_SPOTS
    assert len(new.spots) + len(new.more) == new.hexes
    assert min(spot.calls for spot in new.spots) >= max(spot.calls for spot in new.more)
    assert picture.svg.count("<circle") == sections.MOST_SPOTS


def test_no_spots_no_map(hot_spots, emerging, label_counts):
    cool = hot_spots.assign(spot="none"), emerging.assign(label="none")
    lists, picture = sections.spot_lists(*cool, label_counts)
    assert [one.hexes for one in lists] == [0, 0, 0]
    assert picture is None
    nothing = sections.spot_lists(empty(HOT_SPOTS), empty(EMERGING), empty(LABEL_COUNTS))
    assert nothing == ([], None)


def test_a_hex_without_a_crossing_is_called_by_its_code(hot_spots):
    some = hot_spots.iloc[:3].assign(near=["", None, "A & B"])
    codes = [f"hex {cells.to_text(cell)}" for cell in some["cell"]]
    assert sections.names(some).tolist() == [*codes[:2], "around A & B"]
    assert sections.names(some.drop(columns="near")).tolist() == codes


def test_warnings_are_never_left_out_of_the_shares(exposure):
    many = pd.concat([exposure.assign(area=exposure["area"] + f" {n}") for n in range(5)])
    many = many.reset_index(drop=True)
    many["warning"] = np.arange(len(many)) == 34  # the one with fewest calls
    made = sections.shares(many)
    assert len(made.rows) == sections.MOST_AREAS + 1
    assert made.left == 35 - len(made.rows)
    assert made.rows[-1].area == "West 4"
    assert made.warnings == 1
    assert sections.shares(empty(EXPOSURE)).rows == ()


def test_the_list_of_the_week_ahead_is_the_highest(forecast):
    made = sections.expected_rows(forecast.sample(frac=1, random_state=2), 5)
    assert [row.expected_calls for row in made] == forecast["expected_calls"].head(5).tolist()
