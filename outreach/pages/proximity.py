"""Nearest help: how far it is from where calls come from, and which areas a place serves."""

import streamlit as st

from outreach.maps import help as maps
from outreach.maps.elements import Chart
from outreach.maps.style import number
from outreach.pages import frame, help_parts, help_tables, map_view, sources
from outreach.pages.language import _, language
from outreach.pipeline import help as helping
from outreach.pipeline import help_words
from outreach.pipeline.help import Proximity
from outreach.pipeline.view import CityView

_METRICS = 3


def page() -> None:
    """Show the minutes to the nearest place that helps, hex by hex."""
    view = frame.open_page(
        _("Nearest help"),
        _("How far it is by street from where calls come from to the nearest place that helps."),
    )
    if not help_parts.ready(view):
        return
    ask = help_parts.ask_for(view)
    times = help_parts.times_of(view, ask.mode)
    source = sources.ask()
    view = sources.cut(view, source)
    if sources.none_placed(view, source):
        return
    found = frame.read(lambda: helping.proximity(view, ask, times))
    if not len(found.places):
        st.info(_("No such place is in the directory. Choose another need or kind."))
        return
    headline(found)
    chosen = one_place(found)
    show(view, found, chosen, sources.line(source))
    far(found)
    st.subheader(_("The places"))
    table = help_tables.places_used(found)
    frame.list_of(table, ("Kind", "Then", "Nearest for"), key="places")


def headline(found: Proximity) -> None:
    """Show the figures of the whole city."""
    with st.container(horizontal=True):
        for share in found.shares[-_METRICS:]:
            label = _("Calls within {minutes} min").format(minutes=number(share.within_min))
            st.metric(label, help_words.percent(share.calls, language()), border=True)
        mean = _("none reached")
        if found.mean_min is not None:
            mean = _("{minutes} min").format(minutes=f"{found.mean_min:.0f}")
        st.metric(_("On average, by calls"), mean, border=True)
    told = help_tables.shares_words(found.shares)
    if found.out_of_reach > 0:
        none = _("From {share} none is reached.")
        told += " " + none.format(share=help_words.percent(found.out_of_reach, language()))
    st.caption(frame.plain_markdown(told))


def one_place(found: Proximity) -> str | None:
    """Ask round which place areas are to be drawn."""
    names = dict(zip(found.places["resource_id"], found.places["name"], strict=True))
    chosen = st.selectbox(
        _("Areas from which one place is reached"),
        sorted(names, key=names.__getitem__),
        index=None,
        format_func=names.__getitem__,
        placeholder=_("Choose a place"),
        key="help place",
        width=460,
    )
    return None if chosen is None else str(chosen)


def show(view: CityView, found: Proximity, chosen: str | None, whose: tuple[str, ...]) -> None:
    """Show the map, say what it means, and offer it as a file."""
    limits = view.city.resources.reach_min
    areas = None if chosen is None else help_parts.reach_of(view, chosen, found.ask.mode)
    # The file is made later, where nobody is at the screen: words are said now.
    spoken, head = language(), _("Nearest help")
    asked = help_words.ask_words(found.ask, view.city.time_zone, spoken)

    def draw(title: str = "") -> Chart:
        return maps.proximity_map(
            found.cells,
            found.places,
            map_view.ground_of(view),
            limits=limits,
            areas=areas,
            title=title,
            lines=(asked, *whose),
            invented=view.city.invented_data,
            language=spoken,
        )

    told = _("Map: minutes to the nearest place that helps. The lists below say the same.")
    map_view.show_map(draw(), place="proximity", told=told)
    if areas is not None:
        told = _("{minutes} min: {area} km²")
        sizes = ", ".join(
            told.format(minutes=number(row.minutes), area=f"{row.area_km2:.1f}")
            for row in areas.itertuples()
        )
        reached = _("The place is reached along the streets from these areas.")
        st.caption(f"{reached} {sizes}.")
    note = help_tables.hours_note(found.places, found.ask, view.city.resources.least_left_min)
    st.caption(frame.plain_markdown(f"{asked}. {note}"))
    help_parts.offer_map(lambda: draw(head), "nearest-help")


def far(found: Proximity) -> None:
    """List the hexes from which much is asked and help is far."""
    st.subheader(_("Much need, and far"))
    st.caption(
        _(
            "Hexes by calls a week times minutes. Calls say where help was asked for; who did not "
            "call is not in them."
        )
    )
    table = help_tables.far_hexes(found)
    if len(table):
        frame.list_of(table, ("Minutes", "Calls a week", "Nearest"), key="far")
    else:
        st.info(_("No calls of this need are known."))


if __name__ == "__main__":
    page()
