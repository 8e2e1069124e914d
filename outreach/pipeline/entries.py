"""What every entry of the teams' work is checked for before it is kept."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from outreach.columns import Table
from outreach.config import load_city
from outreach.errors import WorkError
from outreach.link_schemas import PERSON_LINKS
from outreach.people.consent import local_days
from outreach.people.person_ids import resolve
from outreach.people.releases import asked
from outreach.schemas import LIMITS
from outreach.store import tables
from outreach.store.work import Rows
from outreach.weeks import local_date
from outreach.work_schemas import CONSENTS, PARTICIPANTS


@dataclass(frozen=True)
class Moment:
    """Who makes a change, when, and in which city."""

    folder: Path
    by: str
    now: datetime
    time_zone: str

    @property
    def today(self) -> date:
        """The day on the city's calendar."""
        return local_date(self.now, self.time_zone)


def moment(folder: Path, by: str, now: datetime) -> Moment:
    """Return who makes a change, when, and in which city.

    Raises   WorkError   nobody is named
    """
    if not by.strip():
        raise WorkError("say who enters this; nothing was kept")
    return Moment(folder, by.strip(), now, load_city(folder).time_zone)


def asked_for(rows: Rows, rule: str, at: Moment, on: date) -> set[str]:
    """Return the participants whom a rule of CONSENT_RULES binds on a day, wherever it stands."""
    links, consents = rows.fetch(PERSON_LINKS), rows.fetch(CONSENTS, rule=rule)
    limits = tables.read_table(at.folder / "limits.csv", LIMITS)
    if consents.empty and rule not in set(limits["rule"]):
        return set()
    return asked(
        rule,
        resolve(rows.fetch(PARTICIPANTS), links, "person_id"),
        consents.assign(withdrawn_on=local_days(consents["withdrawn_at"], at.time_zone)),
        resolve(limits, links, "subject"),
        on=on,
    )


def word(value: str | None, among: Collection[str], what: str) -> None:
    """Refuse a word that is not among those allowed; None is no word.

    Raises   WorkError   names the words that are
    """
    if value is not None and value not in among:
        raise WorkError(f"{value!r} is no {what}; use one of {', '.join(among)}; nothing was kept")


def past(at: datetime, now: datetime, what: str) -> None:
    """Refuse what is said to have happened in the future.

    Raises   WorkError   it did
    """
    if at > now:
        raise WorkError(f"{what} cannot lie in the future ({at:%Y-%m-%d %H:%M}); nothing was kept")


def point(lon: float | None, lat: float | None) -> None:
    """Refuse half a point, or one that is nowhere on Earth.

    Raises   WorkError   it is
    """
    if (lon is None) != (lat is None):
        raise WorkError("a point takes longitude and latitude; nothing was kept")
    if lon is not None and lat is not None and not (abs(lon) <= 180 and abs(lat) <= 90):
        raise WorkError(f"{lat}, {lon} is no point on Earth; nothing was kept")


def the_row(rows: Rows, table: Table, key: str) -> dict[str, Any]:
    """Return a row by its id.

    Raises   WorkError   there is none
    """
    found = rows.fetch(table, **{table.key[0]: key})
    if found.empty:
        raise WorkError(f"{table.name} has no {key!r}; nothing was kept")
    return {str(name): value for name, value in found.iloc[0].items()}
