"""Two versions of a week side by side: figures, and the stops that differ."""

from collections.abc import Callable

import streamlit as st

from outreach.maps import week
from outreach.maps.signs import DIFFERENCE_SIGNS
from outreach.maps.week import Surroundings
from outreach.pages import map_view, plan_tables
from outreach.pages.work_forms import counted
from outreach.pipeline.view import CityView
from outreach.plan import compare
from outreach.plan.document import Plan

CAUSES = {"asked": "as asked", "forced": "that could not stay", "fit": "besides"}
WORDS = {kind: words for kind, (*_, words) in DIFFERENCE_SIGNS.items()}


def show_compare(
    view: CityView, plan: Plan, around: Surroundings, shown: Callable[[Plan], Plan]
) -> None:
    """Let a lead compare a version with another one of its week.

    Needs    shown   turns a stored plan into one as it may be shown
    """
    others = [one for one in view.plans if one.week == plan.week and one.number != plan.number]
    if not others:
        return
    numbers = [one.number for one in others]
    with st.expander("Compare with another version"):
        number = st.selectbox(
            "Version",
            numbers,
            index=numbers.index(plan.made_from) if plan.made_from in numbers else None,
            format_func=lambda n: f"Version {n}",
            placeholder="Which one",
            key=f"compare {plan.week} {plan.number}",
            width=260,
        )
        if number is None:
            return
        old = shown(others[numbers.index(number)])
        figures = plan_tables.figures_table(old, plan, compare.figures(old), compare.figures(plan))
        st.html(plan_tables.small_html(figures))
        show_differences(old, plan, around)


def show_differences(old: Plan, new: Plan, around: Surroundings, *, key: str = "compared") -> None:
    """List the stops that differ, and show them on a map if that is wanted."""
    found = plan_tables.differences_table(old, new, compare.differences(old, new))
    if found.empty:
        st.caption("Every stop has the same team and day in both versions.")
        return
    counts = found["difference"].value_counts()
    said = [f"**{counts[kind]}** {WORDS[kind].lower()}" for kind in WORDS if kind in counts]
    st.markdown(f"{counted(len(found), 'stop')} with a difference: {', '.join(said)}.")
    if st.toggle("Show them on the map", key=f"map {key} {new.week} {new.number}"):
        chart = week.week_surroundings(new, around, title="Differences")
        week.differences_layer(found).add_to(chart)
        week.differences_legend().add_to(chart)
        told = "Map: stops that differ between the versions. The list below says the same."
        map_view.show_map(chart, height=420, told=told)
    st.html(plan_tables.differences_html(found))


def show_changes(
    view: CityView, plan: Plan, around: Surroundings, shown: Callable[[Plan], Plan]
) -> None:
    """Say what planning again changed, asked for or not, with the stops to open."""
    same = (one for one in view.plans if (one.week, one.number) == (plan.week, plan.made_from))
    stored = next(same, None)
    if stored is None:
        return
    old = shown(stored)
    with st.expander(changed_words(old, plan)):
        show_differences(old, plan, around, key="since the version before")


def changed_words(old: Plan, new: Plan) -> str:
    """Return how much planning again changed: asked for, unavoidable, and besides."""
    causes = compare.differences(old, new)["cause"].value_counts()
    counts = [(causes.get(cause, 0), words) for cause, words in CAUSES.items()]
    parts = [f"**{n}** {words}" for n, words in counts if n or words == CAUSES["fit"]]
    said = f"Stops changed since version {old.number}: {', '.join(parts)}"
    if later := compare.retimed(old, new):
        said += f"; **{later}** at another time by {compare.RETIMED_MIN:g} minutes or more"
    return f"{said}."
