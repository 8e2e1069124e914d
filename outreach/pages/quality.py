"""How good is this? The forecast tested on past weeks, in plain words."""

import streamlit as st

from outreach.demand.backtest import Backtest
from outreach.pages import charts, demand_tables, frame, wall_clock
from outreach.pages.demand_tables import score, share_text
from outreach.pages.language import _, full_day, number
from outreach.pipeline import backtest as testing
from outreach.pipeline.view import CityView
from outreach.roles import viewer


def page() -> None:
    """Show what came of forecasting past weeks, beside plain counting."""
    view = frame.open_page(
        _("How good is this?"),
        _(
            "The forecast of next week's calls, tested on past weeks with only what was known "
            "before."
        ),
    )
    if not len(view.imports):
        frame.nothing_yet(
            _("No calls have come in yet, so there is nothing to test."),
            _("Bring some in on the page “What came in” or by: outreach ingest FILE."),
        )
        return
    test = frame.demand_of_city().backtest
    if test is None:
        frame.nothing_yet(
            _("The forecast has not been tested, so it is not shown."),
            _(
                "A lead can test it on this page, or by: outreach backtest. It takes {weeks} "
                "weeks of calls before the first week tested."
            ).format(weeks=number(view.city.forecast.first_weeks)),
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
        st.warning(_("No forecast is shown, only counts."))
    else:
        st.success(_("The forecast is shown."))
    st.markdown(frame.plain_markdown(test.verdict))


def numbers(test: Backtest) -> None:
    """Show the three numbers that matter, and what they mean."""
    mine = demand_tables.ours(test)
    three = {
        _("Our list"): score(test, mine, "pei"),
        _("Plain counting"): score(test, "trailing_mean", "pei"),
        _("Best that chance allows"): score(test, mine, "ceiling"),
    }
    with st.container(horizontal=True):
        for name, found in three.items():
            value = _("not known") if found is None else f"{found[0]:.1%}"
            st.metric(name, value, width="content", border=True)
    list_of_ours = _(
        "- **Our list** names the {flagged} of {hexes} hexes where most calls are expected. A "
        "perfect list of the same length could be written only after the week. Of the calls that "
        "it would have met, ours met {share}."
    ).format(
        flagged=number(test.flagged),
        hexes=number(test.cells),
        share=share_text(test, mine, "pei"),
    )
    counting = _(
        "- **Plain counting** is a list by the mean of past weeks. It met {share}. A forecast "
        "that does not beat it is not shown."
    ).format(share=share_text(test, "trailing_mean", "pei"))
    best = _(
        "- **Best that chance allows**: calls come partly by chance, so nobody can write the "
        "perfect list beforehand. Even somebody who knew each hex's true rate would have met "
        "{share}."
    ).format(share=share_text(test, mine, "ceiling"))
    st.markdown("\n".join((list_of_ours, counting, best)))
    st.caption(_("In brackets: between which values the true mean lies, 95 times in 100."))


def pictures(test: Backtest) -> None:
    """Draw the means, and the weeks one by one."""
    st.subheader(_("Beside other ways to write the list"))
    means = demand_tables.means_met(test)
    st.altair_chart(charts.means(means), alt=_("Share met by each method, with intervals"))
    st.subheader(_("Week by week"))
    st.altair_chart(
        charts.past_weeks(demand_tables.shares_met(test)), alt=_("Share met in each week tested")
    )
    with st.expander(_("The same under the names used in the literature")):
        st.dataframe(demand_tables.field_scores(test).rename(columns=_), hide_index=True)
        st.caption(
            _(
                "PEI: calls met as a share of what a perfect list of the same length would have "
                "met. Hit rate: calls met as a share of all. PAI: hit rate divided by the list's "
                "share of the area; it depends on the size of hexes, so it stands beside the "
                "others."
            )
        )


def trust(test: Backtest, interval: float) -> None:
    """Say how far intervals hold and how steady the list is."""
    st.subheader(_("Can it be relied on?"))
    mine = demand_tables.ours(test)
    held, same = score(test, mine, "coverage"), score(test, mine, "stability")
    lines = []
    if held is not None:
        lines.append(
            _(
                "- **Ranges.** Of 100 ranges given for the calls of a hex on the list, {held} "
                "held; {promised} were promised."
            ).format(held=f"{100 * held[0]:.0f}", promised=f"{100 * interval:.0f}")
        )
    if same is not None:
        lines.append(
            _(
                "- **Steadiness.** Of 100 hexes on the list, {same} were on it the week before. "
                "Outreach lives on coming back, so a steady list is a good one."
            ).format(same=f"{100 * same[0]:.0f}")
        )
    st.markdown("\n".join(lines) or _("Too few weeks were tested to say."))


def tested_on(test: Backtest) -> None:
    """Say on which calls and weeks it was tested."""
    weeks = test.origins["origin"]
    st.caption(
        _(
            "Tested on {weeks} weeks, those from {first_tested} to {last_tested}, with {calls} "
            "calls for help from {first} to {last} in hexes of resolution {resolution}. Calls "
            "lose half their weight in {half_life} weeks; {ring_share} of a hex's expectation "
            "comes from its neighbours. Both were chosen by this test."
        ).format(
            weeks=number(weeks.nunique()),
            first_tested=full_day(weeks.min()),
            last_tested=full_day(weeks.max()),
            calls=number(test.calls),
            first=full_day(test.first_week),
            last=full_day(test.last_week),
            resolution=test.resolution,
            half_life=f"{test.half_life_weeks:g}",
            ring_share=f"{test.ring_share:.0%}",
        )
    )


def test_now(view: CityView) -> None:
    """Let a user test the forecast on the calls known now."""
    if not st.button(_("Test it now"), type="primary"):
        return
    with st.status(_("Testing …"), expanded=True) as progress:
        done = frame.attempt(
            lambda: testing.run_backtest(
                view.folder,
                now=wall_clock.now(),
                report=lambda text: progress.update(label=frame.plain_markdown(text)),
            )
        )
        told = _("Tested") if done else _("Not tested")
        progress.update(label=told, state="complete")
    if done:
        frame.forget()
        st.rerun()


if __name__ == "__main__":
    page()
