"""Alerts: neighbourhoods with more calls than usual, and how many alarms chance would give."""

import pandas as pd
import streamlit as st

from outreach.pages import demand_tables, frame, sources
from outreach.pages.language import _, _n, full_day, number
from outreach.pipeline.demand import Demand
from outreach.pipeline.view import CityView

ON_CARDS = ("Need",)  # the reason says the numbers


def page() -> None:
    """Show last week's alarms, what is quiet, and where an alarm could hardly be."""
    view = frame.open_page(
        _("Alerts"),
        _("The last whole week against what each neighbourhood's own weeks lead to expect."),
    )
    if not len(view.imports):
        frame.nothing_yet(
            _("No calls have come in yet."),
            _("Bring some in on the page “What came in” or by: outreach ingest FILE."),
        )
        return
    demand = sources.demand(sources.ask())
    if not (demand.alerts["chance"] > 0).any():
        frame.nothing_yet(
            _(
                "There are no alerts: they take more than {weeks} whole weeks of calls that have "
                "a place."
            ).format(weeks=number(view.city.alerts.min_weeks)),
            _("Bring in older exports on the page “What came in” or by: outreach ingest FILE."),
        )
        return
    alarms(view, demand)
    quiet(demand.alerts)
    small(demand.alerts)


def alarms(view: CityView, demand: Demand) -> None:
    """List the alarms under the number that chance alone would give."""
    rate = view.city.alerts.false_alarm_rate
    table = demand_tables.alarms(demand.alerts, on=True)
    st.markdown(
        _(
            "**{alarms}** in the week from {day}; chance alone would give about **{chance}** at "
            "the set rate ({rate}% a neighbourhood, need and week)."
        ).format(
            alarms=_n("{number} alarm", "{number} alarms", len(table)),
            day=full_day(demand.alerts["week"].max()),
            chance=f"{demand.chance_alarms:.1f}",
            rate=f"{100 * rate:g}",
        )
    )
    if len(table):
        frame.list_of(table, ON_CARDS, key="alarms")
    else:
        st.success(_("No neighbourhood had so many calls last week that there is an alarm."))
    st.caption(
        _(
            "An alarm says that there were more calls than usual, and not why. For fewer alarms "
            "by chance make alerts.false\\_alarm\\_rate in the city folder's city.toml smaller; "
            "then a true rise is seen later."
        )
    )


def quiet(alerts: pd.DataFrame) -> None:
    """List what had no more calls than usual."""
    table = demand_tables.alarms(alerts, on=False)
    st.subheader(_("Quiet"))
    if not len(table):
        st.info(_("Nothing: there is an alarm everywhere."))
        return
    told = _("{n} neighbourhoods and needs without an alarm").format(n=number(len(table)))
    with st.expander(told):
        frame.list_of(table, ON_CARDS, key="quiet")


def small(alerts: pd.DataFrame) -> None:
    """Say where too few calls come in for a rise of half to be seen."""
    st.subheader(_("Too small to see a rise"))
    together = alerts[alerts["need"] == "all"]
    blind = sorted(together.loc[~together["sees_half"], "area"])
    st.markdown(
        _(
            "**{n} of {all}** neighbourhoods have so few calls, all needs together, that a rise "
            "by half would usually raise no alarm. No alarm there does not mean that nothing rose."
        ).format(n=number(len(blind)), all=number(len(together)))
    )
    if blind:
        with st.expander(_("Which they are")):
            st.markdown(frame.plain_markdown("; ".join(blind)))
    table = demand_tables.too_small(alerts).rename(columns=_)
    st.dataframe(table, hide_index=True, width="content")


if __name__ == "__main__":
    page()
