"""The stops of shifts as calendar events (iCalendar, RFC 5545)."""

import hashlib
from collections.abc import Sequence

from icalendar import Calendar, Event

from outreach.language.translate import translator
from outreach.reports.day_sheet import Sheet, SheetStop


def calendar(sheets: Sequence[Sheet]) -> bytes:
    """Return one event a stop; times are UTC, so they are right on either side of a clock change.

    An event keeps its id when the week is planned again, so a calendar moves it and does not
    show it twice. No participant is named, not even by a pseudonym: phones copy calendars.
    """
    made = Calendar()
    made.add("prodid", "-//outreach//day sheets//EN")
    made.add("version", "2.0")
    made.add("method", "PUBLISH")
    for sheet in sheets:
        for stop in sheet.stops:
            made.add_component(_event(sheet, stop))
    return bytes(made.to_ical())


def _event(sheet: Sheet, stop: SheetStop) -> Event:
    _ = translator(sheet.language)
    title = _("Stop {number}, {team}").format(number=stop.order, team=sheet.team)
    if sheet.draft:
        title = f"{_('DRAFT – not published')}: {title}"
    told = [*stop.marks, *stop.limits, stop.mode]
    made = Event()
    made.add("uid", _uid(sheet, stop))
    made.add("dtstamp", sheet.made_at)
    made.add("dtstart", stop.start_at)
    made.add("dtend", stop.leave_at)
    made.add("sequence", sheet.number)
    made.add("summary", title)
    made.add("location", stop.place)
    made.add("description", "\n".join(told))
    made.add("geo", (round(stop.point[1], 5), round(stop.point[0], 5)))
    made.add("class", "CONFIDENTIAL")
    made.add("status", "TENTATIVE" if sheet.draft else "CONFIRMED")
    return made


def _uid(sheet: Sheet, stop: SheetStop) -> str:
    """Return the same id for the same visit of a week in every version of its plan."""
    text = "\x1f".join((sheet.city, sheet.week, stop.candidate_id))
    return f"{hashlib.sha256(text.encode()).hexdigest()[:32]}@outreach"
