"""A city's lists from the calls of one source: 311 is a second one, kept apart (duty 29)."""

from dataclasses import replace

from outreach.errors import InputError
from outreach.pipeline.view import CityView, known_calls, listed, with_names
from outreach.roles import needs
from outreach.schemas import SOURCES

# What staff, machines or appointments made asks for nothing (safeguard 1).
ASKING = tuple(
    source for source in SOURCES if source not in ("officer_initiated", "alarm", "scheduled")
)


@needs("counts")
def of_source(view: CityView, source: str) -> CityView:
    """Return a city's data with rates, counts, places and people from calls of one source.

    Weeks count as seen when any source has calls, and what bars a door bars it whatever the
    source. The rest of the city stays as it is. Whoever shows it cuts it by role (``as_seen``).

    Raises   InputError   there is no such source
    """
    if source not in ASKING:
        raise InputError(f"{source!r} is no source; use one of {', '.join(ASKING)}")
    every = known_calls(view.folder, view.city, view.as_of)
    area = next(iter(view.networks.values())).hull if view.networks else None
    found = listed(
        every.filter(every.source == source),
        view.city,
        view.as_of,
        view.resources,
        area,
        latest=every,
        record=every,
    )
    return replace(view, **{**vars(found), "rates": with_names(found.rates, view.folder)})
