from dataclasses import replace

import pytest

from outreach.demand.verdict import Evidence, decide

PEI = {"forecast": 0.9, "last_week": 0.7, "trailing_mean": 0.88}
EVIDENCE = Evidence(
    weeks=26,
    first_weeks=26,
    flagged=25,
    cells=2476,
    pei=PEI,
    ceiling=0.92,
    lead_is_clear={"forecast": True},
    interval=0.9,
    coverage=0.94,
    coverage_busy=0.95,
)


def with_pei(clear=False, **pei):
    return replace(EVIDENCE, pei=PEI | pei, lead_is_clear={"forecast": clear, "learned": clear})


@pytest.mark.parametrize(
    ("evidence", "shown", "told"),
    [
        (EVIDENCE, "forecast", "The forecast is shown"),
        (with_pei(), "forecast", "no more than chance could make"),
        (with_pei(forecast=0.88), "counting", "since the plain average of the weeks before"),
        (with_pei(forecast=0.86), "counting", "The forecast is hidden"),
        (with_pei(last_week=0.91), "counting", "since last week's counts did as well"),
        (with_pei(learned=0.91, clear=True), "learned", "is shown, since"),
        (with_pei(learned=0.91), "forecast", "A learned model held 91.0% and is not shown"),
        (with_pei(learned=0.85, forecast=0.8), "counting", "The forecast is hidden"),
        (replace(EVIDENCE, weeks=3), "counting", "Too few past weeks to tell: 3 could be"),
        (replace(EVIDENCE, ceiling=0.89), "forecast", "the forecast does as well."),
        (EVIDENCE, "forecast", "comes to 98% of that"),
        (EVIDENCE, "forecast", "in 94% of cases on the list, and in 95% where"),
        (EVIDENCE, "forecast", "a list of 25 of 2,476 hexes held 90.0%"),
    ],
)
def test_what_is_shown_and_why(evidence, shown, told):
    found = decide(evidence)
    assert found[0] == shown
    assert told in found[1]


def test_without_ranges_nothing_is_said_of_them():
    nan = float("nan")
    assert "range" not in decide(replace(EVIDENCE, coverage=nan, coverage_busy=nan))[1]
    assert "where a call" not in decide(replace(EVIDENCE, coverage_busy=nan))[1]


def test_no_word_needs_a_statistician_or_claims_a_cause():
    texts = [decide(e)[1] for e in (EVIDENCE, with_pei(learned=0.95, clear=True))]
    for word in ("PEI", "PAI", "bootstrap", "EWMA", "because", "Poisson", "origin", "nan"):
        assert not any(word in text for text in texts)
