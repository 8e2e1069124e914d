"""Tables of demand into what pages show: plain functions; nothing is drawn here.

Their headings are English; a page says them in the reader's language.
"""

from datetime import timedelta

import pandas as pd

from outreach.demand.backtest import Backtest
from outreach.language.translate import N_
from outreach.maps.elements import each
from outreach.maps.style import LABEL_WORDS
from outreach.pages.language import _, need_label, number
from outreach.pages.tables import hex_names
from outreach.schemas import ALL_NEEDS

MONTH = 4  # weeks that are compared
YEAR = 52


def need_or_all(need: str) -> str:
    """Return a need, or all of them together, as people read it."""
    return _("All needs") if need == "all" else need_label(need)


def spots(hot_spots: pd.DataFrame, spot: str) -> pd.DataFrame:
    """Return the hot or the cold hexes, the clearest first.

    Needs    HOT_SPOTS; near
    Adds     Place, Calls, Reason
    """
    found = hot_spots[hot_spots["spot"] == spot]
    found = found.sort_values("gi_z", key=abs, ascending=False)
    return pd.DataFrame(
        {
            N_("Place"): hex_names(found),
            N_("Calls"): found["calls"].to_numpy(),
            N_("Reason"): found["reason"].to_numpy(),
        }
    )


def emerging(found: pd.DataFrame) -> pd.DataFrame:
    """Return the hexes that have a label, the labels of hot ones first.

    Needs    EMERGING; near
    Adds     Place, Label, Reason, Hot steps, Cold steps
    """
    order = {label: place for place, label in enumerate(LABEL_WORDS)}
    shown = found[found["label"] != "none"]
    shown = shown.assign(order=shown["label"].map(order))
    shown = shown.sort_values(["order", "hot_steps"], ascending=[True, False])
    return pd.DataFrame(
        {
            N_("Place"): hex_names(shown),
            N_("Label"): [_(LABEL_WORDS[label]) for label in shown["label"]],
            N_("Reason"): shown["reason"].to_numpy(),
            N_("Hot steps"): shown["hot_steps"].to_numpy(),
            N_("Cold steps"): shown["cold_steps"].to_numpy(),
        }
    )


def label_counts(counts: pd.DataFrame) -> pd.DataFrame:
    """Return how many hexes have each label beside how many chance alone would give.

    Needs    LABEL_COUNTS
    Adds     Label, Hexes, By chance
    """
    order = {label: place for place, label in enumerate(LABEL_WORDS)}
    kept = (counts["label"] != "none") & ((counts["cells"] > 0) | (counts["by_chance"] >= 0.5))
    shown = counts[kept].sort_values("label", key=lambda labels: labels.map(order))
    return pd.DataFrame(
        {
            N_("Label"): [_(LABEL_WORDS[label]) for label in shown["label"]],
            N_("Hexes"): shown["cells"].to_numpy(),
            N_("By chance"): shown["by_chance"].round(1).to_numpy(),
        }
    )


LATELY = {"growing": N_("more calls"), "fading": N_("fewer calls")}


def expected(forecast: pd.DataFrame, rates: pd.DataFrame, most: int = 100) -> pd.DataFrame:
    """Return the hexes with the most calls expected next week, and which have changed lately.

    Needs    FORECAST; near
             CELL_RATES      their trend; hexes of another resolution tell none
    Adds     Place, Expected, Likely, Lately, Reason
    """
    shown = forecast.nlargest(most, "expected_calls")
    trend = shown["cell"].map(rates.set_index("cell")["trend"])
    lately = trend.map({code: _(words) for code, words in LATELY.items()})
    likely = _("{low} to {high}")
    return pd.DataFrame(
        {
            N_("Place"): hex_names(shown),
            N_("Expected"): shown["expected_calls"].round(2).to_numpy(),
            N_("Likely"): [likely.format(low=row.low, high=row.high) for row in each(shown)],
            N_("Lately"): lately.fillna(_("as before")).to_numpy(),
            N_("Reason"): shown["reason"].to_numpy(),
        }
    )


def week_series(weeks: pd.DataFrame, calendar: pd.DataFrame) -> pd.DataFrame:
    """Return calls by week from the first week seen to the last, with the gaps between.

    Needs    week, calls
             calendar    CALENDAR
    Adds     week, calls (empty where not one day was seen), days_seen, state: whole, partial, gap
    """
    sums = weeks.groupby(pd.to_datetime(weeks["week"]))["calls"].sum()
    days = calendar.set_index(pd.to_datetime(calendar["week"]))["days_seen"].sort_index()
    seen = days.index[days > 0]
    days = days.loc[seen.min() : seen.max()] if len(seen) else days.iloc[:0]
    series = pd.DataFrame({"days_seen": days, "calls": sums.reindex(days.index, fill_value=0)})
    state = pd.Series("partial", index=series.index)
    state[series["days_seen"] == 7] = "whole"
    state[series["days_seen"] == 0] = "gap"
    calls = series["calls"].astype("float64").where(state != "gap")
    return series.assign(calls=calls, state=state).rename_axis("week").reset_index()


def compared(area_weeks: pd.DataFrame) -> pd.DataFrame:
    """Return each neighbourhood's last four whole weeks beside the four before and a year ago.

    Needs    AREA_WEEKS     of the needs that count
    Adds     Place, Last 4 weeks, 4 before and A year ago where all of those weeks are known,
             Reason; no rows before four whole weeks are known
    """
    whole = area_weeks[area_weeks["days_seen"] == 7]
    table = whole.pivot_table(
        index="area", columns="week", values="calls", aggfunc="sum", fill_value=0
    ).sort_index(axis=1)
    weeks = sorted(set(whole["week"]))
    if len(weeks) < MONTH:
        return pd.DataFrame()
    lately, before = weeks[-MONTH:], weeks[-2 * MONTH : -MONTH]
    last_year = [week - timedelta(weeks=YEAR) for week in lately]
    shown = pd.DataFrame({N_("Place"): table.index, N_("Last 4 weeks"): table[lately].sum(axis=1)})
    if len(before) == MONTH:
        shown[N_("4 before")] = table[before].sum(axis=1)
    if set(last_year) <= set(weeks):
        shown[N_("A year ago")] = table[last_year].sum(axis=1)
    shown[N_("Reason")] = _usual(table)
    return shown.sort_values("Last 4 weeks", ascending=False, ignore_index=True)


def _usual(table: pd.DataFrame) -> list[str]:
    """Say between which numbers four whole weeks lay within the last year."""
    earlier = table.iloc[:, -YEAR - MONTH : -MONTH].T.rolling(MONTH).sum().dropna()
    if earlier.empty:
        return [_("The record is too short to say what is usual.")] * len(table)
    low, high = earlier.min().astype(int), earlier.max().astype(int)
    told = _("Earlier stretches of four whole weeks had between {least} and {most} calls.")
    return [
        told.format(least=number(least), most=number(most))
        for least, most in zip(low, high, strict=True)
    ]


def alarms(alerts: pd.DataFrame, *, on: bool) -> pd.DataFrame:
    """Return the neighbourhoods and needs with an alarm, or those without, the clearest first.

    Needs    ALERTS
    Adds     Place, Need, Calls, Expected, Alarm from, Reason
    """
    shown = alerts[alerts["alarm"] == on].sort_values(["p", "area", "need"])
    return pd.DataFrame(
        {
            N_("Place"): shown["area"].to_numpy(),
            N_("Need"): [need_or_all(need) for need in shown["need"]],
            N_("Calls"): shown["calls"].to_numpy(),
            N_("Expected"): shown["expected_calls"].round(1).to_numpy(),
            N_("Alarm from"): shown["alarm_from"].to_numpy(),
            N_("Reason"): shown["reason"].to_numpy(),
        }
    )


def too_small(alerts: pd.DataFrame) -> pd.DataFrame:
    """Return for each need in how many neighbourhoods a rise of half would hardly be an alarm.

    Needs    ALERTS
    Adds     Need, Too small, Neighbourhoods
    """
    blind = (~alerts["sees_half"]).groupby(alerts["need"]).agg(["sum", "count"])
    blind = blind.reindex(["all", *ALL_NEEDS]).dropna().astype("int64")
    names = [need_or_all(str(need)) for need in blind.index]
    return pd.DataFrame(
        {
            N_("Need"): names,
            N_("Too small"): blind["sum"],
            N_("Neighbourhoods"): blind["count"],
        }
    ).reset_index(drop=True)


def exposure(found: pd.DataFrame) -> pd.DataFrame:
    """Return visits beside calls and people for each neighbourhood, warnings first.

    Needs    EXPOSURE
    Adds     Place, Warning, Share of visits, Share of calls, Reason, Share of people, Visits, Calls
    """
    shown = found.sort_values(["warning", "visit_share", "call_share"], ascending=False)
    warning = _("more visits than calls")
    return pd.DataFrame(
        {
            N_("Place"): shown["area"].to_numpy(),
            N_("Warning"): [warning if row.warning else "" for row in each(shown)],
            N_("Share of visits"): [f"{share:.1%}" for share in shown["visit_share"]],
            N_("Share of calls"): [f"{share:.1%}" for share in shown["call_share"]],
            N_("Reason"): shown["reason"].to_numpy(),
            N_("Share of people"): [
                "" if pd.isna(share) else f"{share:.1%}" for share in shown["population_share"]
            ],
            N_("Visits"): shown["visits"].to_numpy(),
            N_("Calls"): shown["calls"].to_numpy(),
        }
    )


def ours(test: Backtest) -> str:
    """Return the method that the app shows, or would show."""
    return "learned" if test.shown == "learned" else "forecast"


def score(test: Backtest, method: str, metric: str) -> tuple[float, float, float] | None:
    """Return a mean over the weeks tested with the ends of its interval; None where unknown."""
    scores = test.scores
    found = scores[(scores["method"] == method) & (scores["metric"] == metric)]
    found = found.dropna(subset="value")
    if found.empty:
        return None
    value, low, high = found[["value", "low", "high"]].iloc[0].astype(float)
    return value, low, high


def share_text(test: Backtest, method: str, metric: str) -> str:
    """Return a share with its interval, fine enough to tell two methods apart."""
    found = score(test, method, metric)
    if found is None:
        return _("not known")
    return _in_range(*(f"{value:.1%}" for value in found))


def _in_range(value: str, low: str, high: str) -> str:
    return _("{value} ({low} to {high})").format(value=value, low=low, high=high)


def why_hidden(test: Backtest | None) -> str:
    """Say why no forecast is shown (safeguard 9)."""
    if test is None:
        return _(
            "It has not been tested yet, and a forecast is shown only where it has met more calls "
            "than plain counting in past weeks. Test it on the page “How good is this?”."
        )
    if test.shown != "counting":
        return _(
            "The record has too few calls with a place, or ended too long ago, to expect anything."
        )
    return test.verdict


def tested(test: Backtest) -> str:
    """Say in one sentence what came of the test that a forecast stands beside."""
    mine = ours(test)
    return _(
        "Tested on {weeks} past weeks: of the calls that a perfect list of {hexes} hexes would "
        "have met, such a forecast met {ours}, plain counting {counting}; chance allows {ceiling}."
    ).format(
        weeks=number(test.origins["origin"].nunique()),
        hexes=number(test.flagged),
        ours=share_text(test, mine, "pei"),
        counting=share_text(test, "trailing_mean", "pei"),
        ceiling=share_text(test, mine, "ceiling"),
    )


METHOD_LABELS = {
    "forecast": N_("Forecast"),
    "learned": N_("Learned model"),
    "trailing_mean": N_("Plain counting"),
    "last_week": N_("Last week again"),
    "ceiling": N_("Best that chance allows"),
}


def shares_met(test: Backtest) -> pd.DataFrame:
    """Return for each week tested and method the share of a perfect list's calls that it met.

    Adds     week, method, share    the ceiling as a method of its own
    """
    known = test.origins.dropna(subset="pei")
    shares = known[["origin", "method", "pei"]].rename(columns={"pei": "share"})
    top = known.loc[known["method"] == ours(test), ["origin", "ceiling"]].dropna()
    top = top.rename(columns={"ceiling": "share"}).assign(method="ceiling")
    both = pd.concat([shares, top], ignore_index=True).rename(columns={"origin": "week"})
    both = both[both["method"].isin(METHOD_LABELS)]
    methods = [_(METHOD_LABELS[method]) for method in both["method"]]
    return both.assign(week=pd.to_datetime(both["week"]), method=methods)


def means_met(test: Backtest) -> pd.DataFrame:
    """Return each method's mean share of a perfect list's calls with its interval, best first.

    Adds     method, share, low, high
    """
    wanted = [(method, "pei") for method in METHOD_LABELS if method != "ceiling"]
    rows = [(method, score(test, method, metric)) for method, metric in wanted]
    rows.append(("ceiling", score(test, ours(test), "ceiling")))
    known = [(_(METHOD_LABELS[method]), *found) for method, found in rows if found is not None]
    means = pd.DataFrame(known, columns=["method", "share", "low", "high"])
    return means.sort_values("share", ascending=False, ignore_index=True)


def field_scores(test: Backtest) -> pd.DataFrame:
    """Return the scores by the names they have in the literature.

    Adds     Method, PEI, PAI, Hit rate     with 95 % intervals
    """
    rows = []
    for method in ("forecast", "learned", "trailing_mean", "last_week"):
        pai = score(test, method, "pai")
        if pai is not None:
            rows.append(
                {
                    N_("Method"): _(METHOD_LABELS[method]),
                    "PEI": share_text(test, method, "pei"),
                    "PAI": _in_range(*(f"{value:.1f}" for value in pai)),
                    N_("Hit rate"): share_text(test, method, "hit_rate"),
                }
            )
    return pd.DataFrame(rows)
