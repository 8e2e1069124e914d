from dataclasses import replace

import pytest

from outreach.errors import StoreError
from outreach.pages import frame
from outreach.pipeline import view as city_data

NAMES = tuple(frame.PAGES)
WITHOUT_CALLS = {
    *("log", "due", "caseload", "staff", "roster"),
    *("accounts", "audit", "exports", "glossary", "public", "refer", "released", "tour"),
    *("sheets", "summary"),  # they name another next step
}
OF_CALLS = sorted(set(NAMES) - WITHOUT_CALLS)
# elsewhere calls come first
NEXT_STEPS = {
    "staff": "Add the first one",
    "directory": "Bring in a file",
    "today": "A lead publishes it",
    "week": "Bring in an export",
}
OF_A_CITY = sorted(set(NAMES) - {"glossary"})  # words are the same everywhere


@pytest.mark.parametrize("name", OF_A_CITY)
def test_every_page_opens_and_says_that_data_are_invented(run, words, shown_city, name):
    app = run(name)
    assert "Invented data" in words(app)
    assert not app.error


@pytest.mark.parametrize("name", OF_CALLS)
def test_an_empty_city_says_what_to_do_next(run, words, bare_city, name):
    app = run(name)
    links = [str(part.proto.label) for part in app.get("page_link")]
    said = " ".join([words(app), *links])
    assert NEXT_STEPS.get(name, "outreach ingest") in said


def test_calls_without_a_place_are_not_called_none(run, words, shown_city, monkeypatch):
    whole = city_data.city_view

    def unplaced(folder, as_of):
        view = whole(folder, as_of)
        return replace(view, rates=view.rates.head(0))

    monkeypatch.setattr(city_data, "city_view", unplaced)
    text = words(run("need"))
    assert "No call for help has a place on the map" in text
    assert "No calls have come in" not in text
    assert "Calls by week" in words(run("trends"))


def test_what_changed_is_listed_once(run, shown_city):
    app = run("need")
    app.button_group(key="what").set_value("What changed").run()
    assert not app.exception
    assert [part.label for part in app.tabs] == ["More calls", "Fewer calls"]
    assert not app.expander


@pytest.mark.parametrize("name", OF_A_CITY)
def test_a_damaged_folder_is_one_line(run, shown_city, monkeypatch, name):
    def broken(folder, as_of):
        raise StoreError("plans/x.json [is](http://damaged)")

    monkeypatch.setattr(city_data, "city_view", broken)
    monkeypatch.setattr(frame, "load_city", lambda folder: broken(folder, None))
    app = run(name)
    (error,) = app.error
    assert "damaged" in error.value
    assert "](http" not in error.value


@pytest.mark.parametrize("name", NAMES)
def test_no_page_claims_a_cause(run, words, shown_city, name):
    text = words(run(name)).lower()
    for claim in ("because of", "thanks to", "led to", "caused", "reduced", "prevented", "will be"):
        assert claim not in text


def test_a_draft_cannot_be_published_without_a_name_and_a_look(run, shown_city):
    app = run("sweep")
    app.button[0].click().run()
    assert "name" in app.warning[0].value
    app.text_input[0].input("Lea").run()
    app.button[0].click().run()
    assert app.warning


def test_a_person_publishes_a_draft(run, words, shown_city):
    app = run("sweep")
    assert "Draft" in words(app)
    app.text_input[0].input("Lea Moss")
    app.checkbox[0].check()
    app.button[0].click().run()
    assert not app.exception
    assert "Published by Lea Moss" in words(app)


def test_a_new_draft_stands_first(run, shown_city):
    app = run("sweep")
    before = len(app.selectbox(key="plan").options)
    app.button[-1].click().run()
    assert not app.exception
    assert len(app.selectbox(key="plan").options) == before + 1
    assert "(draft, " in app.selectbox(key="plan").options[0]


def test_the_sums_of_the_imports_are_shown(run, shown_city):
    app = run("incoming")
    values = {metric.label: int(metric.value.replace(",", "")) for metric in app.metric}
    parts = values["Accepted"] + values["Duplicates"] + values["Set aside"]
    assert values["Rows in"] == parts == 8110


def test_officer_initiated_rows_are_named_and_not_counted(run, words, shown_city):
    text = words(run("need"))
    assert "3,100 of 8,030 accepted rows" in text


@pytest.mark.parametrize("need", ["mental_health", "unknown"])
def test_needs_can_be_chosen(run, shown_city, need):
    app = run("need")
    app.button_group(key="need").set_value(need).run()
    assert not app.exception


def test_text_is_shown_as_it_stands():
    assert frame.plain_markdown("![x](http://a) $b$") == r"\!\[x\]\(http\://a\) \$b\$"


def test_only_libraries_lie_where_anybody_may_read(tmp_path):
    frame._serve_libraries.clear()
    frame._serve_libraries(str(tmp_path / "static"))
    suffixes = {path.suffix for path in (tmp_path / "static").iterdir()}
    assert suffixes == {".js", ".css"}


def test_safeguard_3_who_opted_out_since_is_not_on_the_sweep(shown_city, run, words, monkeypatch):
    before = words(run("sweep"))

    def nobody(folder, plan, *, now):
        return replace(plan, stops=plan.stops.iloc[:0], legs=plan.legs.iloc[:0])

    monkeypatch.setattr("outreach.pipeline.lists.has_work", lambda folder: True)
    monkeypatch.setattr("outreach.pipeline.standing.as_it_may_be_shown", nobody)
    monkeypatch.setattr("outreach.pages.due.overdue_line", lambda folder, now: None)
    after = words(run("sweep"))
    assert "This plan has no visits" in after
    assert "This plan has no visits" not in before
