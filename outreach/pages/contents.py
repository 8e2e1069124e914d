"""The pages of the app by the part of the work that they serve, and who may open them."""

from collections.abc import Mapping
from dataclasses import dataclass

from outreach.language.translate import N_
from outreach.roles import Permission, Role, Viewer


@dataclass(frozen=True)
class Page:
    """One page: its file's name, its title and section, and what a reader must be allowed."""

    name: str
    title: str
    section: str
    needs: Permission


PAGES: Mapping[str, Page] = {
    page.name: page
    for page in (
        Page("week", N_("This week at a glance"), N_("This week"), "manage"),
        Page("today", N_("Today"), N_("This week"), "points"),
        Page("sweep", N_("This week's sweep"), N_("This week"), "manage"),
        Page("sheets", N_("Day sheets"), N_("This week"), "points"),
        Page("roster", N_("Teams and shifts"), N_("This week"), "manage"),
        Page("due", N_("Follow-ups due"), N_("This week"), "participants"),
        Page("log", N_("Log a visit"), N_("This week"), "record"),
        Page("scenario", N_("What if"), N_("This week"), "manage"),
        Page("participants", N_("Participants"), N_("People"), "participants"),
        Page("review", N_("Same person?"), N_("People"), "manage"),
        Page("caseload", N_("Caseload"), N_("People"), "counts"),
        Page("staff", N_("Staff"), N_("People"), "manage"),
        Page("summary", N_("The week in figures"), N_("Need"), "counts"),
        Page("need", N_("Where need is"), N_("Need"), "counts"),
        Page("trends", N_("Trends"), N_("Need"), "counts"),
        Page("alerts", N_("Alerts"), N_("Need"), "counts"),
        Page("repeat", N_("Repeat places and people"), N_("Need"), "points"),
        Page("directory", N_("Directory"), N_("Help"), "public"),
        Page("proximity", N_("Nearest help"), N_("Help"), "counts"),
        Page("access", N_("Where help is missing"), N_("Help"), "counts"),
        Page("sites", N_("A new site"), N_("Help"), "counts"),
        Page("exports", N_("What leaves the house"), N_("Partners"), "share"),
        Page("released", N_("What we may tell you"), N_("Partners"), "released"),
        Page("refer", N_("Ask us to see somebody"), N_("Partners"), "refer"),
        Page("public", N_("Public figures"), N_("Partners"), "public"),
        Page("incoming", N_("What came in"), N_("Data"), "manage"),
        Page("quality", N_("How good is this?"), N_("Data"), "counts"),
        Page("accounts", N_("Accounts"), N_("Administration"), "accounts"),
        Page("audit", N_("Audit trail"), N_("Administration"), "audit"),
        Page("glossary", N_("Words"), N_("About"), "public"),
        Page("tour", N_("A short tour"), N_("About"), "public"),
    )
}
# Where somebody of a role begins; other pages follow in the order above.
HOME: Mapping[Role, str] = {
    "lead": "week",
    "caseworker": "today",
    "manager": "summary",
    "police_liaison": "released",
    "partner": "released",
    "community": "public",
    "admin": "accounts",
    "operator": "week",
}


def pages_for(viewer: Viewer) -> dict[str, list[Page]]:
    """Return the pages that somebody may open, by section."""
    found: dict[str, list[Page]] = {}
    for page in PAGES.values():
        if viewer.may(page.needs):
            found.setdefault(page.section, []).append(page)
    return found
