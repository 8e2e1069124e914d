"""Spanish: every marked text is there, whole and with the same names; days and hours as written."""

import ast
import re
from datetime import UTC, date, datetime

import pytest
from babel.messages.catalog import Catalog
from streamlit.testing.v1 import AppTest

from outreach import config, schemas, work_words
from outreach.language import collect, words
from outreach.language.translate import (
    LANGUAGES,
    LOCALES,
    N_,
    clock_words,
    day_words,
    number_words,
    plural,
    translator,
)
from outreach.pages.contents import PAGES
from outreach.roles import MAY

NOON = datetime(2026, 11, 22, 15, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def marked():
    return collect.marked()


@pytest.mark.parametrize("language", [code for code in LANGUAGES if code != "en"])
def test_every_marked_text_is_translated(language, marked):
    assert collect.lacks(collect.read(language), marked) == []


def test_what_no_catalogue_can_hold_is_never_translated():
    assert list(collect.unmarkable()) == []


SHOWN = {
    "button", "caption", "checkbox", "confirmation", "dialog", "download_button", "error",
    "expander", "file_uploader", "form_submit_button", "header", "info", "link_button", "markdown",
    "metric", "multiselect", "number_input", "pills", "popover", "radio", "segmented_control",
    "selectbox", "spinner", "subheader", "success", "text_area", "text_input", "time_input",
    "date_input", "title", "toast", "toggle", "warning", "write",
}  # fmt: skip
NAMED = {"help", "placeholder", "label"}
IN_BOTH = {"Outreach", "Language / Idioma"}


def plain_words(node):
    """Whether a text as it stands in the code holds words that a reader would read."""
    if isinstance(node, ast.JoinedStr):
        return any(plain_words(part) for part in node.values if isinstance(part, ast.Constant))
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return False
    words = re.sub(r"<[^>]*>|:[a-z_/-]+:", "", node.value)
    return node.value not in IN_BOTH and re.search(r"[A-Za-z]{2}", words) is not None


def test_what_a_page_shows_is_marked():
    """A label that is written into the page as it is would be English for everybody."""
    found = []
    for path in sorted((collect.PACKAGE / "pages").glob("*.py")):
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") in SHOWN:
                said = [*call.args[:1], *(k.value for k in call.keywords if k.arg in NAMED)]
                found += [f"{path.name}:{part.lineno}" for part in said if plain_words(part)]
    assert found == []


def test_the_pages_and_their_sections_are_marked(marked):
    for page in PAGES.values():
        assert page.title in marked
        assert page.section in marked


def spanish(**texts):
    made = Catalog(locale="es")
    for text, said in texts.items():
        made.add(text, said)
    return made


def wanted(*texts):
    made = Catalog()
    for text in texts:
        made.add(text)
    return made


@pytest.mark.parametrize(
    ("text", "said", "fault"),
    [
        ("Save", "", "is not translated"),
        ("{n} stops", "{m} paradas", "does not hold the same names"),
        ("{n} stops", "paradas", "does not hold the same names"),
        ("stops", "{n} paradas", "does not hold the same names"),
        ("{n} stops", "{n paradas", "does not hold the same names"),
        (("{number} day", "{number} days"), ("{number} día", ""), "is not translated"),
        (("{number} day", "{number} days"), ("{number} día",), "has 1 forms, not 2"),
        (("{number} day", "{number} days"), ("{number} día", "días"), "same names"),
    ],
)
def test_a_fault_of_a_translation_is_found(text, said, fault):
    made = Catalog(locale="es")
    made.add(text, said)
    (found,) = collect.lacks(made, wanted(text))
    assert fault in found


def test_missing_left_over_and_doubtful_texts_are_found():
    assert "not in the catalogue" in collect.lacks(Catalog(locale="es"), wanted("Save"))[0]
    assert "not used any more" in collect.lacks(spanish(Save="Guardar"), Catalog())[0]
    doubtful = Catalog(locale="es")
    doubtful.add("Save", "Guardar", flags=["fuzzy"])
    assert "doubtful" in collect.lacks(doubtful, wanted("Save"))[0]


def test_collecting_keeps_what_is_translated_and_drops_what_is_gone(tmp_path, monkeypatch):
    path = tmp_path / "es.po"
    path.write_text(
        '# A glossary.\nmsgid ""\nmsgstr ""\n"Plural-Forms: nplurals=2; plural=(n != 1);\\n"\n\n'
        'msgid "This week"\nmsgstr "Esta semana"\n\nmsgid "Gone"\nmsgstr "Ido"\n',
        encoding="utf-8",
    )
    monkeypatch.setattr(collect, "path_of", lambda language: path)
    collect.collect("es")
    first = path.read_text(encoding="utf-8")
    assert first.startswith("# A glossary.")
    assert 'msgid "This week"\nmsgstr "Esta semana"' in first
    assert "Gone" not in first
    assert 'msgid "Day sheets"' in first
    collect.collect("es")
    assert path.read_text(encoding="utf-8") == first


def test_words_of_every_code_are_in_one_place():
    codes = (
        *work_words.DOORS, *work_words.ROLES, *work_words.SERVICES, *work_words.STAGES,
        *work_words.OUTCOMES, *work_words.BARRIERS, *work_words.LIVING_SITUATIONS,
        *work_words.TASK_KINDS, *work_words.REFERRAL_STEPS, *work_words.REFERRAL_OUTCOMES,
        *work_words.ORGANISATION_KINDS, *work_words.CONSENT_RULES, *work_words.RELEASABLE,
    )  # fmt: skip
    assert set(codes) <= set(words.WORDS)
    assert set(schemas.ALL_NEEDS) == set(words.NEEDS)
    assert set(schemas.RESPONSE_MODES) == set(words.MODES) == set(words.MODE_LABELS)
    assert set(MAY) == set(words.ROLES)
    assert dict(words.LANGUAGES) == work_words.LANGUAGES


def test_words_are_said_in_the_language_asked_for():
    assert words.in_words("no_bed") == "No bed"
    assert words.in_words("no_bed", "es") == "Sin cama disponible"
    assert words.need_words("homelessness", "es") == "Falta de vivienda"
    assert words.in_words("some_new_code", "es") == "Some new code"
    assert translator("es")("never marked") == "never marked"
    assert translator("fr")("Save") == N_("Save")
    assert translator("es")("") == ""  # not gettext's own notes


def test_numbers_days_and_hours_are_those_of_the_language():
    assert plural("es", "{number} row", "{number} rows", 1) == "1 fila"
    assert plural("es", "{number} row", "{number} rows", 1200) == "1,200 filas"
    assert plural("en", "{number} row", "{number} rows", 2) == "2 rows"
    assert number_words(12345.5, "es") == "12,345.5"  # as in the United States
    assert day_words(date(2026, 11, 22), "en") == "Sun 22 Nov"
    assert day_words(date(2026, 11, 22), "es") == "dom 22 nov"
    assert day_words(date(2026, 11, 22), "es", "d MMM y") == "22 nov 2026"
    assert clock_words(NOON, "en") == "3:05\N{NO-BREAK SPACE}PM"
    assert clock_words(NOON, "es").startswith("3:05\N{NO-BREAK SPACE}p")
    assert set(LOCALES) == set(LANGUAGES)


SAYS = """
import os
import streamlit as st
from outreach.pages import language
if "account" in st.session_state:
    language.remember_account(st.session_state["account"])
language.choose_language()
at = language.datetime.fromisoformat("2026-11-23T03:05:00+00:00")
st.text(language.language() + "|" + language._("Save") + "|" + language.moment(at, "Etc/GMT+5"))
"""


@pytest.fixture
def said(tmp_path, monkeypatch):
    """Run a small page; ``city`` is the language of the city, ``browser`` that of the browser."""

    def run(city="en", browser=None, **state):
        folder = tmp_path / f"city-{city}"
        folder.mkdir(exist_ok=True)
        app = config.AppParams(language=city)
        settings = config.City(name="X", time_zone="America/New_York", app=app)
        (folder / config.CONFIG_NAME).write_text(config.dump_city(settings))
        monkeypatch.setenv("OUTREACH_CITY", str(folder))
        monkeypatch.setattr("streamlit.context", type("Context", (), {"locale": browser})())
        app = AppTest.from_string(SAYS)
        for key, value in state.items():
            app.session_state[key] = value
        return app.run()

    return run


def told(app):
    assert not app.exception
    return app.text[0].value.split("|")


def test_the_language_is_chosen_then_the_account_s_then_the_browser_s_then_the_city_s(said):
    assert told(said())[0] == "en"
    assert told(said(city="es"))[0] == "es"
    assert told(said(city="es", browser="en-US"))[0] == "en"
    assert told(said(browser="es-MX"))[0] == "es"
    assert told(said(city="es", browser="fr-FR"))[0] == "es"
    assert told(said(browser="en-US", account="es"))[0] == "es"
    assert told(said(browser="es", account="xx"))[0] == "es"
    app = said(browser="en-US", account="es")
    app.selectbox[0].select("en").run()
    assert told(app)[0] == "en"
    app.selectbox[0].select("es").run()
    code, save, at = told(app)
    assert (code, save) == ("es", "Guardar")
    assert at.startswith("22 nov 2026, 10:05")  # the city's clocks, not those of UTC
    assert "Siguen en inglés" in app.caption[0].value
