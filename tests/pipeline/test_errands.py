"""What the work database says is to be done, and that it tells no more than that."""

from datetime import UTC, date, datetime, timedelta

from cryptography.fernet import Fernet

from outreach.columns import check
from outreach.config import load_city
from outreach.link_schemas import PERSON_LINKS
from outreach.pipeline import tasks, wishes
from outreach.pipeline.errands import week_errands
from outreach.pipeline.log import VisitEntry, log_visit
from outreach.pipeline.tasks import TaskEntry
from outreach.plan_schemas import ERRANDS
from outreach.store.work import open_work
from outreach.work_schemas import PARTICIPANTS

MONDAY = date(2026, 11, 23)
NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
WHO = {"by": "Ana", "now": NOW}


def found(folder, now=NOW):
    made = check(week_errands(folder, load_city(folder), MONDAY, now=now), ERRANDS)
    return made.set_index("errand_id", drop=False)


def test_tasks_and_people_of_a_city_become_errands(team_city):
    """Duties 8, 15, 21, 34 and 40."""
    spot = wishes.add_usual_place(team_city, "k", -73.75, 42.65, address="12 Elm St", **WHO)
    wish = wishes.Wish(usual_place_id=spot, language="es", visits_a_week=2)
    wishes.set_wishes(team_city, "k", wish, **WHO)
    log_visit(
        team_city,
        VisitEntry("v", NOW - timedelta(days=9), "engaged", participant_id="l", staff_ids=("ana",)),
        **WHO,
    )
    at = datetime(2026, 11, 25, 15, tzinfo=UTC)
    here = {"lon": -73.7, "lat": 42.6, "address": "1 Ash St"}
    for entry in (
        TaskEntry("t1", "follow_up", MONDAY - timedelta(days=1), "k"),
        TaskEntry("t2", "notification", participant_id="l", fixed_at=at, **here),
        TaskEntry("t3", "sharps_pickup", MONDAY, **here),
        TaskEntry("t4", "campaign", MONDAY + timedelta(days=4), **here),
        TaskEntry("t5", "call_back", MONDAY, "k"),
        TaskEntry("t6", "follow_up", MONDAY + timedelta(days=7), "k"),
    ):
        tasks.add_task(team_city, entry, **WHO)
    rows = found(team_city)
    assert sorted(rows.index) == ["k", "l", "t1", "t2", "t3", "t4"]
    assert rows["address"].dropna().to_dict() == {
        "t1": "12 Elm St", "t2": "1 Ash St", "t3": "1 Ash St", "t4": "1 Ash St",
        "k": "12 Elm St",
    }  # fmt: skip
    assert rows.loc["t1", "reason"] == "Follow-up due on Sun 22 Nov, before this week."
    assert (rows.loc["t2", "must"], rows.loc["t2", "from_local"]) == (True, "10:00")
    assert rows.loc["t2", "people_needed"] == 2
    assert rows["language"].dropna().to_dict() == {"t1": "es", "k": "es"}
    assert rows["visits"].to_dict()["k"] == 2
    assert rows.loc["l", "reason"] == "Not met for 12 days by Mon 23 Nov."
    assert rows.loc["l", "preferred_staff"] == "Ana"


def test_people_go_by_the_id_that_links_give_them(team_city):
    with open_work(team_city).writing() as rows:
        rows.update(PARTICIPANTS, {"participant_id": "k"}, {"person_id": "p1"})
        link = {"person_id": "p1", "linked_id": "p0", "match_weight": 9.0, "reason": "x"}
        rows.insert(PERSON_LINKS, [link, link | {"person_id": "p0"}])
    tasks.add_task(team_city, TaskEntry("t1", "follow_up", MONDAY, "k"), **WHO)
    assert found(team_city)["subject"].to_dict() == {"t1": "p0", "k": "p0", "l": "l"}


def test_no_name_and_no_note_is_opened(team_city, monkeypatch):
    """Safeguard 11."""
    tasks.add_task(team_city, TaskEntry("t1", "follow_up", MONDAY, "k", note="private"), **WHO)

    def refuse(*_):
        raise AssertionError("something sealed was opened")

    monkeypatch.setattr(Fernet, "decrypt", refuse)
    told = found(team_city).to_csv()
    for secret in ("private", "Kim", "Doyle", "518"):
        assert secret not in told


def test_a_city_without_a_work_database_gets_none(team_city):
    (team_city / "work.sqlite").unlink()
    for left in team_city.glob("work.sqlite-*"):
        left.unlink()
    assert found(team_city).empty
    assert not (team_city / "work.sqlite").exists()


def test_what_is_done_by_now_is_no_errand(team_city):
    tasks.add_task(team_city, TaskEntry("t1", "follow_up", MONDAY, "k"), **WHO)
    tasks.close_task(team_city, "t1", **WHO)
    assert sorted(found(team_city).index) == ["k", "l"]
    later = NOW + timedelta(days=4)
    met = VisitEntry("v", later - timedelta(hours=1), "checked", participant_id="k")
    log_visit(team_city, met, by="Ana", now=later)
    assert found(team_city, later).index.tolist() == ["l"]
