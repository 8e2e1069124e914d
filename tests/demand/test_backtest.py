from datetime import UTC, datetime

import numpy as np
import pandas as pd
import pytest

from outreach import cells
from outreach.config import ForecastParams
from outreach.demand import scores
from outreach.demand.backtest import (
    COVERAGE_BUSY,
    MAX_ORIGINS,
    METRICS,
    backtest,
    block_bootstrap,
    score_horizon,
)
from outreach.demand.calendar import calendar
from outreach.demand.counts import daily_totals, weekly_counts
from outreach.demand.forecast import expected_before
from outreach.demand.panel import Panel, make_panel, ring_matrix
from outreach.demand.tuning import tune
from outreach.errors import InputError

MIDDLE = int(cells.parents(cells.fine_cells([-73.75], [42.65]).astype("int64"), 9)[0])
AREA = cells.ring(MIDDLE, 10)  # 331 cells
PARAMS = ForecastParams(first_weeks=20, flagged_share=0.03)
LISTED = 10


def panel_of(rates, weeks=36, seed=1, exposure=None):
    rng = np.random.default_rng(seed)
    seen = np.ones(weeks) if exposure is None else exposure
    calls = rng.poisson(np.broadcast_to(np.reshape(rates, (len(AREA), -1)), (331, weeks)) * seen)
    return Panel(AREA, np.datetime64("2025-01-06") + 7 * np.arange(weeks), calls * 1.0, seen)


def stationary(seed):
    return np.random.default_rng(seed).gamma(0.5, 4, 331)


def shifting(seed, weeks=70):
    """Rates of which some are drawn anew every week."""
    rng = np.random.default_rng(seed)
    rates = np.empty((len(AREA), weeks))
    rates[:, 0] = rng.gamma(0.5, 1.5, len(AREA))
    for week in range(1, weeks):
        new = rng.random(len(AREA)) < 0.03
        rates[:, week] = np.where(new, rng.gamma(0.5, 1.5, len(AREA)), rates[:, week - 1])
    return rates


def run(panel, params=PARAMS, **options):
    return backtest(panel, params=params, resolution=9, seed=1, **options)


def test_every_score_of_an_origin_by_hand():
    exposure = np.ones(36)
    exposure[[5, 29]] = 0.0, 4 / 7
    panel = panel_of(stationary(1), exposure=exposure)
    done = run(panel)
    origins = done.origins.set_index(["origin", "method"])
    weeks = [w for w in range(21, 36) if w != 29]  # 20 whole weeks before; a partial one is none
    assert [panel.weeks[w].item() for w in weeks] == done.origins["origin"].unique().tolist()
    before = {}
    for week in weeks:
        past = Panel(AREA, panel.weeks[:week], panel.calls[:, :week], exposure[:week])
        tuned = tune(past, params=PARAMS)
        expected = {
            "forecast": expected_before(past, ring_matrix(AREA), tuned)[:, -1],
            "last_week": past.calls[:, np.flatnonzero(exposure[:week] == 1)[-1]],
            "trailing_mean": past.calls.sum(axis=1) / exposure[:week].sum(),
        }
        actual = panel.calls[:, week]
        for method, rate in expected.items():
            row = origins.loc[(panel.weeks[week].item(), method)]
            listed = np.argsort(-rate.round(9), kind="stable")[:LISTED]
            held = actual[listed].sum()
            assert row["pei"] == pytest.approx(held / np.sort(actual)[-LISTED:].sum())
            assert row["hit_rate"] == pytest.approx(held / actual.sum())
            assert row["pai"] == pytest.approx(held / actual.sum() * 331 / LISTED)
            if method in before:
                shared = set(listed) & before[method]
                assert row["stability"] == pytest.approx(len(shared) / LISTED)
            before[method] = set(listed)
            assert np.isnan(row["coverage"]) == (method != "forecast")
    means = done.scores.set_index(["method", "metric"])
    assert means.loc[("forecast", "pei"), "value"] == pytest.approx(
        done.origins.loc[done.origins["method"] == "forecast", "pei"].mean()
    )
    assert (means["low"] <= means["value"] + 1e-9).all()
    assert (means["value"] <= means["high"] + 1e-9).all()
    assert set(done.scores["metric"]) == {*METRICS, COVERAGE_BUSY}
    assert (done.cells, done.flagged, done.calls) == (331, LISTED, int(panel.calls.sum()))


def test_later_weeks_change_no_earlier_origin():
    """Law 5."""
    panel = panel_of(shifting(2, 40), 40)
    calls = panel.calls.copy()
    calls[:, 33:] = calls[::-1, 33:] * 3
    other = Panel(panel.cells, panel.weeks, calls, panel.exposure)
    one, two = (run(p, learned=True).origins for p in (panel, other))
    early = one["origin"] < panel.weeks[33].item()
    assert early.sum() == 4 * 13
    pd.testing.assert_frame_equal(one[early], two[early])
    assert not one[~early].equals(two[~early])


def test_the_trailing_mean_looks_back_no_further_than_it_says():
    panel = panel_of(shifting(3, 40), 40)
    short = ForecastParams(first_weeks=20, flagged_share=0.03, baseline_weeks=4)
    week = 30
    row = (
        run(panel, short)
        .origins.set_index(["origin", "method"])
        .loc[(panel.weeks[week].item(), "trailing_mean")]
    )
    listed = scores.top_cells(panel.calls[:, week - 4 : week].mean(axis=1).round(9), LISTED)
    assert row["pei"] == pytest.approx(scores.pei(panel.calls[:, week], listed))


def test_at_most_the_last_year_is_forecast():
    panel = panel_of(stationary(4), 90)
    origins = run(panel).origins["origin"].unique()
    assert len(origins) == MAX_ORIGINS
    assert origins[-1] == panel.weeks[-1].item()


@pytest.mark.parametrize(("weeks", "origins"), [(20, 0), (23, 3)])
def test_a_short_record_is_too_short_to_tell(weeks, origins):
    done = run(panel_of(stationary(5), weeks))
    assert done.origins["origin"].nunique() == origins
    assert done.shown == "counting"
    assert done.verdict.startswith(f"Too few past weeks to tell: {origins} could be tested")
    assert len(done.scores) == 0 or origins


def test_no_calls_at_all_are_told_in_one_line():
    nothing = Panel(AREA[:0], np.array([], "datetime64[D]"), np.zeros((0, 0)), np.zeros(0))
    with pytest.raises(InputError, match="no calls to test"):
        run(nothing)
    assert run(panel_of(np.zeros(331))).shown == "counting"  # only zeros


def test_a_city_whose_rates_shift_is_forecast_with_a_short_memory():
    done = run(panel_of(shifting(6), 70))
    assert done.shown == "forecast"
    assert done.half_life_weeks <= 6
    assert "The forecast is shown" in done.verdict


def test_a_stationary_city_claims_little():
    """There is nothing to gain on plain counting: at most as often ahead as a coin, and if
    ahead, then hardly ever by more than chance makes."""
    done = [run(panel_of(stationary(s), 40, seed=s)) for s in range(20, 30)]
    assert sum(one.shown == "forecast" for one in done) <= 8  # 10 tosses: 9 or more 1 %
    clear = [o for o in done if o.shown == "forecast" and "chance could make" not in o.verdict]
    assert len(clear) <= 2
    for one in done:
        mean = one.scores.set_index(["method", "metric"])["value"]
        assert mean["forecast", "pei"] > mean["last_week", "pei"]
        assert mean["forecast", "pei"] > 0.95 * mean["forecast", "ceiling"]
        assert mean["forecast", "stability"] > 0.9
        assert 0.88 < mean["forecast", COVERAGE_BUSY] < 0.98


def test_the_ceiling_is_reached_by_the_true_rates():
    rates = stationary(7)
    panel = panel_of(rates, 60)
    done = run(panel)
    listed = scores.top_cells(rates, LISTED)
    by_truth = np.mean([scores.pei(panel.calls[:, week], listed) for week in range(20, 60)])
    ceiling = done.scores.set_index(["method", "metric"])["value"]["forecast", "ceiling"]
    assert ceiling == pytest.approx(by_truth, abs=0.025)


@pytest.mark.parametrize(("weeks", "memory", "least"), [(52, 0, 0.9), (52, 0.4, 0.8), (4, 0, 0.86)])
def test_the_bootstrap_interval_holds_the_mean(weeks, memory, least):
    rng = np.random.default_rng(8)
    held = 0
    for seed in range(200):
        noise = rng.normal(0, 1, weeks + 20)
        for week in range(1, len(noise)):
            noise[week] += memory * noise[week - 1]
        low, high = block_bootstrap(noise[20:, None], seed=seed)
        held += low[0] <= 0 <= high[0]
    assert least <= held / 200 <= 0.99


def test_the_bootstrap_leaves_out_what_there_is_not():
    values = np.column_stack([np.arange(30.0), np.full(30, 2.0)])
    values[0, 1] = np.nan
    low, high = block_bootstrap(values, seed=1)
    assert low[0] < 14.5 < high[0]
    assert (low[1], high[1]) == (2, 2)
    assert len(block_bootstrap(np.empty((0, 3)), seed=1)[0]) == 3


def test_the_interval_of_a_share_stays_a_share():
    rates = np.full(len(AREA), 0.5)
    rates[:LISTED] = 4.0
    told = run(panel_of(rates, weeks=24)).scores  # four origins, so the range is wide
    shares = told[told["metric"] != "pai"]
    assert shares["high"].max() == 1
    assert shares["low"].min() >= 0


def test_one_origin_and_its_horizon_by_hand():
    panel = panel_of(shifting(9, 40), 40)
    actual = np.random.default_rng(3).poisson(shifting(9, 40)[:, -1] * 2).astype(float)
    options = {"outside": 7, "params": PARAMS, "seed": 1}
    found = score_horizon(panel, actual, horizon_weeks=2, **options).set_index("method")
    assert found.index.tolist() == ["forecast", "last_week", "trailing_mean"]
    for method, rate in (
        ("last_week", panel.calls[:, -1]),
        ("trailing_mean", panel.calls.mean(axis=1).round(9)),
        ("forecast", expected_before(panel, ring_matrix(AREA), tune(panel, params=PARAMS))[:, -1]),
    ):
        listed = scores.top_cells(rate, LISTED)
        held = actual[listed].sum()
        row = found.loc[method]
        assert row["pei"] == pytest.approx(held / np.sort(actual)[-LISTED:].sum())
        assert row["hit_rate"] == pytest.approx(held / (actual.sum() + 7))
        assert row["pai"] == pytest.approx(row["hit_rate"] * 331 / LISTED)
    longer = score_horizon(panel, actual, horizon_weeks=12, **options)
    assert longer["ceiling"].iloc[0] > found["ceiling"].iloc[0]
    learned = score_horizon(panel, actual, horizon_weeks=2, learned=True, **options)
    assert learned["method"].tolist()[-1] == "learned"


def test_an_origin_with_nothing_before_or_after_is_told_in_one_line():
    panel = panel_of(stationary(10), 12)
    with pytest.raises(InputError, match="after the origin"):
        score_horizon(panel, np.zeros(331), outside=0, horizon_weeks=1, params=PARAMS, seed=1)
    unseen = Panel(AREA, panel.weeks, panel.calls * 0, panel.exposure * 0)
    with pytest.raises(InputError, match="before the origin"):
        score_horizon(unseen, np.ones(331), outside=0, horizon_weeks=1, params=PARAMS, seed=1)


@pytest.fixture(scope="module")
def portland(real_data, tmp_path_factory):
    """Calls for help of Portland, August 2016 to February 2017."""
    from outreach.pipeline.intake import ingest_file
    from outreach.pipeline.setup import NewCity, init_city
    from outreach.pipeline.view import known_calls, load_city
    from outreach.store.calls import demand

    folder, now = tmp_path_factory.mktemp("city") / "portland", datetime(2026, 11, 22, tzinfo=UTC)
    new = NewCity(time_zone="America/Los_Angeles", base=(45.52, -122.68))
    init_city(folder, new, report=lambda _: None)
    ingest_file(folder, real_data / "calls" / "portland_cfs_2016-08_2017-02.csv.gz", now=now)
    return demand(known_calls(folder, load_city(folder), now)), now


@pytest.mark.real
@pytest.mark.parametrize(("resolution", "of_ceiling"), [(8, 0.985), (9, 0.96)])
def test_portland_comes_near_the_ceiling(portland, resolution, of_ceiling):
    """Calls about crises, top 1 % of cells, weekly origins from 26 weeks on (METHODS)."""
    from outreach.store.calls import fetch

    view, now = portland
    zone = "America/Los_Angeles"
    seen = calendar(fetch(daily_totals(view)), as_of=now, time_zone=zone)
    kind = view.final_call_type.upper()
    starts = [kind.startswith(s) for s in ("UNWANTED PERSON", "WELFARE CHECK", "DISTURBANCE")]
    crisis = view.filter(starts[0] | starts[1] | starts[2] | kind.startswith("DETOX"))
    counts = fetch(weekly_counts(crisis, resolution=resolution))
    panel = make_panel(counts, seen, needs=set(counts["need"]))
    done = backtest(panel, params=ForecastParams(first_weeks=26), resolution=resolution, seed=1)
    mean = done.scores.set_index(["method", "metric"])["value"]
    assert done.origins["origin"].nunique() == 4
    assert done.calls == 41167
    assert mean["forecast", "pei"] >= of_ceiling * mean["forecast", "ceiling"]
    assert mean["forecast", "pei"] >= mean["trailing_mean", "pei"]
    assert mean["forecast", "pei"] > mean["last_week", "pei"]
    assert mean["forecast", "stability"] >= 0.91
    assert mean["forecast", "coverage"] >= 0.9
    assert mean["forecast", COVERAGE_BUSY] >= 0.9
