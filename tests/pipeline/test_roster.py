"""The shifts of one week: kept whole, checked before, and gone again."""

from datetime import UTC, date, datetime, time

import pandas as pd
import pytest

from outreach.config import Base, City, Member, Shift, Team, dump_city
from outreach.errors import WorkError
from outreach.pipeline import roster, staff
from outreach.plan.rosters import SAID, with_shift, without_shift, without_worker
from outreach.plan.shifts import week_shifts
from outreach.plan_schemas import ROSTER
from outreach.store.secrets import make_key
from outreach.store.work import FILE_NAME, open_work
from outreach.work_schemas import AUDIT

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
MONDAY = date(2026, 11, 23)
WEEK = "2026-W48"
BY = {"by": "Lea Lead", "now": NOW}


def team(name, **people):
    return Team(name=name, members=tuple(Member(name=n, role=r) for n, r in people.items()))


CITY = City(
    name="Linesville",
    time_zone="America/New_York",
    home_base=Base(name="Office", lat=42.65, lon=-73.76),
    bases=(Base(name="Depot", lat=42.6, lon=-73.7),),
    teams=(team("North", Ana="caseworker", Bo="peer"), team("Pair", Cy="clinician", Di="officer")),
    shifts=(
        Shift(teams=("North", "Pair"), days=("mon", "tue"), start=time(9), end=time(13)),
        Shift(teams=("North",), days=("wed",), start=time(9), end=time(13)),
    ),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "city.toml").write_text(dump_city(CITY))
    make_key(tmp_path)
    return tmp_path


def stored(folder, table=ROSTER):
    with open_work(folder).reading() as rows:
        return rows.fetch(table)


def trained(folder, name, role="caseworker", **changes):
    worker = staff.add_staff(folder, name, role, **(BY | changes))
    for kind, needed in staff.training_kinds(folder).items():
        staff.add_training(folder, worker, kind, needed, done_on=NOW.date(), **BY)


def test_the_usual_week_is_read_without_making_a_database(folder):
    usual = roster.week_roster(folder, WEEK)
    assert list(usual.columns) == list(SAID)
    assert len(usual) == 5
    teams = roster.week_teams(folder, WEEK)
    assert len(teams.shifts) == 5
    assert teams.goes.all()
    assert teams.changed_by is None
    assert not (folder / FILE_NAME).exists()


def test_what_is_kept_stands_in_place_of_the_usual_week(folder):
    """A shorter shift, and other weeks are left as they are."""
    usual = roster.week_roster(folder, "2026-W49")
    with pytest.raises(WorkError, match="is no day of the week"):
        roster.save_roster(folder, WEEK, usual, **BY)
    short = roster.week_roster(folder, WEEK).iloc[:1].astype(object)
    short["end_local"] = "11:30"
    short["members"] = " Ana  (caseworker),  Bo (peer)"
    roster.save_roster(folder, "2026W48", short, **BY)
    found = roster.week_roster(folder, WEEK)
    assert found["members"].tolist() == ["Ana (caseworker), Bo (peer)"]
    shifts = week_shifts(CITY, MONDAY, found)
    assert shifts["end_at"].tolist() == [pd.Timestamp("2026-11-23T16:30Z")]
    assert len(roster.week_roster(folder, "2026-W49")) == 5
    teams = roster.week_teams(folder, WEEK)
    assert (teams.changed_by, teams.changed_at) == ("Lea Lead", pd.Timestamp(NOW))
    audit = stored(folder, AUDIT)
    assert audit[["who", "did", "what"]].to_numpy().tolist() == [
        ["Lea Lead", "changed", "shifts of 2026-W48: 1"]
    ]


CANNOT = {
    "seats": {"seats": 1},
    "base": {"end_base": "The moon"},
    "hours": {"end_local": "08:00"},
    "text": {"start_local": "nine"},
    "members": {"members": None},
    "officers": {"members": "Di (officer)"},
    "team": {"team": " "},
}


@pytest.mark.parametrize("name", CANNOT)
def test_nothing_of_a_roster_that_cannot_be_is_kept(name, folder):
    """Neither half of it, nor is what stood before lost."""
    before = roster.week_roster(folder, WEEK).iloc[:2]
    roster.save_roster(folder, WEEK, before, **BY)
    wrong = roster.week_roster(folder, WEEK).astype(object)
    for column, value in CANNOT[name].items():
        wrong.loc[1, column] = value
    with pytest.raises(WorkError, match="nothing was kept"):
        roster.save_roster(folder, WEEK, wrong, **BY)
    after = roster.week_roster(folder, WEEK)
    pd.testing.assert_frame_equal(after, before.reset_index(drop=True), check_dtype=False)
    assert len(stored(folder, AUDIT)) == 1


def test_a_week_without_a_shift_or_a_name_is_refused(folder):
    usual = roster.week_roster(folder, WEEK)
    with pytest.raises(WorkError, match="no shift at all"):
        roster.save_roster(folder, WEEK, usual.iloc[:0], **BY)
    with pytest.raises(WorkError, match="say who enters"):
        roster.save_roster(folder, WEEK, usual, by=" ", now=NOW)


def test_changes_follow_each_other(folder):
    """Each is made in the week as it stands by then, so two leads lose nothing of each other."""
    roster.change_roster(folder, WEEK, lambda said: without_worker(said, "Bo", [MONDAY])[0], **BY)
    key = ("Pair", date(2026, 11, 24), "09:00")
    roster.change_roster(folder, WEEK, lambda said: without_shift(said, key), **BY)
    more = {
        **roster.week_roster(folder, WEEK).iloc[0],
        "start_local": "14:00",
        "end_local": "17:00",
    }
    roster.change_roster(folder, WEEK, lambda said: with_shift(said, more, None), **BY)
    found = roster.week_teams(folder, WEEK).shifts
    assert found["shift_id"].tolist() == [
        "2026-11-23/North", "2026-11-23/Pair", "2026-11-23/North (2)",
        "2026-11-24/North", "2026-11-25/North",
    ]  # fmt: skip
    assert found["members"].iloc[0] == "Ana (caseworker)"
    first = ("North", MONDAY, "14:00")
    roster.change_roster(
        folder, WEEK, lambda said: with_shift(said, more | {"start_base": "Depot"}, first), **BY
    )
    assert roster.week_teams(folder, WEEK).shifts["start_base"].tolist().count("Depot") == 1
    with pytest.raises(WorkError, match="Pair has no shift at 09:00 on Tue 24 Nov any more"):
        roster.change_roster(folder, WEEK, lambda said: without_shift(said, key), **BY)


def test_back_to_the_usual_week(folder):
    usual = roster.week_roster(folder, WEEK)
    roster.save_roster(folder, WEEK, usual.iloc[:1], **BY)
    roster.forget_roster(folder, WEEK, **BY)
    pd.testing.assert_frame_equal(roster.week_roster(folder, WEEK), usual)
    assert set(stored(folder, AUDIT)["did"]) == {"changed", "removed"}
    with pytest.raises(WorkError, match="the usual ones already"):
        roster.forget_roster(folder, WEEK, **BY)


def test_who_is_an_extra_seat_and_who_stays_at_home(folder):
    """Duties 5, 9 and 10: told before anything is planned."""
    trained(folder, "Ana", languages="en es")
    staff.add_staff(folder, "Bo", "peer", languages="ru", **BY)
    trained(folder, "Di", "officer")
    teams = roster.week_teams(folder, WEEK)
    of = teams.shifts.assign(goes=teams.goes).groupby("team")
    assert of["goes"].all().to_dict() == {"North": True, "Pair": False}
    north = teams.shifts[teams.shifts["team"] == "North"].iloc[0]
    assert north["members"] == "Ana (caseworker), Bo (peer, in training)"
    assert north["languages"] == "en es"
    assert len(teams.at_home) == 1
    assert "Cy is not among the active staff" in teams.at_home[0]
    told = teams.extra.drop_duplicates("name").set_index("name")["why"]
    assert told["Bo"].startswith("has 0 of 80 h field training")
    assert set(told.index) == {"Bo", "Cy"}
