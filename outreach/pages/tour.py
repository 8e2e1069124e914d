"""A short guided tour on the demo city, one thing to try at each step; by role."""

from dataclasses import dataclass

import streamlit as st

from outreach import roles
from outreach.pages import frame
from outreach.pages.contents import PAGES
from outreach.pages.language import _
from outreach.roles import Role

MOST_STEPS = 8


@dataclass(frozen=True)
class Step:
    """One thing to try, and where."""

    page: str
    told: str


def steps(role: Role) -> list[Step]:
    """Return the tour of a role; every step is on a page that it may open."""
    made = {
        "lead": _lead,
        "operator": _lead,
        "caseworker": _caseworker,
        "manager": _manager,
        "police_liaison": _partner,
        "partner": _partner,
        "community": _community,
        "admin": _admin,
    }
    return made[role]()


def page() -> None:
    """Show the tour, or say of a real city that the tour is about the demo."""
    _folder, city = frame.open_without_calls(
        _("A short tour"), _("One thing to try at each step. Each takes a minute.")
    )
    if not city.invented_data:
        frame.nothing_yet(
            _("The tour is about the demo: an invented city in which nothing can go wrong."),
            _("Start it on your own machine with: outreach demo. Here the pages hold real people."),
        )
        return
    viewer = roles.viewer()
    st.caption(_("“See the demo as”, at the side, shows the same city to others."))
    for number, step in enumerate(steps(viewer.role), 1):
        with st.container(key=f"tour-{number}", border=True):
            st.markdown(f"**{number}. {_(PAGES[step.page].title)}**")
            st.markdown(step.told)
            frame.link_to(step.page, _("Try it"))


def _lead() -> list[Step]:
    return [
        Step("week", _("See what waits: overdue follow-ups first, each line with a next step.")),
        Step("due", _("Open “Done, move …” at the first follow-up, and move it by two days.")),
        Step("need", _("Choose “Hot spots”, and read why the first hex is one.")),
        Step("roster", _("Open “Somebody is away” and take one person out for a day.")),
        Step("sweep", _("Choose a stop on the map, pin it, and plan the week again.")),
        Step("sweep", _("Read under “Not visited this week” why somebody is left out; publish.")),
        Step("sheets", _("Print the sheets of one day. They work without a signal.")),
        Step("quality", _("See whether the forecast beats plain counting.")),
    ]


def _caseworker() -> list[Step]:
    return [
        Step("today", _("See the stops of a team, with the reason and the nearest open help.")),
        Step("log", _("Log a visit: whom, what came of it, save.")),
        Step("log", _("Correct what you just saved. The first entry stays in the record.")),
        Step("participants", _("Open somebody and see what binds, before all else.")),
        Step("due", _("Choose your name under “Whose”, and mark one follow-up as done.")),
        Step("directory", _("Look for a shelter that is open now, and note that it still holds.")),
        Step("sheets", _("Get the day's sheet for a phone without a signal.")),
    ]


def _manager() -> list[Step]:
    return [
        Step("summary", _("Read the week: calls by need beside the same weeks a year before.")),
        Step("summary", _("Take “For the meeting” along: one page that prints well.")),
        Step("need", _("Move the slider below the map, and see how weeks differ by themselves.")),
        Step("alerts", _("See the alarms beside how many chance alone would give.")),
        Step("trends", _("See whether visits go where calls come from.")),
        Step("caseload", _("See who carries how many, and where it is too much.")),
        Step("access", _("See where help is far away.")),
        Step("quality", _("See why a forecast is shown or hidden.")),
    ]


def _partner() -> list[Step]:
    return [
        Step("released", _("See what a signed release lets you see, and that it is no more.")),
        Step("refer", _("Ask the team to see somebody. It is no call and ranks nobody higher.")),
        Step("directory", _("Look for a service that is open now.")),
        Step("public", _("See the counts that anybody may see: small ones are hidden.")),
    ]


def _community() -> list[Step]:
    return [
        Step("public", _("See the counts that anybody may see: small ones are hidden.")),
        Step("directory", _("Look for help that is open now.")),
        Step("glossary", _("Look a word up.")),
    ]


def _admin() -> list[Step]:
    return [
        Step("accounts", _("See who may log in, and as what.")),
        Step("audit", _("See who saw or changed what, and when.")),
        Step("directory", _("Look for a place that helps: the page that everybody has.")),
        Step("glossary", _("Look a word up.")),
    ]


if __name__ == "__main__":
    page()
