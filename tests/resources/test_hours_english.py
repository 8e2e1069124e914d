"""Everyday English about opening hours: read whole and rightly, or not at all."""

import csv
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random

import numpy as np
import pytest
from opening_hours import OpeningHours, State

from outreach.resources.hours.emit import OSM_DAYS, WHOLE, Rule, osm_text
from outreach.resources.hours.english import read
from outreach.resources.hours.lexicon import NotUnderstoodError

TABLE = list(
    csv.DictReader((Path(__file__).parent / "hours_table.csv").read_text("utf-8").splitlines())
)
FIRST, LAST = datetime(2026, 1, 1), datetime(2028, 1, 1)
# What each text of the Capital District pantries says, by Entity_Id; None: no one reading.
PANTRIES: dict[int, str | None] = {
    47: None,  # walk-ins until 11:45, "afternoons by appointment": two rules for one time
    50: "Th[1],Th[3] 09:00-11:00",
    52: "Mo,Fr 13:00-15:00, We 09:00-12:00",
    55: None,  # which hours are by appointment
    58: "Mo,Tu,Th,Fr 09:00-12:30,13:00-16:00; We 09:00-10:30,13:00-16:00",
    60: None,  # Saturday or Sunday
    65: "Fr 10:00-11:30",
    67: 'Tu,We,Th 10:00-14:00; Su unknown "as needed"',
    69: "Mo,Fr 10:00-12:00; We 18:30-20:00",
    71: "Tu,Th 09:00-10:00",
    74: "Th 10:00-15:00",
    76: "Mo,Tu,Fr 09:00-12:00; Th 19:00-20:30",
    79: None,  # 2nd or 3rd
    81: "Mo,We,Fr 10:00-12:00,13:00-15:00; Tu 13:00-15:00",
    85: "Mo,We,Fr 09:00-11:00",
    89: "Mo-Th 10:00-12:00, Mo[1] 16:00-18:00",
    91: "Tu,We 09:00-12:00",
    97: "Tu,Fr 10:00-11:00; We 18:00-19:00",
    101: "Tu,Th 12:00-19:00; We,Fr 10:00-16:00; Sa 10:00-13:00",
    104: "Mo[-1] 17:00-18:00; Sa[-1] 10:00-11:00",
    106: "Sa 09:00-11:00",
    108: "We 09:30-12:00",
    110: "Tu 09:30-11:30,17:00-19:00",
    113: "We 17:00-19:00; Th 13:00-15:00",
    115: "Th 16:30-18:00; Tu[1] 09:00-11:00,16:30-18:00",
    117: "Tu 09:00-23:30",
    119: "Th 10:00-19:00",
    121: "We 13:30-15:30",
    127: "Tu,Th 16:00-18:00",
    129: "Mo-Fr 09:00-14:15",
    132: "Sa 09:00-10:30",
    135: 'Mo-Fr 08:00-11:00 unknown "by appointment"',
    139: "Mo,Fr 09:00-12:00; PH off",
    142: "Th[2],Th[4] 10:00-12:00; PH off",
    144: "Tu,We,Th,Sa 10:00-14:00",
    146: "Sa 09:00-11:00",
    152: "Sa[3] 09:00-13:00",
    410: "Mo,We,Fr 09:30-11:00",
    412: "Sa[1],Sa[3] 11:00-14:00",
    2363: "Th[1],Th[3] 11:00-13:00",
    2568: "Tu[1],Tu[3] 17:00-18:00",
    2632: "Th[1],Th[3] 16:00-18:00",
    3698: "Th 17:00-19:00; Su 13:00-15:00",
    3785: 'Tu,Th 10:00-12:00 unknown "call ahead"',
    3887: "Th[2],Th[4] 09:00-12:00",
    3936: "Th[2],Th[4] 13:00-16:00",
    3938: 'Mo-Fr 10:00-17:00 unknown "by appointment"',
    3945: "We 10:00-14:00",
    3976: None,  # no times
}


def meaning(hours: str | None) -> list[tuple[datetime, datetime, str]] | None:
    """What a rule means in two years, however it is spelt."""
    if hours is None:
        return None
    found: list[tuple[datetime, datetime, str]] = []
    for begin, end, state, _ in OpeningHours(hours, country="US").intervals(FIRST, LAST):
        if found and found[-1][1] == begin and found[-1][2] == str(state):
            found[-1] = (found[-1][0], end, str(state))
        elif state != State.CLOSED:
            found.append((begin, end, str(state)))
    return found


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row["text"])
def test_a_text_means_what_a_person_reads_in_it(row):
    reading = read(row["text"])
    assert meaning(reading.hours) == meaning(row["hours"] or None), reading
    assert (reading.hours is None) == bool(reading.why)


def test_the_table_is_large_and_holds_both_kinds():
    unread = [row for row in TABLE if not row["hours"]]
    assert len(TABLE) >= 400
    assert len(unread) >= 70
    assert len({row["text"] for row in TABLE}) == len(TABLE)


@pytest.mark.real
def test_the_pantries_are_read_and_none_wrongly(real_data):
    path = real_data / "resources" / "capital_district_food_pantries.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        texts = {int(r["Entity_Id"]): r["Hours_of_Operation"] for r in csv.DictReader(file)}
    assert texts.keys() == PANTRIES.keys()
    readings = {key: read(text) for key, text in texts.items()}
    for key, reading in readings.items():
        assert meaning(reading.hours) == meaning(PANTRIES[key]), (key, reading)
    assert sum(reading.hours is not None for reading in readings.values()) == 44
    assert 44 / len(texts) >= 0.85


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("Mon 9am-11am or by appointment", "or by appointment"),
        ("Sat 9am-1pm\\n Also by appointment", "or by appointment"),
        ("Sat 9am-1pm, no appointment necessary", "no appointment needed"),
        ("Sat 9am-1pm (call first)", "call ahead"),
        ("Sat 9am-1pm; walk-ins welcome", "walk-ins welcome"),
        ("Sat 9am-1pm except holidays and school closures", "closed on school closures"),
    ],
)
def test_conditions_are_kept(text, comment):
    hours = read(text).hours
    assert hours is not None
    assert comment in hours


def _random_rule(random: Random, state: str) -> Rule:
    days = tuple(
        sorted({(random.randrange(7), random.choice([0, 0, 0, 1, 2, 3, 4, 5, -1])) for _ in "ab"})
    )
    if len({day for day, _ in days}) < len(days):
        days = days[:1]
    start = random.randrange(0, 23) * 60
    times = ((start, start + random.choice([60, 90, 240, 600])),)
    if state == "off":
        times = random.choice([(), times])
    months = tuple(sorted(random.sample(range(12), random.choice([1, 3])))) * random.randrange(2)
    comment = random.choice(["", "ring the bell"]) if state == "open" else ""
    return Rule(days, times, state, comment or ("by appointment" * (state == "unknown")), months)


def _on(rule: Rule, day: date) -> bool:
    if rule.months and day.month - 1 not in rule.months:
        return False
    nth = (day.day - 1) // 7 + 1
    last = (day + timedelta(days=7)).month != day.month
    return any(d == day.weekday() and (n in {0, nth} or (n == -1 and last)) for d, n in rule.days)


def _by_hand(opened: list[Rule], offs: list[Rule], days: int) -> np.ndarray:
    """The state of each half hour, each rule looked at by itself."""
    state = np.zeros((days + 2) * 48, dtype=int)
    for rule in opened:
        for at in range(-1, days):
            day = FIRST.date() + timedelta(days=at)
            if not _on(rule, day) or any(not o.times and _on(o, day) for o in offs):
                continue
            for begin, end in rule.times:
                a, b = (max(0, at * 48 + minute // 30) for minute in (begin, end))
                state[a:b] = 1 if rule.state == "open" else 2
    for off in offs:
        for at in range(days):
            if _on(off, FIRST.date() + timedelta(days=at)):
                for begin, end in off.times or WHOLE:
                    state[at * 48 + begin // 30 : at * 48 + end // 30] = 0
    return state[: days * 48]


@pytest.mark.parametrize("seed", range(200))
def test_the_written_rule_means_what_its_parts_mean(seed):
    random = Random(seed)
    opened = [_random_rule(random, random.choice(["open", "open", "unknown"])) for _ in range(3)]
    offs = [_random_rule(random, "off") for _ in range(random.randrange(2))]
    try:
        text = osm_text(opened, offs, [])
    except NotUnderstoodError:
        return  # they contradict each other
    days = 500
    state = np.zeros(days * 48, dtype=int)
    for begin, end, what, _ in OpeningHours(text).intervals(FIRST, FIRST + timedelta(days=days)):
        a, b = ((moment - FIRST) // timedelta(minutes=30) for moment in (begin, end))
        state[a:b] = {State.OPEN: 1, State.UNKNOWN: 2}.get(what, 0)
    np.testing.assert_array_equal(state, _by_hand(opened, offs, days), err_msg=text)


@pytest.mark.parametrize(
    "text", ["", " ", "—", "(", "Mon 9am-5pm)", "ÿ", "9" * 40, "Mon (((", "1st"]
)
def test_nonsense_is_unread_and_says_why(text):
    reading = read(text)
    assert reading.hours is None
    assert reading.why


def test_no_cut_of_a_text_crashes_and_every_unknown_word_leaves_it_unread():
    words = [row["text"] for row in TABLE if row["hours"]]
    for text in words:
        for at in range(0, len(text), 5):
            assert (read(text[:at]).hours is None) == bool(read(text[:at]).why)
        assert read(f"{text} xylophone").hours is None
        assert read(f"volunteers {text}").hours is None


def test_all_days_of_the_library_are_named():
    assert [read(f"{day} 1pm-2pm").hours for day in ("Monday", "Sunday")] == [
        f"{OSM_DAYS[at]} 13:00-14:00" for at in (0, 6)
    ]
