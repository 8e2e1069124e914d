"""The page of teams and shifts, on a city with a work database of its own."""

from datetime import UTC, datetime, time, timedelta

import pytest

from outreach.config import load_city
from outreach.pages import roster_cards
from outreach.pipeline import roster, staff
from outreach.weeks import coming_week

NOW = datetime(2026, 11, 23, 4, 30, tzinfo=UTC)  # in Riverton still Sunday, half past eleven
BY = {"by": "Lea", "now": NOW}
HOSTILE = "[x](http://a) <img src=x>"


@pytest.fixture
def week(shown_city):
    """The week that comes next, by the city's clocks."""
    return coming_week(NOW, load_city(shown_city).time_zone)


@pytest.fixture
def opened(run):
    """A function: the page, opened by somebody."""

    def made(name="Lea"):
        app = run("roster")
        fields = [*app.text_input, *app.selectbox]
        next(field for field in fields if field.key == "your name").set_value(name)
        return app.run()

    return made


@pytest.fixture
def said(words):
    return lambda app: words(app).replace("\\", "")


def button(app, label):
    return next(button for button in app.button if button.label == label)


def take_out(app, name, days):
    """Take a person out of their shifts on some days; nobody and no day is chosen before."""
    who = next(box for box in app.selectbox if box.label == "Who")
    assert who.value is None
    assert button(app, "Take them out").disabled
    who.select(name).run()
    chosen = next(group for group in app.button_group if str(group.key).startswith("away on"))
    assert chosen.value == []
    assert button(app, "Take them out").disabled
    chosen.set_value(days).run()
    button(app, "Take them out").click().run()
    assert not app.exception


def working_days(folder, week, name):
    rows = roster.week_teams(folder, week).shifts
    return sorted(set(rows.loc[rows["members"].str.contains(name), "day"]))


def test_the_week_says_who_goes_when_and_how(opened, said, week):
    text = said(opened())
    assert "15 shifts · 3 teams · 105 hours" in text
    assert "The usual week of these teams" in text
    assert "Ed, <span" in text
    assert "With police" in text
    assert "Driving, 3 free seats of 5. From and back to Outreach office" in text
    assert "9:00\u00a0AM – 4:00\u00a0PM · No pause" in text
    assert "No staff are recorded" in text
    assert week in opened().selectbox[0].value


def test_somebody_away_is_taken_out_and_the_next_step_told(shown_city, opened, said, week):
    app = opened()
    take_out(app, "Bo", working_days(shown_city, week, "Bo"))
    text = said(app)
    assert "Bo is out on" in text
    assert "plan the week again" in text
    assert "Not the usual week: last changed by Lea" in text
    assert not roster.week_roster(shown_city, week)["members"].str.contains("Bo").any()
    button(app, "Back to the usual week").click().run()
    assert "All changes of" in said(app)
    button(app, "No, leave it").click().run()
    assert "Not the usual week" in said(app)
    for _ in range(2):
        button(app, "Back to the usual week").click().run()
    assert "The usual week of these teams" in said(app)
    assert roster.week_roster(shown_city, week)["members"].str.contains("Bo").sum() == 5


def test_half_a_pair_stays_at_home_and_the_page_says_so(shown_city, opened, said, week):
    app = opened()
    take_out(app, "Ed", working_days(shown_city, week, "Ed"))
    assert "Team East stays at home on" in said(app)
    assert "only an officer is left" in said(app)
    assert set(roster.week_roster(shown_city, week)["team"]) == {"Team North", "Team South"}


def test_a_shift_is_made_shorter_and_another_dropped(shown_city, opened, said, week):
    app = opened()
    app.time_input[1].set_value(time(11))
    button(app, "Change the shift").click().run()
    assert not app.exception
    assert "Kept: Mon" in said(app)
    first = roster.week_roster(shown_city, week).iloc[0]
    assert (first["team"], first["end_local"]) == ("Team East", "11:00")
    button(app, "Drop the shift").click().run()
    assert len(roster.week_roster(shown_city, week)) == 15
    button(app, "Drop the shift").click().run()
    assert "Dropped: Mon" in said(app)
    assert len(roster.week_roster(shown_city, week)) == 14


def test_what_cannot_be_is_told_in_one_line_and_not_kept(shown_city, opened, week):
    app = opened()
    next(box for box in app.multiselect if box.label == "Who goes").set_value([])
    button(app, "Change the shift").click().run()
    assert "cannot be read" in app.error[0].value.replace("\\", "")
    assert "nothing was kept" in app.error[0].value
    assert roster.week_teams(shown_city, week).changed_by is None


def test_a_team_more_on_a_day(shown_city, opened, said, week):
    """A team on a Saturday, with somebody who is in training: then it stays at home."""
    staff.add_staff(shown_city, "Gil", "peer", **BY)
    app = opened("Gil")
    app.selectbox(key="new team").select("Team South").run()
    days, people = app.multiselect[-2], app.multiselect[-1]
    days.set_value([days.options[5]])
    people.set_value(["Gil (peer)"])
    button(app, "Add").click().run()
    assert not app.exception
    assert "Added: Team South on Sat" in said(app)
    added = roster.week_roster(shown_city, week)
    assert added["members"].tolist()[-1] == "Gil (peer)"
    assert len(added) == 16
    assert any("Team South stays at home on Sat" in told.value for told in app.warning)


def test_nothing_is_kept_without_a_name(shown_city, run, week):
    app = run("roster")
    take_out(app, "Bo", working_days(shown_city, week, "Bo"))
    assert any("Give your name" in warning.value for warning in app.warning)
    assert roster.week_teams(shown_city, week).changed_by is None


def test_cards_escape_what_people_typed(shown_city, week):
    one = roster.week_roster(shown_city, week).iloc[:1].astype(object)
    one["team"], one["members"] = HOSTILE, f"{HOSTILE} (peer)"
    roster.save_roster(shown_city, week, one, **BY)
    html = "".join(roster_cards.days(roster.week_teams(shown_city, week), "UTC").values())
    assert "<img" not in html
    assert html.count("&lt;img") == 2


def test_a_week_ahead_can_be_chosen_and_linked_to(shown_city, opened, run):
    app = opened()
    ahead = coming_week(NOW + timedelta(weeks=1), load_city(shown_city).time_zone)
    app.selectbox[0].select(next(o for o in app.selectbox[0].options if ahead in o)).run()
    assert not app.exception
    linked = run("roster")
    linked.query_params["week"] = ahead
    assert linked.run().selectbox[0].value == ahead
