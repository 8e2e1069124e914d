"""The card kept beside tuned parameters: what they were made from, and how good they are."""

from datetime import date
from typing import Any, get_args

import pandas as pd

from outreach.demand.backtest import COVERAGE_BUSY, METHODS, METRICS, Backtest
from outreach.demand.verdict import Shown
from outreach.errors import StoreError

_PARAMS = {
    "resolution": int,
    "cells": int,
    "flagged": int,
    "half_life_weeks": float,
    "ring_share": float,
}
_ORIGINS = ("origin", "method", *METRICS, COVERAGE_BUSY)
_SCORES = ("method", "metric", "value", "low", "high")


def to_card(backtest: Backtest, *, about: dict[str, Any]) -> dict[str, Any]:
    """Return a back-test as a card that can be written as JSON.

    Needs    about    what the back-test itself does not know: city, made_at, as_of, call types
    """
    mean = backtest.scores.set_index(["method", "metric"])["value"]
    return {
        "about": about,
        "record": {
            "calls": backtest.calls,
            "first_week": backtest.first_week.isoformat(),
            "last_week": backtest.last_week.isoformat(),
        },
        "params": {name: getattr(backtest, name) for name in _PARAMS},
        "shown": backtest.shown,
        "verdict": backtest.verdict,
        "ceiling": _or_none(mean.get(("forecast", "ceiling"))),
        "scores": _rows(backtest.scores),
        "origins": _rows(backtest.origins),
    }


def from_card(card: dict[str, Any]) -> Backtest:
    """Return the back-test that a card tells of.

    Raises   StoreError   the card lacks something or says something impossible
    """
    try:
        shown = card["shown"]
        if shown not in get_args(Shown):
            raise ValueError(f"{shown!r} cannot be shown")
        record = card["record"]
        return Backtest(
            origins=_frame(card["origins"], _ORIGINS),
            scores=_frame(card["scores"], _SCORES),
            **{name: kind(card["params"][name]) for name, kind in _PARAMS.items()},
            calls=int(record["calls"]),
            first_week=date.fromisoformat(record["first_week"]),
            last_week=date.fromisoformat(record["last_week"]),
            shown=shown,
            verdict=str(card["verdict"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise StoreError(f"the forecast's card is damaged ({error}); make it anew") from None


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as JSON knows them: days as text, None for what there is not."""
    rows = frame.to_dict("records")
    return [{str(name): _plain(value) for name, value in row.items()} for row in rows]


def _plain(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, str) else _or_none(value)


def _or_none(value: float | None) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


def _frame(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> pd.DataFrame:
    """Return rows of a card as the back-test had them."""
    if any(set(row) != set(columns) for row in rows):
        raise ValueError(f"a row has other columns than {', '.join(columns)}")
    frame = pd.DataFrame(rows, columns=list(columns))
    if "method" in frame and not frame["method"].isin(METHODS).all():
        raise ValueError("it tells of an unknown method")
    numbers = [name for name in columns if name not in ("origin", "method", "metric")]
    frame[numbers] = frame[numbers].astype("float64")
    if "origin" in frame:
        frame["origin"] = [date.fromisoformat(day) for day in frame["origin"]]
    return frame
