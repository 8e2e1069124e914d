import copy
import json

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.config import ForecastParams
from outreach.demand.backtest import backtest
from outreach.demand.card import from_card, to_card
from outreach.demand.panel import Panel
from outreach.errors import StoreError

ABOUT = {"city": "Testville", "as_of": "2026-01-01T00:00:00+00:00", "call_types": ["a", "b"]}


@pytest.fixture(scope="module")
def done():
    middle = int(cells.parents(cells.fine_cells([-73.75], [42.65]).astype("int64"), 9)[0])
    area = cells.ring(middle, 6)
    calls = np.random.default_rng(1).poisson(2.0, (len(area), 28)).astype(float)
    panel = Panel(area, np.datetime64("2025-01-06") + 7 * np.arange(28), calls, np.ones(28))
    return backtest(panel, params=ForecastParams(first_weeks=20), resolution=9, seed=1)


@pytest.fixture(scope="module")
def card(done):
    return json.loads(json.dumps(to_card(done, about=ABOUT), allow_nan=False))


def test_a_card_comes_back_as_the_backtest_it_was(done, card):
    found = from_card(card)
    for name, value in vars(done).items():
        if isinstance(value, pd.DataFrame):
            pd.testing.assert_frame_equal(getattr(found, name), value, check_dtype=False)
        else:
            assert getattr(found, name) == value, name


def test_a_card_says_what_it_rests_on(done, card):
    assert card["about"] == ABOUT
    assert card["params"]["half_life_weeks"] == done.half_life_weeks
    assert card["ceiling"] == pytest.approx(
        done.origins.loc[done.origins["method"] == "forecast", "ceiling"].mean()
    )
    assert card["record"]["first_week"] == "2025-01-06"


def test_a_record_too_short_makes_a_card_too(done):
    short = copy.copy(vars(done)) | {
        "origins": done.origins.iloc[:0],
        "scores": done.scores.iloc[:0],
    }
    card = json.loads(json.dumps(to_card(type(done)(**short), about={}), allow_nan=False))
    assert card["ceiling"] is None
    assert from_card(card).origins.empty


@pytest.mark.parametrize(
    "damage",
    [
        lambda c: c.pop("params"),
        lambda c: c["params"].pop("ring_share"),
        lambda c: c["params"].update(half_life_weeks="long"),
        lambda c: c.update(shown="everything"),
        lambda c: c["record"].update(first_week="May"),
        lambda c: c["origins"][0].pop("pei"),
        lambda c: c["origins"][0].update(pei="good"),
        lambda c: c["scores"][0].update(method="guess"),
        lambda c: c.update(scores=7),
        lambda c: c.update(origins=[3]),
        lambda c: c.update(record=None),
    ],
)
def test_a_broken_card_is_told_in_one_line(card, damage):
    broken = copy.deepcopy(card)
    damage(broken)
    with pytest.raises(StoreError, match="card is damaged") as told:
        from_card(broken)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("what", [None, [], "text", {}])
def test_what_is_no_card_is_told_in_one_line(what):
    with pytest.raises(StoreError, match="card is damaged"):
        from_card(what)
