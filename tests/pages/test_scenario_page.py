import pandas as pd
import pytest

from outreach.pages import plan_tables
from outreach.pipeline import scenario


def work_out(app):
    (button,) = [button for button in app.button if button.label == "Work it out"]
    assert not button.disabled
    button.click().run()
    assert not app.exception
    return app


def test_more_hours_of_a_team_are_a_curve_a_table_and_a_sentence(run, words, shown_city):
    app = work_out(run("scenario"))
    text = words(app).replace("\\", "")
    assert "8 more hours would meet 2.8 calls a week more than the 50.0 of the week" in text
    assert "The step from 0 to 2 hours brings most: 0.71 an hour." in text
    assert "small differences say nothing" in text
    assert "<tr><td>2</td><td>1.4</td><td>0.71</td><td>70</td><td>12.0</td></tr>" in text
    assert len(app.get("vega_lite_chart")) == 1
    assert "Team East on Thu" in app.expander[0].label


def test_an_answer_is_there_for_whoever_opens_the_page_next(run, shown_city):
    work_out(run("scenario"))
    assert run("scenario").expander[0].label


def test_a_new_team_needs_people(run, shown_city, monkeypatch):
    asked = []
    whole = scenario.what_if
    monkeypatch.setattr(
        scenario,
        "what_if",
        lambda *given, **more: (asked.append(given[2]), whole(*given, **more))[1],
    )
    app = run("scenario")
    app.selectbox(key="what if team").set_value("A new team").run()
    assert next(b for b in app.button if b.label == "Work it out").disabled
    app.multiselect(key="what if people").select("Ana (caseworker)").run()
    work_out(app)
    (added,) = asked
    assert added["members"].tolist() == ["Ana (caseworker)"]
    assert added["team"].tolist() == ["A new team"]
    assert set(added.columns) == set(scenario.SAID)


def test_a_curve_that_stays_flat_promises_nothing():
    curve = pd.DataFrame(
        {"extra_h": [0.0, 4.0], "need_met": [50.0, 50.0], "more_per_h": [0.0, 0.0]}
    )
    said = plan_tables.scenario_words(curve)
    assert said == "The search found no way to meet more need with 4 more hours."


@pytest.mark.parametrize("hours", [[0.0, 4.0], [0.0, 4.0, 8.0]])
def test_the_best_step_is_named(hours):
    met = [50.0, 52.0, 58.0][: len(hours)]
    per_hour = [0.0, 0.5, 1.0][: len(hours)]
    curve = pd.DataFrame({"extra_h": hours, "need_met": met, "more_per_h": per_hour})
    said = plan_tables.scenario_words(curve)
    best = {2: "from 0 to 4 hours brings most: 0.50", 3: "from 4 to 8 hours brings most: 1.50"}
    assert best[len(hours)] in said
