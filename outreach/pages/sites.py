"""A new site: where a place of help, a sharps box or a base would shorten most ways."""

from collections.abc import Callable
from typing import TypeVar

import streamlit as st

from outreach.errors import InputError
from outreach.language.translate import N_
from outreach.maps import help as maps
from outreach.maps.elements import Chart
from outreach.maps.style import kind_label
from outreach.pages import frame, help_parts, help_sites_words, map_view, sources
from outreach.pages.language import _, language
from outreach.pipeline import help_sites, help_words
from outreach.pipeline.help_access import Demand
from outreach.pipeline.help_sites import Candidates, SiteChoice, What, Wish
from outreach.pipeline.view import CityView
from outreach.resources.sites import Goal
from outreach.roles import viewer

Picked = TypeVar("Picked")
_WHATS: dict[What, str] = {
    "help": N_("A place of help, or a pop-up"),
    "sharps_box": N_("A sharps box"),
    "base": N_("Another base for teams"),
}
_GOALS: dict[Goal, str] = {
    "p_median": N_("Shortest ways on average"),
    "coverage": N_("Most within the minutes"),
    "p_center": N_("Nobody very far"),
}
_DEMANDS: dict[Demand, str] = {
    "calls": N_("Calls for help"),
    "people": N_("People who live there"),
}


def page() -> None:
    """Let a lead or manager ask where something new would stand best."""
    view = frame.open_page(
        _("A new site"),
        _("Where something new would be near to most need. Nothing here changes a plan."),
    )
    if not help_parts.ready(view):
        return
    with st.container(border=True):
        wish = ask_wish(view)
        by_calls = wish.what != "base" and wish.demand == "calls"
        source = sources.ask() if by_calls else sources.ALL
        candidates = ask_candidates(view, wish)
    if candidates is None:
        return
    view = sources.cut(view, source)
    if sources.none_placed(view, source):
        return
    with st.spinner(_("Looking for the best sites …")):
        found = frame.read(lambda: choice_of(view, wish, candidates, source))
    show(view, found, sources.line(source))


def ask_wish(view: CityView) -> Wish:
    """Ask what is to be placed, for whom, and what the best place is."""
    need, kind = None, None
    demand: Demand = "calls"
    with st.container(horizontal=True, vertical_alignment="bottom"):
        what = picked(_("What"), _WHATS, "site what", width=260)
        if what == "help":
            need = help_parts.ask_need()
            kind = help_parts.ask_kind(view, need)
        mode = help_parts.ask_mode(view, "drive" if what == "base" else "walk")
    with st.container(horizontal=True, vertical_alignment="bottom"):
        count = int(st.number_input(_("How many"), 1, 5, 1, key="site count", width=130))
        goal = picked(_("What is best"), _GOALS, "site goal", width=260)
        minutes = st.number_input(
            _("Minutes that count as near"), 5, 60, 15, step=5, key="site minutes", width=210
        )
        if what != "base" and has_people(view):
            demand = picked(_("Need counted as"), _DEMANDS, "site demand", width=220)
    return Wish(what, need, kind, mode, demand, goal, count, float(minutes))


def picked(label: str, words: dict[Picked, str], key: str, *, width: int) -> Picked:
    """Ask for one of some values by their words."""
    chosen: Picked = st.selectbox(
        label, list(words), format_func=lambda one: _(words[one]), key=key, width=width
    )
    return chosen


def has_people(view: CityView) -> bool:
    """Whether it is known how many people live where."""
    return "population" in view.areas and bool(view.areas["population"].notna().any())


def ask_candidates(view: CityView, wish: Wish) -> Candidates | None:
    """Ask where it could stand; None where what was typed cannot be read."""
    kinds = help_sites.host_kinds(view, wish)
    with st.expander(_("Where it could stand")):
        hosts = st.multiselect(
            _("With which kinds of places"),
            kinds,
            default=[kind for kind in help_sites.HOSTS if kind in kinds],
            format_func=lambda kind: kind_label(kind, language()),
            key=f"site hosts {wish.kind}",
        )
        busiest = int(
            st.number_input(
                _("In how many of the hexes with most need"), 0, 50, 10,
                key="site busiest", width=300,
            )
        )  # fmt: skip
        bases = wish.what != "base" and st.checkbox(_("At the teams' bases"), key="site bases")
        typed = st.text_area(
            _("At these points (latitude, longitude and a name, one a line)"),
            placeholder=_("42.6526, -73.7562, Old fire house"),
            key="site points",
            height=90,
        )
    try:
        points = help_words.named_points(typed)
    except InputError as error:
        st.error(frame.plain_markdown(str(error)))
        return None
    return Candidates(tuple(hosts), busiest, bases, points)


@st.cache_resource(max_entries=20, show_spinner=False)
def _choice(
    folder: str,  # noqa: ARG001
    changed: float,  # noqa: ARG001
    points: bool,  # noqa: ARG001
    source: str,  # noqa: ARG001
    wish: Wish,
    candidates: Candidates,
    _view: CityView,
) -> SiteChoice:
    return help_sites.site_choice(_view, wish, candidates)


def choice_of(view: CityView, wish: Wish, candidates: Candidates, source: str) -> SiteChoice:
    """Return the best sites, worked out once for all who see as much of the city."""
    changed, points = frame.stamp(view.folder), viewer().may("points")
    return _choice(str(view.folder), changed, points, source, wish, candidates, view)


def show(view: CityView, found: SiteChoice, whose: tuple[str, ...]) -> None:
    """Show the answer: a sentence, figures, the map, and every candidate."""
    st.markdown(f"**{frame.plain_markdown(help_words.answer(found, language()))}**")
    with st.container(horizontal=True):
        for label, value, change in help_sites_words.figures(found):
            st.metric(label, value, change, delta_color="off", delta_arrow="off", border=True)
    asked = help_words.wish_words(found.wish, language())
    # The file is made later, where nobody is at the screen: words are said now.
    spoken, unit = language(), unit_words(found.wish)
    said = help_sites_words.in_words(found)

    def draw(title: str = "") -> Chart:
        return maps.site_map(
            found.cells,
            said,
            found.today,
            map_view.ground_of(view),
            unit=unit,
            title=title,
            lines=(asked, *whose),
            invented=view.city.invented_data,
            language=spoken,
        )

    told = _("Map: the sites chosen, and what is there today. The list below has every candidate.")
    map_view.show_map(draw(), place="sites", told=told)
    st.caption(frame.plain_markdown(f"{asked}. {help_sites_words.caution(found)}"))
    offer(draw)
    st.subheader(_("Every place looked at"))
    frame.list_of(help_sites_words.candidates_table(found), ("Chosen",), key="sites")


def unit_words(wish: Wish) -> str:
    """Return what need is counted in."""
    if wish.what == "base":
        return _("listed places and people")
    return _("people") if wish.demand == "people" else _("calls a week")


def offer(draw: Callable[[str], Chart]) -> None:
    """Offer the map as a file."""
    title = _("A new site")
    help_parts.offer_map(lambda: draw(title), "new-site")


if __name__ == "__main__":
    page()
