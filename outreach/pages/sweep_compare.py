"""Two versions of a week side by side: figures, and the stops that differ."""

from collections.abc import Callable

import streamlit as st

from outreach.language.translate import N_
from outreach.maps import week
from outreach.maps.signs import DIFFERENCE_SIGNS
from outreach.maps.week import Surroundings
from outreach.pages import map_view, plan_tables
from outreach.pages.language import _, _n, language
from outreach.pipeline.view import CityView
from outreach.plan import compare
from outreach.plan.document import Plan

CAUSES = {"asked": N_("as asked"), "forced": N_("that could not stay"), "fit": N_("besides")}
WORDS = {kind: words for kind, (*_look, words) in DIFFERENCE_SIGNS.items()}


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
    with st.expander(_("Compare with another version")):
        number = st.selectbox(
            _("Version"),
            numbers,
            index=numbers.index(plan.made_from) if plan.made_from in numbers else None,
            format_func=lambda n: _("Version {number}").format(number=n),
            placeholder=_("Which one"),
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
        st.caption(_("Every stop has the same team and day in both versions."))
        return
    counts = found["difference"].value_counts()
    said = [f"**{counts[kind]}** {_(WORDS[kind]).lower()}" for kind in WORDS if kind in counts]
    head = _n("{number} stop with a difference", "{number} stops with a difference", len(found))
    st.markdown(f"{head}: {', '.join(said)}.")
    if st.toggle(_("Show them on the map"), key=f"map {key} {new.week} {new.number}"):
        spoken = language()
        chart = week.week_surroundings(new, around, title=_("Differences"), language=spoken)
        week.differences_layer(found, spoken).add_to(chart)
        week.differences_legend(spoken).add_to(chart)
        told = _("Map: stops that differ between the versions. The list below says the same.")
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
    parts = [f"**{n}** {_(words)}" for n, words in counts if n or words == CAUSES["fit"]]
    told = _("Stops changed since version {number}: {causes}.")
    later = compare.retimed(old, new)
    if later:
        told = _(
            "Stops changed since version {number}: {causes}; **{later}** at another time by "
            "{minutes} minutes or more."
        )
    return told.format(
        number=old.number,
        causes=", ".join(parts),
        later=later,
        minutes=f"{compare.RETIMED_MIN:g}",
    )
