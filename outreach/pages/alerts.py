"""Alerts: neighbourhoods with more calls than usual, and how many alarms chance would give."""

import pandas as pd
import streamlit as st

from outreach.pages import demand_tables, frame
from outreach.pipeline.demand import Demand
from outreach.pipeline.view import CityView

ON_CARDS = ("Need",)  # the reason says the numbers


def page() -> None:
    """Show last week's alarms, what is quiet, and where an alarm could hardly be."""
    view = frame.open_page(
        "Alerts", "The last whole week against what each neighbourhood's own weeks lead to expect."
    )
    if not len(view.imports):
        frame.nothing_yet(
            "No calls have come in yet.",
            "Bring some in on the page “What came in” or by: outreach ingest FILE.",
        )
        return
    demand = frame.demand_of_city()
    if not (demand.alerts["chance"] > 0).any():
        frame.nothing_yet(
            f"There are no alerts: they take more than {view.city.alerts.min_weeks} whole weeks "
            "of calls that have a place.",
            "Bring in older exports on the page “What came in” or by: outreach ingest FILE.",
        )
        return
    alarms(view, demand)
    quiet(demand.alerts)
    small(demand.alerts)


def alarms(view: CityView, demand: Demand) -> None:
    """List the alarms under the number that chance alone would give."""
    rate = view.city.alerts.false_alarm_rate
    table = demand_tables.alarms(demand.alerts, on=True)
    week = demand_tables.day_text(demand.alerts["week"].max())
    count = "1 alarm" if len(table) == 1 else f"{len(table)} alarms"
    st.markdown(
        f"**{count}** in the week from {week}; chance alone would give about "
        f"**{demand.chance_alarms:.1f}** at the set rate ({100 * rate:g}% a "
        "neighbourhood, need and week)."
    )
    if len(table):
        frame.list_of(table, ON_CARDS, key="alarms")
    else:
        st.success("No neighbourhood had so many calls last week that there is an alarm.")
    st.caption(
        "An alarm says that there were more calls than usual, and not why. For fewer alarms by "
        "chance make alerts.false\\_alarm\\_rate in the city folder's city.toml smaller; then a "
        "true rise is seen later."
    )


def quiet(alerts: pd.DataFrame) -> None:
    """List what had no more calls than usual."""
    table = demand_tables.alarms(alerts, on=False)
    st.subheader("Quiet")
    if not len(table):
        st.info("Nothing: there is an alarm everywhere.")
        return
    with st.expander(f"{len(table)} neighbourhoods and needs without an alarm"):
        frame.list_of(table, ON_CARDS, key="quiet")


def small(alerts: pd.DataFrame) -> None:
    """Say where too few calls come in for a rise of half to be seen."""
    st.subheader("Too small to see a rise")
    together = alerts[alerts["need"] == "all"]
    blind = sorted(together.loc[~together["sees_half"], "area"])
    st.markdown(
        f"**{len(blind)} of {len(together)}** neighbourhoods have so few calls, all needs "
        "together, that a rise by half would usually raise no alarm. No alarm there does not mean "
        "that nothing rose."
    )
    if blind:
        with st.expander("Which they are"):
            st.markdown(frame.plain_markdown("; ".join(blind)))
    st.dataframe(demand_tables.too_small(alerts), hide_index=True, width="content")


if __name__ == "__main__":
    page()
