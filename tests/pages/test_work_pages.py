"""The pages of the teams' work on a small city with a work database of its own."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pandas as pd
import pytest

from outreach.pages import due_tables, log, log_whom, work_cards, work_forms
from outreach.pipeline import (
    followups,
    lists,
    organisations,
    participants,
    referrals,
    staff,
    tasks,
    wishes,
)
from outreach.pipeline.log import VisitEntry, log_visit
from outreach.weeks import local_date
from outreach.work_words import (
    BARRIERS,
    CONSENT_RULES,
    DOORS,
    OUTCOMES,
    REFERRAL_OUTCOMES,
    SERVICES,
    TASK_KINDS,
)

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
TODAY = local_date(NOW, "America/New_York")
BY = {"by": "Lea", "now": NOW}
HOSTILE = "[x](http://a) <img src=x> $b$"


@pytest.fixture
def worked(shown_city):
    """Two workers, two participants and a partner; their ids by name."""
    ids = {"Ana": staff.add_staff(shown_city, "Ana", "caseworker", capacity=1, **BY)}
    ids["Bo"] = staff.add_staff(shown_city, "Bo", "peer", **BY)
    for name in ("Ann", "Cal"):
        details = {"given_name": name, "family_name": "Brown" if name == "Ann" else HOSTILE}
        ids[name] = participants.enrol(
            shown_city, "community", staff_id=ids["Ana"], details=details, **BY
        )
    wishes.add_usual_place(shown_city, ids["Ann"], -73.76, 42.66, address="9 Elm Street", **BY)
    wishes.add_consent(shown_city, ids["Cal"], "opt_out", **BY)
    ids["Shelter"] = organisations.add_organisation(
        shown_city, "Shelter", "shelter", details={}, **BY
    )
    return ids


@pytest.fixture
def signed(run):
    """Open a page as Ana."""

    def opened(name, **chosen):
        app = run(name)
        app.selectbox(key="your name").set_value("Ana")
        for key, value in chosen.items():
            app.query_params[key] = value
        return app.run()

    return opened


@pytest.fixture
def said(words):
    """Everything a page says, as it is read."""
    return lambda app: words(app).replace("\\", "")


def visits(folder):
    return lists.recent_visits(folder, NOW - timedelta(days=30), now=NOW)


def save(app, outcome="engaged", **more):
    """Fill in the form of a visit and press its button."""
    visit_id = app.session_state["log id"]
    for name, value in {"outcome": outcome, **more}.items():
        app.button_group(key=f"{name} {visit_id}").set_value(value)
    app.button(key=f"save {visit_id}").click().run()
    assert not app.exception
    return visit_id


def test_an_entry_sent_twice_is_kept_once(signed, said, shown_city, worked):
    app = signed("log", participant=worked["Ann"])
    visit_id = save(app, services=["food", "housing_search"], next=7)
    assert "Saved: Ann Brown, worked on next steps" in said(app)
    app.query_params["participant"] = worked["Ann"]
    app.run()
    app.session_state["log id"] = visit_id  # a second tap, before the first had come back
    app.run()
    save(app, "declined")
    (kept,) = visits(shown_city).to_dict("records")
    assert kept["visit_id"] == visit_id
    assert (kept["outcome"], kept["services"]) == ("engaged", "housing_search food")
    assert (kept["recorded_by"], kept["police_involved"]) == ("Ana", False)
    assert kept["lon"] == -73.76
    (task,) = lists.open_tasks(shown_city, now=NOW).to_dict("records")
    assert task["participant_id"] == worked["Ann"]


def test_nothing_is_kept_without_a_name_or_an_outcome(run, shown_city, worked):
    app = run("log")
    app.query_params["participant"] = worked["Ann"]
    app.run()
    save(app)
    assert "name" in app.warning[0].value
    app.selectbox(key="your name").set_value("Ana").run()
    app.button(key=f"save {app.session_state['log id']}").click().run()
    assert visits(shown_city).iloc[0]["recorded_by"] == "Ana"
    app.query_params["participant"] = worked["Ann"]
    app.run()
    app.button(key=f"save {app.session_state['log id']}").click().run()
    assert "Choose what came of it" in app.warning[0].value
    assert len(visits(shown_city)) == 1


def test_an_opt_out_is_shown_and_binds(signed, shown_city, worked):
    app = signed("log", participant=worked["Cal"])
    assert "Asked not to be contacted" in app.warning[0].value
    save(app, next=7)
    assert "opted out" in app.error[0].value
    assert visits(shown_city).empty
    save(app, next=None)  # what happened can be logged all the same
    assert len(visits(shown_city)) == 1
    assert lists.open_tasks(shown_city, now=NOW).empty


def test_a_correction_stands_for_the_entry(signed, said, shown_city, worked):
    app = signed("log", participant=worked["Ann"])
    save(app, "engaged")
    assert "Logged lately" in said(app)
    app.button(key="correct it").click().run()
    assert "You correct" in app.info[0].value
    new = save(app, "not_found")
    (kept,) = visits(shown_city).to_dict("records")
    assert (kept["visit_id"], kept["outcome"]) == (new, "not_found")


def test_a_link_to_somebody_else_leaves_what_was_begun(signed, said, shown_city, worked):
    app = signed("log", participant=worked["Cal"])
    app.button_group(key=f"outcome {app.session_state['log id']}").set_value("engaged").run()
    app.query_params["participant"] = worked["Ann"]
    app.run()
    save(app, "checked")
    (kept,) = visits(shown_city).to_dict("records")
    assert (kept["participant_id"], kept["outcome"]) == (worked["Ann"], "checked")


def test_a_correction_can_be_left(signed, said, shown_city, worked):
    app = signed("log", participant=worked["Ann"])
    save(app, "engaged")
    app.button(key="correct it").click().run()
    next(b for b in app.button if b.label == "Leave it as it was").click().run()
    assert not app.info
    assert len(visits(shown_city)) == 1


def test_whom_is_chosen_from_those_enrolled(signed, words, shown_city, worked):
    app = signed("log")
    assert "No published plan has stops for today" in words(app)
    app.selectbox(key="enrolled").set_value(worked["Cal"]).run()
    assert not app.exception
    assert "](http" not in words(app)
    assert "<img" not in words(app).replace(r"\<img", "")


def test_todays_stops_are_those_of_the_published_plan(fake_city):
    draft = fake_city.plan(fake_city.settings())
    day = draft.stops["day"].iloc[0]
    assert log_whom.published((draft,), day) is None
    plan = replace(draft, status="published")
    assert log_whom.published((plan,), day) is plan
    assert log_whom.published((plan,), day - timedelta(days=7)) is None


def test_a_follow_up_is_settled_only_if_somebody_was_met(signed, shown_city, worked):
    task = tasks.TaskEntry("t", "follow_up", TODAY, worked["Ann"])
    tasks.add_task(shown_city, task, **BY)
    app = signed("log", participant=worked["Ann"])
    save(app, "not_found")
    assert len(lists.open_tasks(shown_city, now=NOW)) == 1
    app.query_params["participant"] = worked["Ann"]
    app.run()
    save(app, "checked")
    assert lists.open_tasks(shown_city, now=NOW).empty


def test_another_day_without_a_time_is_noon():
    happened = log._happened(date(2026, 11, 2), None, NOW, "America/New_York")
    assert happened == datetime(2026, 11, 2, 17, tzinfo=UTC)
    assert log._happened(NOW.date(), None, NOW, "UTC") == NOW


def test_a_referral_is_not_closed_without_an_outcome(signed, said, shown_city, worked):
    entry = referrals.ReferralEntry("r", worked["Ann"], worked["Shelter"], "housing_search")
    referrals.open_referral(shown_city, entry, **BY)
    app = signed("log")
    app.button_group(key="log kind").set_value("A referral").run()
    assert "Ann Brown: Shelter" in said(app)
    close = next(b for b in app.button if b.label == "Close the referral")
    close.click().run()
    assert "not closed without an outcome" in app.warning[0].value
    assert len(lists.open_referrals(shown_city, now=NOW)) == 1
    app.radio(key="came of r").set_value("no_place")
    next(b for b in app.button if b.label == "Close the referral").click().run()
    assert not app.exception
    assert lists.open_referrals(shown_city, now=NOW).empty


def test_a_referral_goes_one_step_further(signed, said, shown_city, worked):
    entry = referrals.ReferralEntry("r", worked["Ann"], worked["Shelter"], "housing_search")
    referrals.open_referral(shown_city, entry, **BY)
    app = signed("log")
    app.button_group(key="log kind").set_value("A referral").run()
    assert not any(button.key == "step r offered" for button in app.button)
    app.button(key="step r arrived").click().run()
    assert not app.exception
    assert lists.open_referrals(shown_city, now=NOW)["step"].tolist() == ["arrived"]


def test_needles_are_counted_apart(signed, said, shown_city, worked, fake_city):
    app = signed("log")
    app.button_group(key="log kind").set_value("Needles").run()
    address = fake_city.places()["address"].iloc[3]
    next(s for s in app.selectbox if s.label == "Where").set_value(address)
    app.number_input[0].set_value(12)
    next(b for b in app.button if b.label == "Save").click().run()
    assert not app.exception
    assert "12 needles" in said(app)
    assert visits(shown_city).empty


def test_what_is_overdue_stands_first_on_the_leads_page(run, said, shown_city, worked):
    assert "overdue" not in said(run("sweep"))
    task = tasks.TaskEntry("t", "follow_up", TODAY - timedelta(days=3), worked["Ann"])
    tasks.add_task(shown_city, task, **BY)
    app = run("sweep")
    assert "**1 follow-up overdue**, up to 3 days" in app.markdown[0].value


def test_follow_ups_are_done_and_moved(signed, said, shown_city, worked):
    for name in ("t", "u"):
        late = tasks.TaskEntry(name, "follow_up", TODAY - timedelta(days=3), worked["Ann"])
        tasks.add_task(shown_city, late, **BY)
    app = signed("due")
    assert "**2** overdue" in said(app)
    assert "3 days overdue" in said(app)
    app.button(key="done t").click().run()
    assert "Done: Follow up" in said(app)
    next(b for b in app.button if b.label == "Move it").click().run()
    assert not app.exception
    (left,) = lists.open_tasks(shown_city, now=NOW).to_dict("records")
    assert (left["task_id"], left["due_on"] > TODAY) == ("u", True)
    assert "**1** this week" in said(app)


def test_who_is_barred_stands_apart_with_the_reason(run, said, shown_city, worked, monkeypatch):
    late = {"state": "barred", "what": "no_contact", "participant_id": worked["Cal"]}
    row = {"why": "Asked not to be contacted.", "name": "Cal", "worker": "Ana", "task_id": None}
    row |= {"due_on": TODAY, "fixed_at": pd.NaT, "address": None, "days_since_contact": 40}
    monkeypatch.setattr(followups, "due_list", lambda *a, **k: pd.DataFrame([late | row]))
    app = run("due")
    assert "Not to be contacted now (1)" in said(app)
    assert "Asked not to be contacted" in said(app)
    assert [link.proto.label for link in app.get("page_link")] == ["Profile"]


@pytest.mark.parametrize("kind", ["campaign", "sharps_pickup"])
def test_pickups_and_campaign_stops_are_entered_with_a_place_and_a_day(
    signed, said, shown_city, worked, kind, monkeypatch
):
    """Duties 21 and 40: they are for nobody."""
    monkeypatch.setattr("outreach.pipeline.locate.locate", lambda *_: (-73.7, 42.6))
    app = signed("due")
    app.button_group(key="planned kind").set_value(kind).run()
    assert "For" not in [box.label for box in app.selectbox]
    press = [b for b in app.button if b.label == "Plan it"]
    app = press[0].click().run()
    assert "Say where." in [warning.value for warning in app.warning]
    app.text_input[-1].set_value("12 Elm St")
    next(b for b in app.button if b.label == "Plan it").click().run()
    assert not app.exception
    (task,) = lists.open_tasks(shown_city, now=NOW).to_dict("records")
    assert (task["kind"], task["participant_id"], task["address"]) == (kind, None, "12 Elm St")
    assert (task["lon"], task["lat"]) == (-73.7, 42.6)


def test_an_appointment_is_entered_with_its_time(signed, shown_city, worked):
    """Duties 15 and 18."""
    for kind, number in (("notification", 0), ("accompany", 1)):
        app = signed("due")
        app.button_group(key="planned kind").set_value(kind).run()
        next(s for s in app.selectbox if s.label == "For").set_value(worked["Ann"])
        if kind == "accompany":
            app.time_input[-1].set_value(time(14, 30))
        next(b for b in app.button if b.label == "Plan it").click().run()
        assert not app.exception
        task = lists.open_tasks(shown_city, now=NOW).iloc[number]
        assert (task["kind"], pd.isna(task["fixed_at"])) == (kind, False)
    assert "It is no stop" not in str(app.main)


def test_what_is_due_and_ahead_is_one_list():
    due = pd.DataFrame(
        {
            "state": ["overdue", "overdue", "due"],
            "what": ["follow_up", "no_contact", "call_back"],
            "task_id": ["a", None, "b"],
            "due_on": [TODAY - timedelta(days=2), TODAY - timedelta(days=9), TODAY],
        }
    )
    days = {"a": -2, "b": 0, "c": 7, "d": 8}
    ahead = pd.DataFrame(
        {
            "task_id": list(days),
            "kind": "follow_up",
            "people_needed": 1,
            "due_on": [TODAY + timedelta(days=n) for n in days.values()],
        }
    )
    items = due_tables.due_items(due, ahead, today=TODAY)
    assert dict(zip(items["task_id"].fillna("-"), items["section"], strict=True)) == {
        "-": "Long without contact",
        "a": "Overdue",
        "b": "Today",
        "c": "This week",
        "d": "Later",
    }


def test_too_many_cases_warn_and_nobody_is_ranked(run, said, shown_city, worked):
    visit = VisitEntry("v", NOW, "checked", participant_id=worked["Ann"])
    log_visit(shown_city, visit, **BY)
    app = run("caseload")
    assert "Ana carries 2 where 1 are possible: 1 too many" in said(app)
    table = app.dataframe[0].value
    assert table["Name"].tolist() == ["Ana", "Bo"]
    assert {metric.label: metric.value for metric in app.metric} == {
        "Contacts": "1",
        "People served": "1",
    }
    assert "n = 1 visit since" in said(app)


def test_an_hour_short_is_an_extra_seat(run, said, shown_city, worked):
    for kind, needed in staff.training_kinds(shown_city).items():
        hours = needed - 1 if kind == "field" else needed
        staff.add_training(shown_city, worked["Bo"], kind, hours, done_on=TODAY, **BY)
    text = said(run("staff"))
    assert "<b>Supervised field training</b>: 1 h missing (79 of 80 h)" in text
    assert "In training: goes along as an extra seat" in text
    assert "Trained" not in text


def test_hours_and_people_are_added(signed, said, shown_city, worked):
    app = signed("staff")
    app.selectbox(key="trained").set_value(worked["Bo"])
    next(b for b in app.button if b.label == "Add the hours").click().run()
    assert not app.exception
    assert "8 of 80 h" in said(app)
    next(t for t in app.text_input if t.label == "Name" and not t.value).set_value("Cy")
    next(b for b in app.button if b.label == "Add").click().run()
    assert "Cy" in staff.staff_list(shown_city, NOW)["name"].tolist()


def test_a_partner_not_asked_for_long_is_flagged(signed, said, shown_city, worked):
    long_ago = {**BY, "now": NOW - timedelta(days=100)}
    organisations.add_organisation(shown_city, "Clinic", "provider", details={}, **long_ago)
    app = signed("staff")
    assert "ask whether it still holds" in said(app)
    assert "1 partner not verified" in said(app)
    next(b for b in app.button if b.label.startswith("I asked")).click().run()
    assert not app.exception
    assert "Clinic verified today" in said(app)


def test_names_are_text_everywhere(shown_city, worked):
    people = staff.staff_list(shown_city, NOW).assign(name=HOSTILE)
    html = work_cards.staff_cards(people, staff.staff_hours(shown_city, NOW))
    assert "<img" not in html
    row = {"name": HOSTILE, "organisation": HOSTILE, "step": "offered", "service": "food"}
    row |= {"step_at": pd.NaT, "warm_handoff": False, "barrier": None}
    assert "<img" not in work_cards.referral_html(row, "UTC")


def test_no_word_says_that_somebody_fell_short():
    codes = [*OUTCOMES, *SERVICES, *DOORS, *BARRIERS, *CONSENT_RULES, *TASK_KINDS]
    for code in [*codes, *REFERRAL_OUTCOMES]:
        shown = work_forms.in_words(code).lower()
        assert "fail" not in shown
        assert "_" not in shown


def test_days_are_said_as_people_say_them():
    day = date(2026, 11, 22)
    assert work_forms.due_words(date(2026, 11, 21), day) == "1 day overdue"
    assert work_forms.due_words(day, day) == "today"
    assert work_forms.due_words(date(2026, 11, 27), day) == "in 5 days, Fri 27 Nov"
    assert work_forms.days_in_words("due on 2026-11-27.") == "due on 27 Nov 2026."
