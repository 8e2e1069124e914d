"""The manager's sheet for a meeting: one page of figures that prints well.

Hexes, neighbourhoods and counts; no names, no addresses, no points (safeguard 7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import jinja2
import pandas as pd

from outreach.config import City
from outreach.language.translate import translator
from outreach.reports.charts import Picture
from outreach.reports.sections import headline


@dataclass(frozen=True, eq=False)
class Block:
    """One part of the sheet, in the reader's language: a table, sentences, or both."""

    title: str
    table: pd.DataFrame | None = None  # of texts, as it is read
    lines: tuple[str, ...] = ()
    note: str = ""
    picture: Picture | None = None


def meeting_sheet(
    city: City, blocks: Sequence[Block], *, as_of: str, week: str, language: str = "en"
) -> str:
    """Return the sheet as one HTML page without scripts or links to anything outside.

    Every text is escaped. The same blocks give the same text.

    Needs    as_of    until when calls are known, local, as people read it
             week     the week ahead, 2026-W48
    """
    _ = translator(language)
    page = _templates().get_template("meeting.html")
    return page.render(
        language=language,
        title=_("The week in figures"),
        city=city.name,
        programme=city.programme,
        about=_("For the meeting ahead of {week}, from calls known by {as_of}.").format(
            week=week, as_of=as_of
        ),
        invented=_("All data on this sheet are invented.") if city.invented_data else "",
        blocks=list(blocks),
        small_print=_(
            "For managers, not for publication: small numbers are shown as they are. Numbers go "
            "up and down from week to week by chance alone, and nothing here says why one differs "
            "from another. Rows begun by officers or staff are never counted as calls for help."
        ),
    )


def weeks_picture(weekly: pd.DataFrame, calendar: pd.DataFrame) -> Picture | None:
    """Return the line of calls by week; None where no week is whole.

    Needs    WEEKLY, CALENDAR
    """
    found = headline(weekly, calendar)
    return None if found is None else found.picture


def _templates() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
