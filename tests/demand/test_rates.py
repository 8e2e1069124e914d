from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from outreach import cells
from outreach.columns import check, empty
from outreach.config import DemandParams
from outreach.demand.calendar import calendar
from outreach.demand.counts import daily_totals, weekly_counts
from outreach.demand.rates import cell_rates, change_p
from outreach.schemas import CELL_RATES
from outreach.weeks import local_date, monday_of

ZONE = "America/New_York"
AS_OF = datetime(2026, 6, 3, 12, tzinfo=UTC)  # a Wednesday; the last whole week began on 25 May
LAST_WEEK = date(2026, 5, 25)
PARAMS = DemandParams(half_life_weeks=4, change_weeks=8)


def counts_of(table, need="mental_health"):
    """Lay out a matrix of calls, one row a cell and one column a week, the last one LAST_WEEK."""
    table = np.asarray(table)
    cell, back = np.nonzero(table)
    weeks = [LAST_WEEK - timedelta(weeks=int(table.shape[1] - 1 - b)) for b in back]
    return pd.DataFrame(
        {"cell": cell.astype("int64"), "week": weeks, "need": need, "calls": table[cell, back]}
    )


def calendar_of(counts, unseen=()):
    """Every week from the first to LAST_WEEK as seen, but for those told otherwise."""
    weeks = pd.date_range(counts["week"].min() if len(counts) else LAST_WEEK, LAST_WEEK, freq="7D")
    days = [0 if week.date() in unseen else 7 for week in weeks]
    return pd.DataFrame({"week": weeks.date, "days_seen": days})


def rates_of(counts, calendar=None, **options):
    calendar = calendar_of(counts) if calendar is None else calendar
    rates = cell_rates(counts, calendar, params=PARAMS, **options)
    return check(rates, CELL_RATES).set_index("cell")


def test_rate_equals_the_weighted_mean_by_hand():
    rates = rates_of(counts_of([[3, 0, 5], [1, 1, 1]]))
    weights = [0.5 ** (2 / 4), 0.5 ** (1 / 4), 1.0]
    assert rates.loc[0, "weekly_rate"] == pytest.approx(
        (3 * weights[0] + 5 * weights[2]) / sum(weights)
    )
    assert rates.loc[1, "weekly_rate"] == pytest.approx(1)
    assert rates.index.tolist() == [0, 1]  # highest rate first


def test_a_week_that_is_not_over_is_left_out():
    counts = counts_of([[4, 4, 4]])
    now = counts.iloc[:1].assign(week=LAST_WEEK + timedelta(weeks=1), calls=1)
    begun = pd.DataFrame({"week": now["week"], "days_seen": 2})
    calendar = pd.concat([calendar_of(counts), begun], ignore_index=True)
    rates = rates_of(pd.concat([counts, now], ignore_index=True), calendar)
    assert rates.loc[0, "weekly_rate"] == pytest.approx(4)
    assert rates.loc[0, "calls"] == 13  # but it is in the record


def test_a_gap_in_the_data_is_no_quiet_week():
    counts = counts_of([[2, 2, 0, 0, 2, 2], [1, 1, 0, 0, 1, 1]])
    gap = [LAST_WEEK - timedelta(weeks=back) for back in (2, 3)]
    rates = rates_of(counts, calendar_of(counts, gap))
    assert rates["weekly_rate"].tolist() == pytest.approx([2, 1])
    assert rates_of(counts)["weekly_rate"].iloc[0] < 2


def test_needs_that_are_not_asked_for_do_not_count():
    asked, other = counts_of([[2, 0]]), counts_of([[7, 7]], need="unknown")
    rates = rates_of(pd.concat([asked, other], ignore_index=True))
    weights = [0.5 ** (1 / 4), 1.0]
    assert rates.loc[0, "weekly_rate"] == pytest.approx(2 * weights[0] / sum(weights))
    assert rates.loc[0, "calls"] == 2


def test_the_study_area_is_complete():
    rates = rates_of(counts_of([[2, 1]]), cells=np.array([0, 7, 9]))
    assert set(rates.index) == {0, 7, 9}
    assert rates.loc[7, ["calls", "weekly_rate"]].tolist() == [0, 0]
    assert rates.loc[7, "top_need"] == "unknown"


def test_the_leading_need_is_the_one_with_most_weight():
    old = counts_of([[9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]])
    new = counts_of([[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2]], need="homelessness")
    assert rates_of(pd.concat([old, new], ignore_index=True)).loc[0, "top_need"] == "homelessness"


def test_p_equals_the_exact_binomial_test():
    rng = np.random.default_rng(2)
    recent, before = rng.poisson(5, 30), rng.poisson(4, 30)
    for i, p in enumerate(change_p(recent, before)):
        rest = np.delete(recent, i).sum() / np.delete(recent + before, i).sum()
        n = int(recent[i] + before[i])
        sides = [
            binomtest(int(recent[i]), n, rest, alternative=side).pvalue
            for side in ("greater", "less")
        ]
        assert p == pytest.approx(min(1.0, 2 * min(sides)))


def test_real_growth_and_fading_are_seen_and_said():
    table = np.full((40, 16), 3)
    table[0, 8:], table[1, 8:] = 12, 0
    rates = rates_of(counts_of(table))
    assert rates.loc[0, "trend"] == "growing"
    assert rates.loc[1, "trend"] == "fading"
    assert (rates.drop([0, 1])["trend"] == "steady").all()
    assert "96 in the last 8 whole weeks after 24 in the 8 before" in rates.loc[0, "reason"]


def test_growth_of_the_whole_city_is_growth_nowhere():
    rng = np.random.default_rng(5)
    table = np.hstack([rng.poisson(3, (150, 8)), rng.poisson(6, (150, 8))])
    assert (rates_of(counts_of(table))["trend"] == "steady").all()


def test_noise_is_flagged_no_more_often_than_promised():
    """In 60 maps of 200 cells of pure noise, few maps have any label (10 % are promised)."""
    rng = np.random.default_rng(11)
    means = rng.gamma(0.5, 2, 200)[:, None]
    maps = [rates_of(counts_of(rng.poisson(means, (200, 16)))) for _ in range(60)]
    flagged = sum((rates["trend"] != "steady").any() for rates in maps)
    assert flagged <= 12  # 6 expected at most; 12 has a chance of about 1 %


def test_a_short_record_or_one_cell_compares_nothing():
    assert rates_of(counts_of([[1, 2, 3], [9, 0, 0]]))["trend"].eq("steady").all()
    alone = rates_of(counts_of([[1] * 8 + [20] * 8]))
    assert alone.loc[0, "trend"] == "steady"


def test_reasons_claim_no_cause():
    table = np.full((20, 16), 3)
    table[0, 8:] = 15
    text = " ".join(rates_of(counts_of(table))["reason"])
    assert not any(word in text for word in ("because", "due to", "caused", "thanks", "forecast"))


def test_no_counts_give_no_rates():
    nothing = counts_of(np.zeros((1, 4), int))
    pd.testing.assert_frame_equal(
        cell_rates(nothing, calendar_of(nothing), params=PARAMS), empty(CELL_RATES)
    )


def test_future_rows_change_nothing(demand_view):
    """Law 5: what was received, or learned of, after as_of is not seen."""
    rng = np.random.default_rng(8)
    times = pd.Timestamp("2026-02-02", tz="UTC") + pd.to_timedelta(
        rng.integers(0, 120 * 24 * 60, 400), unit="min"
    )
    calls = pd.DataFrame({"received_at": times, "lon": rng.normal(-73.75, 0.005, 400)})
    later = calls.assign(received_at=AS_OF + timedelta(hours=3))
    learned = calls.assign(known_at=AS_OF + timedelta(days=1))
    everything = pd.concat([calls.assign(known_at=calls["received_at"]), later, learned])

    def run(frame):
        view = demand_view(frame, AS_OF)
        seen = calendar(daily_totals(view).to_pandas(), as_of=AS_OF, time_zone=ZONE)
        return cell_rates(weekly_counts(view, resolution=9).to_pandas(), seen, params=PARAMS)

    pd.testing.assert_frame_equal(run(calls), run(everything))
    assert run(calls)["calls"].sum() < 401


@pytest.mark.real
def test_portland_rates_rank_next_week_better_than_last_week(real_data):
    """A long memory finds more of next week's calls than the last week alone (METHODS.md)."""
    path = real_data / "calls" / "portland_cfs_2016-08_2017-02.csv.gz"
    raw = pd.read_csv(path, usecols=["CASE DESC", "occ_date", "x_coordinate", "y_coordinate"])
    raw = raw[raw["CASE DESC"].str.contains("UNWANTED|WELFARE")]
    from outreach.geo import to_lonlat

    fine = cells.fine_cells(*to_lonlat(raw["x_coordinate"], raw["y_coordinate"], "EPSG:2913"))
    days = pd.to_datetime(raw["occ_date"].astype("string").str.strip())
    counts = pd.DataFrame(
        {
            "cell": cells.parents(fine.astype("int64"), 9),
            "week": [monday_of(day.date()) for day in days],
            "need": "quality_of_life",
        }
    )
    counts = counts.groupby(["cell", "week", "need"]).size().rename("calls").reset_index()
    mine = last = 0
    for origin in pd.date_range("2016-11-07", "2017-02-13", freq="14D", tz="UTC"):
        as_of = origin + pd.Timedelta(hours=12)
        monday = monday_of(local_date(as_of, "America/Los_Angeles"))
        past, now = counts[counts["week"] < monday], counts[counts["week"] == monday]
        weeks = sorted(past["week"].unique())
        seen = pd.DataFrame({"week": weeks, "days_seen": 7})
        rates = cell_rates(past, seen, params=DemandParams())
        recent = past[past["week"] == monday - timedelta(weeks=1)].nlargest(40, "calls")
        mine += now[now["cell"].isin(rates["cell"].head(40))]["calls"].sum()
        last += now[now["cell"].isin(recent["cell"])]["calls"].sum()
    assert mine > 1.05 * last
