"""The caseworker's day: the next stop, the way there, an entry in two taps, and taking it back."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from urllib.parse import unquote

import pytest

from outreach.config import Programme
from outreach.maps.navigation import APPS, way_there
from outreach.maps.week import Near
from outreach.pages import today_cards, today_log, wall_clock
from outreach.pipeline import lists, log, staff
from outreach.pipeline.today_stops import LIMITS, Done, Limit, Spot, TodayStop
from outreach.work_words import OUTCOMES

MONDAY = datetime(2026, 11, 23, 15, tzinfo=UTC)  # 10:00 in Riverton
BY = {"by": "Lea", "now": MONDAY - timedelta(days=9)}
HOSTILE = "</script><img src=x onerror=alert(1)> [x](http://a) {0}"


@pytest.fixture
def clock(monkeypatch):
    """Let the page believe that it is another time."""

    def set_to(at):
        monkeypatch.setattr(wall_clock, "now", lambda: at)

    set_to(MONDAY)
    return set_to


@pytest.fixture
def team(shown_city, clock):
    """Bo of Team North works here."""
    return staff.add_staff(shown_city, "Bo", "peer", **BY)


@pytest.fixture
def signed(run, team):
    """Open the page as Bo."""

    def opened():
        app = run("today")
        app.selectbox(key="your name").set_value("Bo").run()
        assert not app.exception
        return app

    return opened


@pytest.fixture
def said(words):
    """Everything the page says, as it is read."""
    return lambda app: unescape(words(app)).replace("\\", "")


def visits(folder):
    return lists.recent_visits(folder, MONDAY - timedelta(days=3), now=MONDAY)


def keyed(app, begins):
    return next(button for button in app.button if str(button.key).startswith(begins))


def links(app):
    return [part.proto.url for part in app.get("link_button")]


def stop(**more):
    at = MONDAY
    told = {
        "candidate_id": "c1", "order": 1, "kind": "participant", "place": "9 Elm Street",
        "lon": -73.76, "lat": 42.66, "arrive_at": at, "start_at": at,
        "leave_at": at + timedelta(minutes=20), "travel_s": 200.0, "need": "conflict",
        "mode": "community", "mode_why": "usual", "reason": "5 calls.", "subject": "p1",
        "task_id": None,
    }  # fmt: skip
    return TodayStop(**(told | more))


def test_the_next_stop_stands_first_with_the_way_there(signed, said, shown_city):
    app = signed()
    text = said(app)
    assert next(head.value for head in app.subheader) == "Next stop"
    assert "Ana (caseworker), Bo (peer)" in text  # the shift on which Bo goes out
    assert "of 5 stops not logged yet" in text
    ways = links(app)
    assert len(ways) == 5
    assert all(way.startswith("geo:42.") for way in ways)
    assert "<img" not in " ".join(ways)
    assert "SECRET HOUSE" not in text
    assert "<img" not in "".join(str(part.proto.body) for part in app.get("html"))


def test_two_taps_keep_a_visit_and_two_more_change_it(signed, said, shown_city, team, clock):
    app = signed()
    keyed(app, "log ").click().run()
    keyed(app, "checked ").click().run()
    assert "Saved for" in said(app)
    (kept,) = visits(shown_city).to_dict("records")
    assert (kept["outcome"], kept["recorded_by"], kept["staff_ids"]) == ("checked", "Bo", (team,))
    assert kept["happened_at"] == MONDAY
    assert "4 of 5 stops not logged yet" in said(app)
    clock(MONDAY + timedelta(minutes=1))
    app.button(key="undo").click().run()
    assert "What was it instead?" in said(app)
    keyed(app, "not_found ").click().run()
    (now,) = visits(shown_city).to_dict("records")
    assert (now["outcome"], now["replaces"]) == ("not_found", kept["visit_id"])
    assert (now["subject"], now["lon"]) == (kept["subject"], kept["lon"])
    assert "4 of 5 stops not logged yet" in said(app)


def test_a_second_tap_keeps_one_visit(signed, shown_city):
    app = signed()
    keyed(app, "log ").click().run()
    button = keyed(app, "checked ")
    key = button.key.removeprefix("checked ")
    button.click().run()
    app.session_state["today open"] = key
    ids = app.session_state["today ids"]
    assert set(ids) == {key}
    log.log_visit(
        shown_city,
        replace(_entry(), visit_id=ids[key], outcome="engaged"), by="Bo", now=MONDAY,
    )  # fmt: skip
    assert list(visits(shown_city)["outcome"]) == ["checked"]


def _entry():
    shift = SimpleNamespace(staff_ids=())
    return today_log.entry_for(shift, stop(participant_id=None), "checked", "v", MONDAY, True)


def test_nothing_is_kept_without_a_name(run, team, shown_city, said):
    app = run("today")
    keyed(app, "log ").click().run()
    keyed(app, "checked ").click().run()
    assert "Give your name" in said(app)
    assert visits(shown_city).empty


def test_a_wish_for_no_visits_is_asked_twice(signed, said, shown_city):
    app = signed()
    keyed(app, "log ").click().run()
    keyed(app, "asked_no_visits ").click().run()
    assert "No visit is planned for them from then on" in said(app)
    assert visits(shown_city).empty
    keyed(app, "sure ").click().run()
    assert list(visits(shown_city)["outcome"]) == ["asked_no_visits"]


def test_a_day_without_a_shift_shows_the_next_one(signed, said, clock):
    clock(MONDAY - timedelta(days=1))  # a Sunday
    app = signed()
    assert "No shift today (Sun 22 Nov). This is the next one: Mon 23 Nov." in said(app)
    assert "Next stop" in said(app)
    assert not [one for one in app.button if str(one.key).startswith("log ")]  # not made yet
    clock(MONDAY + timedelta(days=5))
    assert "No team has stops on" in said(signed())


def test_yesterday_keeps_the_planned_time(signed, shown_city, clock):
    clock(MONDAY + timedelta(days=1))
    app = signed()
    yesterday = MONDAY.date()
    app.button_group(key=f"today day {MONDAY.date() + timedelta(days=1)}").set_value(yesterday)
    app.run()
    keyed(app, "log ").click().run()
    keyed(app, "left_information ").click().run()
    (at,) = visits(shown_city)["happened_at"]
    assert at.date() == yesterday
    assert at == datetime(2026, 11, 23, 14, 9, tzinfo=UTC)  # as planned for the first stop


def test_without_a_published_plan_it_says_who_publishes_one(bare_city, run, said, clock):
    assert "No plan is published yet" in said(run("today"))


def test_a_choice_of_navigation_is_kept_and_says_whom_it_tells(signed, said):
    app = signed()
    assert "tell that company where you are going" in said(app)
    app.radio(key="today navigation").set_value("apple").run()
    assert all(way.startswith("https://maps.apple.com/?daddr=42.") for way in links(app))
    (script,) = [
        one for one in (str(part.proto.body) for part in app.get("html")) if "cookie" in one
    ]
    assert script.count("outreach_navigation=apple") == 1
    assert app.session_state["device navigation"] == "apple"


@pytest.mark.parametrize("app", APPS)
def test_no_link_holds_a_name_or_breaks_out(app):
    link = way_there(app, -73.76, 42.66, HOSTILE)
    assert not set(link) & set(" <>\"'{}[]")
    assert unquote(link).count("42.660000,-73.760000") == (2 if app == "phone" else 1)
    assert ("onerror" in link) == (app == "phone")  # only the phone itself is told the words
    assert len(way_there(app, 1, 2, "x" * 5000)) < 200
    assert way_there("phone", -1, 2) == "geo:2.000000,-1.000000?q=2.000000,-1.000000"


def test_every_text_of_a_card_is_text():
    near = Near(HOSTILE, HOSTILE, True, (1, 2))
    one = stop(
        name=HOSTILE, place=HOSTILE, reason=HOSTILE, phone=f"518 {HOSTILE}", near=(near,),
        usual=(Spot(HOSTILE, 1, 2, MONDAY.date()),),
        limits=tuple(Limit(kind, HOSTILE) for kind in LIMITS),
        done=Done("v", "checked", MONDAY),
    )  # fmt: skip
    for html in (
        today_cards.head_html(one, "UTC", large=True),
        today_cards.details_html(one, "UTC"),
        today_cards.programme_html(Programme(name=HOSTILE, phone="1", email=HOSTILE)),
    ):
        assert "<img" not in html
        assert "</script" not in html
        assert "img src=x" in html


def test_times_that_bind_are_told_as_people_write_them():
    told = [today_cards.limit_words(Limit(kind, "13:00")) for kind in ("from", "until")]
    assert told == ["Not before 1:00\u00a0PM", "Until 1:00\u00a0PM"]


def test_a_pause_comes_before_the_next_stop_that_is_left():
    rest = (MONDAY, MONDAY + timedelta(minutes=30))
    done = Done("v", "checked", MONDAY)

    def pauses(orders, before, logged=()):
        stops = [stop(order=one, done=done if one in logged else None) for one in orders]
        return today_cards.pauses_by_stop(SimpleNamespace(stops=stops, pauses={before: rest}))

    assert pauses([1, 2, 3], 2) == {2: rest}
    assert pauses([1, 3], 2) == {3: rest}  # the second stop may not be shown any more
    assert pauses([1, 2, 3], 4) == {None: rest}  # on the way back
    assert pauses([1, 2, 3], 2, logged=[1, 2]) == {}


@pytest.mark.parametrize(
    ("kind", "first"),
    [("notification", "notified"), ("accompany", "accompanied"), ("participant", "not_found")],
)
def test_the_likeliest_outcome_comes_first_and_none_is_missing(kind, first):
    offered = today_log.outcomes_for(stop(kind=kind, participant_id="k"))
    assert offered[0] == first
    assert set(offered) == set(OUTCOMES)


def test_a_task_is_settled_only_if_somebody_was_met():
    shift, of_task = SimpleNamespace(staff_ids=("a",)), stop(task_id="t1", kind="follow_up")
    for outcome, stage in OUTCOMES.items():
        entry = today_log.entry_for(shift, of_task, outcome, "v", MONDAY, True)
        assert entry.closes == (() if stage == "contact_attempt" else ("t1",))
    officer = stop(mode="co_response")
    assert today_log.entry_for(shift, officer, "checked", "v", MONDAY, True).police_involved
