from dataclasses import replace

import pandas as pd
import pytest

from outreach.reports.backtest_plot import TITLES, draw_backtest
from outreach.reports.charts import LOOKS


@pytest.fixture
def words(svg_root):
    """Return the texts of a drawing."""
    return lambda svg: [text.text for text in svg_root(svg).iter() if text.text]


def test_a_png_and_an_svg(backtest):
    assert draw_backtest(backtest).startswith(b"\x89PNG")
    svg = draw_backtest(backtest, kind="svg")
    assert svg == draw_backtest(backtest, kind="svg")
    assert b"dc:date" not in svg


def test_what_is_shown_stands_first_and_every_method_has_its_name(backtest, words):
    told = [text.strip() for text in words(draw_backtest(backtest, kind="svg")) if text.strip()]
    assert next(text for text in told if text in TITLES.values()) == TITLES["forecast"]
    for method in ("forecast", "last_week", "trailing_mean"):
        assert LOOKS[method].label in told
    assert LOOKS["learned"].label not in told


def test_a_learned_model_is_drawn_where_there_is_one(backtest, words):
    for name in ("origins", "scores"):
        table = getattr(backtest, name)
        also = table[table["method"] == "forecast"].assign(method="learned")
        backtest = replace(backtest, **{name: pd.concat([table, also], ignore_index=True)})
    assert LOOKS["learned"].label in words(draw_backtest(backtest, kind="svg"))


def test_without_past_weeks_the_words_are_drawn(backtest, words):
    none = replace(
        backtest,
        origins=backtest.origins.iloc[:0],
        scores=backtest.scores.iloc[:0],
        shown="counting",
        verdict="Too few past weeks to tell.",
    )
    told = " ".join(words(draw_backtest(none, kind="svg")))
    assert TITLES["counting"] in told
    assert "Too few past weeks to tell." in told


def test_texts_stay_texts(backtest, words):
    told = words(draw_backtest(replace(backtest, verdict="$x_2$ </svg><script>"), kind="svg"))
    assert any("$x_2$ </svg><script>" in text for text in told)
