"""The pages of demand: what a manager reads, and what must not stand there."""

import sys
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from types import ModuleType

import pytest

from outreach.columns import check
from outreach.errors import InputError
from outreach.outcomes.exposure import Stickiness
from outreach.pages import frame
from outreach.pipeline import backtest as testing
from outreach.pipeline import demand as refresh
from outreach.pipeline import view as city_data
from outreach.schemas import (
    ALERTS,
    AREA_WEEKS,
    EMERGING,
    EXPOSURE,
    FORECAST,
    HOT_SPOTS,
    LABEL_COUNTS,
)

CHOICES = ("Over time", "Hot spots", "What is emerging", "What changed", "Next week")


@pytest.fixture
def shown_demand(shown_city, fake_city, monkeypatch):
    """Show the invented city with another demand: give what is to be replaced."""

    def show(**changed):
        made = replace(fake_city.demand(), **changed)
        monkeypatch.setattr(refresh, "demand_of", lambda view: made)

    return show


def chosen(run, choice):
    app = run("need")
    app.button_group(key="what").set_value(choice).run()
    assert not app.exception
    return app


def maps_of(app):
    return app.get("component_instance")


def cards(app):
    """The lists for phones, which are the only HTML with texts of data."""
    return " ".join(str(part.proto.body) for part in app.get("html") if "cards" in part.proto.body)


def test_the_stand_in_is_what_the_pages_are_promised(fake_city):
    made = fake_city.demand()
    tables = {
        "hot_spots": HOT_SPOTS,
        "emerging": EMERGING,
        "label_counts": LABEL_COUNTS,
        "forecast": FORECAST,
        "area_weeks": AREA_WEEKS,
        "alerts": ALERTS,
        "exposure": EXPOSURE,
    }
    for name, table in tables.items():
        check(getattr(made, name), table)


@pytest.mark.parametrize("choice", CHOICES)
def test_beside_every_map_stands_a_list_with_reasons(run, shown_city, choice):
    app = chosen(run, choice)
    assert len(maps_of(app)) == 1
    assert any("Reason" in table.value.columns for table in app.dataframe)
    assert '<p class="where">' in cards(app)


@pytest.mark.parametrize("choice", CHOICES)
def test_where_need_is_has_no_person_and_no_door(run, words, shown_city, fake_city, choice):
    app = chosen(run, choice)
    said = words(app) + " ".join(table.value.to_csv() for table in app.dataframe)
    said += " ".join(part.proto.json_args for part in maps_of(app))
    for person in fake_city.persons()["person_id"]:
        assert person not in said
    for door in fake_city.places()["address"]:
        assert door == fake_city.HOSTILE or door not in said


@pytest.mark.parametrize("name", ["trends", "alerts", "quality"])
def test_managers_see_no_person_no_door_and_no_point(run, words, shown_city, fake_city, name):
    app = run(name)
    assert not maps_of(app)
    said = words(app) + " ".join(table.value.to_csv() for table in app.dataframe)
    said += " ".join(str(part.proto) for part in app.get("vega_lite_chart"))
    for person in fake_city.persons()["person_id"]:
        assert person not in said
    for door in fake_city.places()["address"]:
        assert door == fake_city.HOSTILE or door not in said
    assert '"lon"' not in said


def test_days_on_cards_are_written_as_people_write_them(run, shown_city):
    assert "last: 19 Nov 2026" in cards(run("repeat"))


def test_every_forecast_stands_beside_its_test(run, words, shown_city):
    app = chosen(run, "Next week")
    assert "30 past weeks" in words(app)
    assert "plain counting 85\\.0%" in words(app)
    assert app.get("page_link")[0].proto.page == "quality"
    (table,) = (table.value for table in app.dataframe)
    assert table["Likely"].str.fullmatch(r"\d+ to \d+").all()
    assert table["Expected"].is_monotonic_decreasing


def test_a_forecast_that_does_not_beat_counting_is_hidden(run, words, shown_demand, fake_city):
    poor = replace(
        fake_city.backtest("counting"), verdict="Plain counting met as many [x](http://a)."
    )
    shown_demand(backtest=poor)  # its numbers are still there, and must not be shown
    app = chosen(run, "Next week")
    assert not maps_of(app)
    assert not app.dataframe
    assert "No forecast is shown" in words(app)
    assert "Plain counting met as many" in words(app)
    assert "](http" not in words(app)
    assert app.get("page_link")[0].proto.page == "quality"


def test_a_forecast_that_was_not_tested_is_hidden(run, words, shown_demand):
    shown_demand(backtest=None)
    app = chosen(run, "Next week")
    assert not maps_of(app)
    assert "not been tested" in words(app)
    quality = run("quality")
    assert "outreach backtest" in words(quality)
    assert [button.label for button in quality.button] == ["Test it now"]


def test_labels_stand_beside_what_chance_would_give(run, shown_city):
    counts = chosen(run, "What is emerging").dataframe[0].value
    assert list(counts.columns) == ["Label", "Hexes", "By chance"]
    assert "none" not in counts["Label"].str.lower().tolist()


def test_a_strangers_neighbourhood_is_shown_as_it_stands(run, shown_city, fake_city):
    for name in ("trends", "alerts"):
        app = run(name)
        assert "<img" not in cards(app)
        assert "&lt;img" in cards(app)
        for part in [*app.markdown, *app.caption]:
            assert "<img" not in part.value.replace(r"\<img", "")


def test_a_neighbourhood_and_a_need_can_be_chosen(run, shown_city, fake_city):
    app = run("trends")
    app.selectbox(key="area").set_value(fake_city.HOSTILE).run()
    app.button_group(key="need").set_value("conflict").run()
    assert not app.exception
    assert len(app.get("vega_lite_chart")) == 2


@pytest.mark.parametrize(("weeks", "old"), [(5, True), (3, False)])
def test_nobody_takes_old_weeks_for_the_last(run, words, shown_city, monkeypatch, weeks, old):
    whole = city_data.city_view

    def late(folder, as_of):
        view = whole(folder, as_of)
        last = datetime.combine(view.calendar["week"].max(), time(17), UTC)
        return replace(view, as_of=last + timedelta(weeks=weeks))

    monkeypatch.setattr(city_data, "city_view", late)
    assert ("The record ends in the week from 23 Nov 2026" in words(run("alerts"))) is old


def test_gaps_and_parts_of_weeks_are_named(run, words, shown_city):
    text = words(run("trends"))
    assert "A ring marks a week of which only some days are in the data" in text
    assert "A grey band marks weeks without data" in text


def test_visits_beyond_calls_warn(run, shown_city, shown_demand, fake_city):
    app = run("trends")
    told = " ".join(part.value for part in app.warning)
    assert "1 neighbourhood has a share of visits more than 1.1 times" in told
    assert "4 (31%) are still visited; the city's limit is 20%" in told
    even = fake_city.exposure().assign(warning=False)
    shown_demand(exposure=even, stickiness=Stickiness(1, 20))
    frame.forget()
    app = run("trends")
    assert not app.warning
    assert "No neighbourhood" in app.success[0].value


def test_without_visits_nothing_is_compared(run, words, shown_demand, fake_city):
    shown_demand(exposure=fake_city.exposure().assign(visits=0, warning=False), stickiness=None)
    text = words(run("trends"))
    assert "No visits are known yet" in text
    assert "Publish a plan" in text


def test_the_summary_is_made_when_somebody_asks(run, shown_city, monkeypatch):
    asked = []
    module = ModuleType("outreach.pipeline.summary")
    module.weekly_summary = lambda folder, *, now: (asked.append(folder), ("<html>", "2026-W48"))[1]
    monkeypatch.setitem(sys.modules, "outreach.pipeline.summary", module)
    app = run("trends")
    assert not asked
    (button,) = app.get("download_button")
    assert "summary" in button.proto.label
    from outreach.pages import trends

    assert trends._summary(shown_city) == "<html>"
    assert asked == [shown_city]


def test_alarms_stand_under_what_chance_would_give(run, words, shown_city):
    app = run("alerts")
    text = words(app)
    assert "**2 alarms** in the week from 16 Nov 2026" in text
    assert "about **0.2** at the set rate (1% a neighbourhood" in text
    assert "false\\_alarm\\_rate" in text
    assert "**1 of 5** neighbourhoods" in text
    first = app.dataframe[0].value
    assert len(first) == 2
    assert set(first["Need"]) == {"All needs", "Family or personal conflict"}


def test_a_record_too_short_for_alarms_says_so(run, words, shown_demand, fake_city):
    shown_demand(alerts=fake_city.alerts().assign(chance=0.0, alarm=False, sees_half=False))
    text = words(run("alerts"))
    assert "12 whole weeks" in text
    assert "Quiet" not in text


def test_the_test_is_told_in_plain_words(run, words, shown_city):
    app = run("quality")
    assert {part.label: part.value for part in app.metric} == {
        "Our list": "87.0%",
        "Plain counting": "85.0%",
        "Best that chance allows": "91.0%",
    }
    text = words(app)
    assert "43 of 4,320 hexes" in text
    assert "93 held; 90 were promised" in text
    assert "96 were on it the week before" in text
    assert "2 Dec 2024 to 16 Nov 2026" in text
    assert len(app.get("vega_lite_chart")) == 2


def test_a_poor_test_warns(run, shown_demand, fake_city):
    shown_demand(backtest=fake_city.backtest("counting"))
    app = run("quality")
    assert app.warning
    assert not app.success


def test_a_test_can_be_asked_for(run, words, shown_demand, fake_city, monkeypatch):
    shown_demand(backtest=None)

    def run_backtest(folder, study=None, *, now, report):
        report("week 1")
        shown_demand()

    monkeypatch.setattr(testing, "run_backtest", run_backtest)
    app = run("quality")
    app.button[0].click().run()
    assert not app.exception
    assert "met more of the calls" in words(app)


def test_a_record_too_short_to_test_is_one_line(run, shown_demand, monkeypatch):
    shown_demand(backtest=None)

    def run_backtest(folder, study=None, *, now, report):
        raise InputError("Riverton: too few weeks [x](http://a)")

    monkeypatch.setattr(testing, "run_backtest", run_backtest)
    app = run("quality")
    app.button[0].click().run()
    assert not app.exception
    (error,) = app.error
    assert "too few weeks" in error.value
    assert "](http" not in error.value
