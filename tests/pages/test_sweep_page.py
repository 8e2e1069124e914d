"""The flows of a lead on the page of the week's sweep, on the invented city."""

from dataclasses import replace

import pandas as pd
import pytest

from outreach.errors import InputError, PlanError
from outreach.pages import plan_tables
from outreach.pipeline import locate, replan
from outreach.pipeline import roster as rosters
from outreach.pipeline.replan import Edits
from outreach.plan.compare import differences
from outreach.plan.document import Plan

FIRST = "111 Birch Street, Mon 23 Nov, Team East, stop 2"
HOSTILE = "[x](http://a) <img src=x> $b$"


@pytest.fixture
def lead(run, shown_city):
    """The page with a name given."""
    app = run("sweep")
    app.text_input(key="your name").input("Lea").run()
    return app


@pytest.fixture
def said(words):
    return lambda app: words(app).replace("\\", "")


def press(app, label):
    (button,) = [button for button in app.button if button.label == label]
    button.click().run()
    assert not app.exception
    return app


def stop_field(app):
    return next(box for box in app.selectbox if box.label == "Which stop")


def choose(app, start):
    box = stop_field(app)
    box.select_index(next(i for i, name in enumerate(box.options) if name.startswith(start))).run()
    return app


def version(app):
    return app.selectbox(key="plan").value


def test_changes_collect_and_are_taken_back_one_by_one(lead, said):
    press(choose(lead, FIRST), "Keep it there")
    press(choose(lead, "112 Cedar"), "Take it out")
    assert "2 changes, not re-planned yet" in said(lead)
    assert f"Keep {FIRST}" in said(lead)
    lead.button(key="undo 0").click().run()
    assert "1 change, not re-planned yet" in said(lead)
    assert f"Keep {FIRST}" not in said(lead)
    lead.button(key="undo 0").click().run()
    assert "not re-planned yet" not in said(lead)


def test_reading_the_page_anew_loses_no_change(lead, run, said):
    press(choose(lead, FIRST), "Keep it there")
    again = run("sweep")
    assert "not re-planned" not in said(again)  # another desk has its own list
    again.query_params["desk"] = lead.session_state["desk"]
    again.session_state["desk"] = ""
    assert "1 change, not re-planned yet" in said(again.run())


def test_pin_out_and_re_plan_make_a_new_version(lead, said):
    before = version(lead)
    press(choose(lead, FIRST), "Keep it there")
    press(choose(lead, "112 Cedar"), "Take it out")
    press(lead, "Re-plan")
    assert version(lead) == (before[0], before[1] + 1)
    assert f"Stops changed since version {before[1]}: **1** as asked, **0** besides" in said(lead)
    assert "not re-planned yet" not in said(lead)
    hours = "9:00\N{NO-BREAK SPACE}AM – 4:00\N{NO-BREAK SPACE}PM"
    assert f"111 Birch Street stays: Mon 23 Nov, Team East, {hours} (Lea)" in said(lead)
    assert "112 Cedar Street is left out (Lea)" in said(lead)
    assert "Taken out by Lea." in said(lead)


def test_a_change_of_an_earlier_version_is_taken_back(lead, said):
    press(press(choose(lead, "112 Cedar"), "Take it out"), "Re-plan")
    (button,) = [b for b in lead.button if b.key and b.key.startswith("undo before c12")]
    button.click().run()
    assert "No longer: 112 Cedar Street is left out (Lea)" in said(lead)
    press(lead, "Re-plan")
    assert "112 Cedar Street is left out (Lea)" not in said(lead)


def test_a_stop_moves_to_another_team_and_two_change_places(lead, said):
    choose(lead, FIRST)
    target = next(box for box in lead.selectbox if box.label == "Move it to")
    assert not any("Mon 23 Nov, Team East" in option for option in target.options)
    target.select_index(0).run()
    press(lead, "Move")
    assert "Move 111 Birch Street: " in said(lead)
    choose(lead, "112 Cedar")
    partner = next(box for box in lead.selectbox if box.label == "Swap it with")
    other = partner.options[0]
    partner.select_index(0).run()
    press(lead, "Swap")
    assert f"with {other}" in said(lead)
    press(lead, "Re-plan")
    assert "Stops changed since version" in said(lead)


def test_somebody_left_out_is_put_in(lead, said):
    choose(lead, next(name for name in stop_field(lead).options if "not visited" in name))
    press(lead, "Put in")
    assert ": wherever it fits" in said(lead)


def test_an_appointment_is_not_taken_out_or_swapped(lead, fake_city, said):
    plan = fake_city.plan(fake_city.settings())
    must = plan.candidates[plan.candidates["must"]]
    fixed = must[must["candidate_id"].isin(plan.stops["candidate_id"])].iloc[0]
    choose(lead, fixed.label)
    labels = [button.label for button in lead.button]
    assert "Take it out" not in labels
    assert "appointment at a fixed time" in said(lead)


def fill_stop(app, address, reason):
    app.button_group(key="what to change").set_value("Add a stop").run()
    app.text_input(key="new stop address").input(address)
    app.text_input(key="new stop reason").input(reason)
    return press(app, "Add it to the changes")


def test_a_stop_is_added_by_address(lead, said, monkeypatch):
    monkeypatch.setattr(locate, "locate", lambda folder, address: (-73.77, 42.66))
    fill_stop(lead, "12 Elm St", "leaflets")
    assert "Add 12 Elm St, 30 minutes" in said(lead)
    assert lead.text_input(key="new stop address").value == ""
    press(lead, "Re-plan")
    assert "12 Elm St was added" in said(lead)


def test_an_address_that_is_not_known_is_said_and_stays_in_its_field(lead, said, monkeypatch):
    def nowhere(folder, address):
        raise InputError(f"{address!r} is not on the streets known here")

    monkeypatch.setattr(locate, "locate", nowhere)
    fill_stop(lead, HOSTILE, "leaflets")
    assert "is not on the streets" in lead.error[0].value
    assert "](http" not in lead.error[0].value
    assert lead.text_input(key="new stop address").value == HOSTILE
    assert "not re-planned yet" not in said(lead)


def test_a_click_beside_all_stops_is_a_place_for_a_new_one(lead, said, monkeypatch):
    lead.session_state["clicked spot"] = (-73.77, 42.66)
    lead.session_state["what to change"] = "Add a stop"
    assert "Clicked on the map: at 42.66000, -73.77000" in said(lead.run()).replace("**", "")
    lead.text_input(key="new stop reason").input("leaflets")
    press(lead, "Add it to the changes")
    assert "Add chosen on the map, 30 minutes" in said(lead)


def test_a_re_plan_that_cannot_be_keeps_every_change(lead, said, monkeypatch):
    def refused(*args, **kwargs):
        raise PlanError("112 Cedar Street cannot be there: it is closed")

    before = version(lead)
    press(choose(lead, "112 Cedar"), "Keep it there")
    monkeypatch.setattr(replan, "replan", refused)
    press(lead, "Re-plan")
    assert "it is closed" in lead.error[0].value
    assert "still listed" in lead.error[0].value
    assert "1 change, not re-planned yet" in said(lead)
    assert version(lead) == before


def test_nobody_changes_a_plan_without_a_name(run, shown_city, words):
    app = run("sweep")
    press(press(choose(app, FIRST), "Keep it there"), "Re-plan")
    assert "Give your name" in app.warning[0].value
    assert version(app)[1] == 2


def test_two_versions_are_compared_in_figures_and_words(lead, said):
    press(press(choose(lead, "112 Cedar"), "Take it out"), "Re-plan")
    text = said(lead)
    assert "1 stop with a difference: **1** not visited any more." in text
    assert "Was: Mon 23 Nov, Team East" in text
    assert "<td>Stops</td><td>75</td><td>74</td><td>-1</td>" in text


def test_safeguard_3_a_difference_shows_no_place_that_may_not_be_shown(fake_city):
    old = fake_city.plan(fake_city.settings())
    first = old.stops["candidate_id"].iloc[0]
    gone = old.candidates["candidate_id"] == first
    shown = old.candidates.assign(
        barred=old.candidates["barred"].mask(gone, "asked not to be visited"),
        label=old.candidates["label"].mask(gone, "place not shown"),
    )
    new = replace(old, candidates=shown, stops=old.stops.iloc[1:].reset_index(drop=True))
    found = plan_tables.differences_table(old, new, differences(old, new))
    assert found["candidate_id"].tolist() == [first]
    assert found["label"].tolist() == [plan_tables.NOT_SHOWN]
    assert found["lon"].isna().all()


def test_changed_teams_are_said_and_the_week_is_planned_with_them(lead, said, monkeypatch):
    assert "The teams have changed" not in said(lead)
    whole = rosters.week_teams

    def shorter(folder, week):
        teams = whole(folder, week)
        return replace(teams, shifts=teams.shifts.iloc[1:], goes=teams.goes.iloc[1:])

    monkeypatch.setattr(rosters, "week_teams", shorter)
    lead.run()
    assert "The teams have changed" in said(lead)
    assert "does not go any more" in said(lead)
    press(lead, "Re-plan with the teams as they are now")
    assert "Stops changed since version 2" in said(lead)


def test_an_older_version_stays_chosen_when_a_new_one_comes(lead, run):
    lead.selectbox(key="plan").select_index(1).run()
    old = version(lead)
    press(run("sweep"), "Make a draft")
    assert version(lead.run()) == old


def test_those_left_out_are_shown_by_cause(lead):
    pills = next(group for group in lead.button_group if group.label == "Why")
    pills.set_value("consent").run()
    table = next(t.value for t in lead.dataframe if "Why not this week" in t.value.columns)
    assert set(table["Cause"]) == {"Wishes or ended listing"}


def test_the_session_holds_no_plan(lead):
    press(choose(lead, FIRST), "Keep it there")
    kept = lead.session_state._state._state.filtered_state
    assert kept
    assert not any(isinstance(value, Plan | Edits | pd.DataFrame) for value in kept.values())
