"""How good is this? The forecast tested on past weeks, in plain words."""

import streamlit as st

from outreach.demand.backtest import Backtest
from outreach.pages import charts, demand_tables, frame, wall_clock
from outreach.pages.demand_tables import day_text, score, share_text
from outreach.pipeline import backtest as testing
from outreach.pipeline.view import CityView
from outreach.roles import viewer


def page() -> None:
    """Show what came of forecasting past weeks, beside plain counting."""
    view = frame.open_page(
        "How good is this?",
        "The forecast of next week's calls, tested on past weeks with only what was known before.",
    )
    if not len(view.imports):
        frame.nothing_yet(
            "No calls have come in yet, so there is nothing to test.",
            "Bring some in on the page “What came in” or by: outreach ingest FILE.",
        )
        return
    test = frame.demand_of_city().backtest
    if test is None:
        frame.nothing_yet(
            "The forecast has not been tested, so it is not shown.",
            "A lead can test it on this page, or by: outreach backtest. It takes "
            f"{view.city.forecast.first_weeks} weeks of calls before the first week tested.",
        )
    else:
        verdict(test)
        numbers(test)
        pictures(test)
        trust(test, view.city.forecast.interval)
        tested_on(test)
    if viewer().may("manage"):
        test_now(view)


def verdict(test: Backtest) -> None:
    """Say first what the test says."""
    if test.shown == "counting":
        st.warning("No forecast is shown, only counts.")
    else:
        st.success("The forecast is shown.")
    st.markdown(frame.plain_markdown(test.verdict))


def numbers(test: Backtest) -> None:
    """Show the three numbers that matter, and what they mean."""
    mine = demand_tables.ours(test)
    three = {
        "Our list": score(test, mine, "pei"),
        "Plain counting": score(test, "trailing_mean", "pei"),
        "Best that chance allows": score(test, mine, "ceiling"),
    }
    with st.container(horizontal=True):
        for name, found in three.items():
            value = "not known" if found is None else f"{found[0]:.1%}"
            st.metric(name, value, width="content", border=True)
    st.markdown(
        f"- **Our list** names the {test.flagged:,} of {test.cells:,} hexes where most calls are "
        "expected. A perfect list of the same length could be written only after the week. Of the "
        f"calls that it would have met, ours met {share_text(test, mine, 'pei')}.\n"
        "- **Plain counting** is a list by the mean of past weeks. It met "
        f"{share_text(test, 'trailing_mean', 'pei')}. A forecast that does not beat it is not "
        "shown.\n"
        "- **Best that chance allows**: calls come partly by chance, so nobody can write the "
        "perfect list beforehand. Even somebody who knew each hex's true rate would have met "
        f"{share_text(test, mine, 'ceiling')}."
    )
    st.caption("In brackets: between which values the true mean lies, 95 times in 100.")


def pictures(test: Backtest) -> None:
    """Draw the means, and the weeks one by one."""
    st.subheader("Beside other ways to write the list")
    means = demand_tables.means_met(test)
    st.altair_chart(charts.means(means), alt="Share met by each method, with intervals")
    st.subheader("Week by week")
    st.altair_chart(
        charts.past_weeks(demand_tables.shares_met(test)), alt="Share met in each week tested"
    )
    with st.expander("The same under the names used in the literature"):
        st.dataframe(demand_tables.field_scores(test), hide_index=True)
        st.caption(
            "PEI: calls met as a share of what a perfect list of the same length would have met. "
            "Hit rate: calls met as a share of all. PAI: hit rate divided by the list's share of "
            "the area; it depends on the size of hexes, so it stands beside the others."
        )


def trust(test: Backtest, interval: float) -> None:
    """Say how far intervals hold and how steady the list is."""
    st.subheader("Can it be relied on?")
    mine = demand_tables.ours(test)
    held, same = score(test, mine, "coverage"), score(test, mine, "stability")
    lines = []
    if held is not None:
        lines.append(
            f"- **Ranges.** Of 100 ranges given for the calls of a hex on the list, "
            f"{100 * held[0]:.0f} held; {100 * interval:.0f} were promised."
        )
    if same is not None:
        lines.append(
            f"- **Steadiness.** Of 100 hexes on the list, {100 * same[0]:.0f} were on it the week "
            "before. Outreach lives on coming back, so a steady list is a good one."
        )
    st.markdown("\n".join(lines) or "Too few weeks were tested to say.")


def tested_on(test: Backtest) -> None:
    """Say on which calls and weeks it was tested."""
    weeks = test.origins["origin"]
    st.caption(
        f"Tested on {weeks.nunique()} weeks, those from {day_text(weeks.min())} to "
        f"{day_text(weeks.max())}, with {test.calls:,} calls for help from "
        f"{day_text(test.first_week)} to {day_text(test.last_week)} in hexes of resolution "
        f"{test.resolution}. Calls lose half their weight in {test.half_life_weeks:g} weeks; "
        f"{test.ring_share:.0%} of a hex's expectation comes from its neighbours. Both were "
        "chosen by this test."
    )


def test_now(view: CityView) -> None:
    """Let a user test the forecast on the calls known now."""
    if not st.button("Test it now", type="primary"):
        return
    with st.status("Testing …", expanded=True) as progress:
        done = frame.attempt(
            lambda: testing.run_backtest(
                view.folder,
                now=wall_clock.now(),
                report=lambda text: progress.update(label=frame.plain_markdown(text)),
            )
        )
        progress.update(label="Tested" if done else "Not tested", state="complete")
    if done:
        frame.forget()
        st.rerun()


if __name__ == "__main__":
    page()
