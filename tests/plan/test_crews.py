"""A trainee is an extra seat: never alone, never half of a pair (duties 1, 9 and 10)."""

from datetime import date, timedelta

import pandas as pd
import pytest

from outreach.columns import check
from outreach.config import Member, Shift, Team
from outreach.plan.crews import NOT_RECORDED, Seat, free_seats, names, seats, trained, trained_only
from outreach.plan.shifts import week_shifts
from outreach.plan_schemas import READINESS, SHIFTS

MONDAY = date(2026, 11, 23)
DAYS = [MONDAY + timedelta(days=n) for n in range(7)]
LANGUAGES = {"Bo": "es en", "Cy": "ru"}
SHORT = "79 of 80 h field training"


def staff(**shortfalls):
    """READINESS by day of people by name; an officer's role is told as their shortfall."""
    rows = [
        {
            "staff_id": name.lower(),
            "name": name,
            "role": "officer" if short == "officer" else "peer",
            "languages": LANGUAGES.get(name, "en"),
            "active": short != "gone",
            "trained": short in ("", "officer", "gone"),
            "shortfall": "" if short in ("officer", "gone") else short,
            "expires_on": None,
            "warning": "",
        }
        for name, short in shortfalls.items()
    ]
    return dict.fromkeys(DAYS, check(pd.DataFrame(rows), READINESS))


ALL = {"Ana": "", "Bo": "", "Cy": "", "Di": "officer"}


def gated(city, **changes):
    return trained_only(week_shifts(city, MONDAY), staff(**(ALL | changes)))


def test_members_are_read_as_they_are_written():
    crew = (Seat("Ana (Annie) Lee", "caseworker"), Seat("Bo, Jr.", "peer", in_training=True))
    text = ", ".join(map(str, crew))
    assert text == "Ana (Annie) Lee (caseworker), Bo, Jr. (peer, in training)"
    assert seats(text) == crew
    assert names("Cy (clinician), Di (officer)") == {"Cy", "Di"}


def test_a_city_that_records_no_staff_gets_a_note(city):
    shifts = week_shifts(city, MONDAY)
    found, notes = trained_only(shifts, None)
    assert found is shifts
    assert notes == (NOT_RECORDED,)


def test_who_is_trained_goes(city):
    found, notes = gated(city)
    usual = week_shifts(city, MONDAY)
    pd.testing.assert_frame_equal(check(found, SHIFTS).assign(languages=""), usual)
    assert notes == ()


@pytest.mark.parametrize("short", [SHORT, "21 of 22 h crisis intervention"])
def test_duty_9_someone_with_79_hours_is_not_rostered_alone(city, short):
    found, notes = gated(city, Bo=short)
    assert set(found["team"]) == {"Team A", "Pair"}
    assert notes == (
        "Team B stays at home on Mon 23 Nov, Tue 24 Nov, Wed 25 Nov: nobody in it may go without "
        f"a trained colleague, for Bo has {short}.",
    )


def test_a_trainee_beside_a_trained_colleague_is_an_extra_seat(city):
    both = Team(
        name="Both",
        members=(Member(name="Ana", role="caseworker"), Member(name="Bo", role="peer")),
    )
    shift = city.shifts[0].model_copy(update={"teams": ("Both",)})
    city = city.model_copy(update={"teams": (both,), "shifts": (shift,)})
    found, notes = gated(city)
    assert set(found["languages"]) == {"en es"}
    found, notes = gated(city, Bo=SHORT)
    assert set(found["members"]) == {"Ana (caseworker), Bo (peer, in training)"}
    assert set(found["languages"]) == {"en"}  # what a trainee speaks does not count
    assert [trained(members) for members in found["members"]] == [1, 1, 1]
    assert free_seats(5, "Ana (caseworker), Bo (peer, in training)") == 3
    assert free_seats(0, "Ana (caseworker)") == 0
    assert notes == ()
    found, notes = gated(city, Bo=SHORT, Ana="0 of 80 h field training")
    assert found.empty
    assert "Ana has 0 of 80 h field training; Bo has 79 of 80 h" in notes[0]


def test_a_trainee_is_never_half_of_a_pair(city):
    """Duty 5: an officer and a trainee are no pair, whatever the officer's hours."""
    found, notes = gated(city, Cy=SHORT)
    assert set(found["team"]) == {"Team A", "Team B"}
    assert notes[0].startswith("Pair stays at home")
    third = Team(name="Pair", members=(*city.team("Pair").members, Member(name="Bo", role="peer")))
    shift = city.shifts[0].model_copy(update={"teams": ("Pair",)})
    city = city.model_copy(update={"teams": (third,), "shifts": (shift,)})
    found, _ = gated(city, Cy=SHORT)
    pair = found[found["team"] == "Pair"]
    assert set(pair["members"]) == {"Cy (clinician, in training), Di (officer), Bo (peer)"}
    assert pair["has_officer"].all()


@pytest.mark.parametrize(
    ("known", "told"),
    [
        ({"Bo": "gone"}, "Bo is not among the active staff"),
        ({"Bo": "officer"}, "Bo is an officer among the staff, and not a peer"),
    ],
)
def test_who_is_not_recorded_as_such_counts_as_in_training(city, known, told):
    found, notes = gated(city, **known)
    assert "Team B" not in set(found["team"])
    assert told in notes[0]
    ready = staff(Ana="")
    found, notes = trained_only(week_shifts(city, MONDAY), ready)
    assert set(found["team"]) == {"Team A"}
    assert len(notes) == 2
    assert all("is not among the active staff" in note for note in notes)


def test_hours_that_expire_in_the_week_count_until_then(city):
    shift = Shift(teams=("Team B",), days=("mon", "tue", "wed"), start="09:00", end="13:00")
    shifts = week_shifts(city.model_copy(update={"shifts": (shift,)}), MONDAY)
    before, after = staff(Bo=""), staff(Bo=SHORT)
    ready = {day: (before if day < DAYS[2] else after)[day] for day in DAYS}
    found, notes = trained_only(shifts, ready)
    assert found["day"].tolist() == DAYS[:2]
    assert "on Wed 25 Nov: " in notes[0]
