"""The pages of help: figures, map and list for what is chosen, and nothing that is redacted."""

from dataclasses import replace
from datetime import date

import pytest

from outreach.pages import help_parts, help_tables
from outreach.pipeline import view as city_data
from outreach.pipeline.help import Share

PAGES = ("proximity", "access", "sites")
HIDDEN = "SECRET HOUSE"


def maps_of(app):
    return app.get("component_instance")


def everything(app, words):
    parts = [words(app), *(table.value.to_csv() for table in app.dataframe)]
    parts += [str(one.proto) for kind in ("selectbox", "multiselect") for one in app.get(kind)]
    return " ".join([*parts, *(part.proto.json_args for part in maps_of(app))])


@pytest.mark.parametrize("name", PAGES)
def test_beside_the_map_stand_figures_a_list_and_a_file(run, words, shown_city, name):
    app = run(name)
    assert len(maps_of(app)) == 1
    assert len(app.metric) >= 3
    assert any("Reason" in table.value.columns for table in app.dataframe)
    assert len(app.get("download_button")) == 1
    said = everything(app, words)
    assert HIDDEN not in said
    assert "Main Library" in said


@pytest.mark.parametrize("name", PAGES)
def test_without_streets_and_calls_it_says_what_to_do(run, words, bare_city, name):
    app = run(name)
    assert not maps_of(app)
    assert "outreach ingest FILE" in words(app)


def test_hours_are_heeded_when_a_time_is_chosen(run, words, shown_city):
    app = run("proximity")
    assert "Opening hours are left aside" in words(app)
    app.button_group(key="help when").set_value(help_parts.AN_HOUR).run()
    app.selectbox(key="help day").set_value(6).run()
    assert not app.exception
    assert "Only places known to be open on arrival" in words(app)
    assert app.metric[-1].value == "none reached"
    app.selectbox(key="help day").set_value(0).run()
    assert app.metric[-1].value.endswith(" min")


def test_areas_round_one_place_and_another_kind(run, words, shown_city):
    app = run("proximity")
    app.selectbox(key="help place").set_value("r3").run()
    assert not app.exception
    assert "km²" in words(app)
    app.selectbox(key="help need").set_value("homelessness").run()
    app.selectbox(key="help kind homelessness").set_value("library").run()
    assert not app.exception
    table = app.dataframe[-1].value
    assert table["Name"].tolist() == ["Main Library"]
    assert table["Nearest for"].tolist() == ["100% of calls"]


def test_a_need_that_nothing_serves_is_one_line(run, words, shown_city):
    for name in ("proximity", "access"):
        app = run(name)
        app.selectbox(key="help need").set_value("conflict").run()
        assert not app.exception
        assert "No such place is in the directory" in words(app)


def test_the_answer_about_a_site_says_what_it_brings(run, words, shown_city):
    app = run("sites")
    assert "would bring" in words(app)
    app.selectbox(key="site what").set_value("base").run()
    assert not app.exception
    assert "listed places and people" in words(app)
    app.text_area(key="site points").set_value("nowhere").run()
    assert "is no point" in app.error[0].value
    assert not maps_of(app)


@pytest.mark.parametrize("name", ["proximity", "access", "sites"])
def test_before_a_call_has_a_place_ways_can_be_looked_at(run, words, shown_city, monkeypatch, name):
    whole = city_data.city_view

    def unplaced(folder, as_of):
        view = whole(folder, as_of)
        return replace(view, counts=view.counts.iloc[:0])

    monkeypatch.setattr(city_data, "city_view", unplaced)
    app = run(name)
    assert not app.exception
    assert maps_of(app)
    assert "of this source" not in words(app)


def test_only_redacted_places_are_none(run, words, shown_city, monkeypatch):
    whole = city_data.city_view

    def hidden(folder, as_of):
        view = whole(folder, as_of)
        return replace(view, resources=view.resources.assign(redacted=True))

    monkeypatch.setattr(city_data, "city_view", hidden)
    for name in PAGES:
        assert "no place of help that may be shown" in words(run(name))


def test_few_is_not_none_and_nearly_all_is_not_all():
    from outreach.pipeline.help_words import percent

    shares = (0.0, 0.001, 0.5, 0.999, 1.0)
    assert [percent(one) for one in shares] == ["0%", "under 1%", "50%", "over 99%", "100%"]
    told = help_tables.shares_words((Share(5, 0.5, 0.25),))
    assert "25% within 5 min" in told
    assert "spread evenly" in told


def test_the_next_day_of_a_name_may_be_today():
    assert help_parts.next_day(date(2026, 11, 22), 6) == date(2026, 11, 22)
    assert help_parts.next_day(date(2026, 11, 22), 0) == date(2026, 11, 23)
