"""The lead's home: what is overdue first, one line and one next step each."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from outreach.config import load_city
from outreach.pages import week_lines
from outreach.pages.contents import PAGES
from outreach.pipeline import audit_trail, participants, tasks
from outreach.pipeline.glance import Age, Gaps, Reach, WeekPlan
from outreach.weeks import local_date, week_label

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
BY = {"by": "Lea", "now": NOW}
HOSTILE = "<b>Cal</b> [x](http://a)"


@pytest.fixture
def late(shown_city):
    """Seven follow-ups of one participant that are overdue, the last for ten days."""
    details = {"given_name": "Cal", "family_name": HOSTILE}
    ids = [participants.enrol(shown_city, "community", details=details, **BY) for _ in range(2)]
    today = local_date(NOW, load_city(shown_city).time_zone)
    for n in range(7):
        due = today - timedelta(days=1 + n if n < 6 else 10)
        tasks.add_task(shown_city, tasks.TaskEntry(f"t{n}", "follow_up", due, ids[n % 2]), **BY)
    return today


def html(app):
    return [str(part.proto.body) for part in app.get("html")]


def links(app):
    return [part.proto.page for part in app.get("page_link")]


def test_what_is_overdue_stands_first_with_the_oldest_on_top_and_a_way_on(late, run, words):
    app = run("week")
    lines = [part for part in html(app) if 'class="glance' in part]
    assert "7 follow-ups are overdue, by up to 10 days" in lines[0]
    assert lines[1].count("<li") == 5
    assert lines[1].index("10 days overdue") < lines[1].index("6 days overdue")
    assert "<b>Cal" not in lines[1]
    assert "And 2 more" in words(app).replace("\\", "")
    assert links(app)[0].endswith("due")


def test_every_line_has_one_next_step(late, run, shown_city):
    app = run("week")
    lines = [part for part in html(app) if '<p class="glance"' in part]
    assert len(lines) == len(links(app)) > 5
    text = " ".join(lines)
    assert "was published by Lea" in text
    assert "Version 2 is a newer draft" in text
    assert "There is no plan for this week" in text
    assert "alarm" in text
    assert "neighbourhood" in text
    assert "The newest call is of" in text
    assert "all 15 shifts can go" in text
    assert app.get("component_instance")  # the map


def test_a_city_without_calls_is_led_step_by_step(bare_city, run, words):
    app = run("week")
    said = words(app)
    assert "First steps" in said
    assert "outreach init" in said
    assert not app.get("component_instance")
    assert {link.rpartition("/")[2] for link in links(app)} >= {"incoming", "staff", "roster"}


def test_the_page_says_what_others_changed_at_once(late, run, shown_city):
    app = run("week")
    tasks.close_task(shown_city, "t6", **BY)
    app.run()
    assert "6 follow-ups are overdue, by up to 6 days" in " ".join(html(app))


def test_no_plan_is_told_with_the_step_that_makes_one():
    none = WeekPlan("2026-W49", None, None, 0, 0, 0, 3, 0, None)
    line = week_lines.plan_line(none, "America/New_York", this_week=False)
    assert line.told == "The plan of 2026-W49 is not made yet."
    assert (line.page, line.kind) == ("sweep", "look")
    assert "3 visits are logged" in week_lines.done_line(none).told
    assert week_lines.exploration_line(none) is None
    assert week_lines.barred_line(none) is None


def test_who_published_and_what_was_done_is_told(fake_city):
    plan = replace(fake_city.plan(fake_city.settings()), status="published", published_by="Lea",
                   published_at=datetime(2026, 11, 22, 15, tzinfo=UTC))  # fmt: skip
    found = WeekPlan("2026-W48", plan, None, 75, 20, 12, 14, 1, 0.04)
    told = week_lines.plan_line(found, "America/New_York", this_week=True).told
    assert told == "The plan of 2026-W48 was published by Lea, 22 Nov 2026, 10:00\u00a0AM."
    done = week_lines.done_line(found)
    assert done.kind == "look"
    assert "12 of 75 stops have a logged visit; the time of 20 has come" in done.told
    assert "1 stop of 2026-W48 is left out" in week_lines.barred_line(found).told
    explored = week_lines.exploration_line(found)
    assert (explored.kind, "4% of the stops" in explored.told) == ("look", True)
    newer = week_lines.plan_line(replace(found, newer_draft=2), "America/New_York", this_week=True)
    assert "Version 2 is a newer draft" in newer.told


def test_hours_short_and_old_things_are_told(fake_city):
    city = fake_city.settings()
    short = Gaps("2026-W48", 12, 80.0, 12.0, ("Team East stays at home.",), 0)
    line = week_lines.gaps_line(short, "2026-W48")
    assert line.told == "2026-W48 is short of 12 hours of 92: Team East stays at home."
    assert line.chosen == {"week": "2026-W48"}
    assert week_lines.gaps_line(None, "2026-W48").kind == "look"
    day = datetime(2026, 11, 1, tzinfo=UTC).date()
    directory = week_lines.directory_line(Age(20, 2), city)
    calls = week_lines.calls_line(day, day + timedelta(days=21))
    assert "2 of 20 places" in directory.told
    assert "21 days ago" in calls.told
    assert (directory.kind, calls.kind) == ("look", "look")
    assert week_lines.directory_line(Age(20, 0), city).kind == "good"
    assert week_lines.calls_line(day, day + timedelta(days=2)).kind == "good"


def test_reach_says_shares_of_those_listed():
    told = week_lines.reach_line(Reach(175, 14, 0), "2026-W47", ahead=False).told
    assert told == "14 of 175 listed people and places (8%) were met in 2026-W47."
    told = week_lines.reach_line(Reach(175, 0, 115), "2026-W48", ahead=True).told
    assert "115 of 175" in told
    assert week_lines.reach_line(Reach(0, 0, 0), "2026-W48", ahead=True) is None


def test_lines_lead_to_pages_of_a_lead(late, run, shown_city):
    may = {page.name for page in PAGES.values() if page.needs != "accounts"}
    assert {link.rpartition("/")[2].removesuffix(".py") for link in links(run("week"))} <= may


def test_today_is_that_of_the_city(late, run):
    assert week_label(late) in " ".join(html(run("week")))


def test_whom_the_map_shows_is_in_the_audit_trail(late, run, shown_city, monkeypatch):
    shown = []
    monkeypatch.setattr(audit_trail, "saw_plan", lambda _folder, plan, **_: shown.append(plan))
    app = run("week")
    assert "On the map" in [part.value for part in app.subheader]
    assert len(shown) == 1
    assert len(shown[0].stops)
