"""The stops of a shift as HTML that reads well on a phone: plain functions, all texts escaped."""

from collections.abc import Mapping
from datetime import date, datetime, time
from html import escape

from outreach.config import Programme
from outreach.language.translate import clock_words
from outreach.language.words import MODES, stop_words
from outreach.maps.week import RING_MARK, Near
from outreach.pages import language as reader
from outreach.pages import work_cards
from outreach.pages.language import _, clock, day, full_day, in_words, need_label
from outreach.pages.work_forms import days_in_words, language
from outreach.pipeline.today import TodayShift
from outreach.pipeline.today_stops import Limit, TodayStop

WALKS = ("cell", "exploration")


def limit_words(limit: Limit) -> str:
    """Return what binds, in a few words."""
    known: Mapping[str, str] = {
        "barred": "{value}",
        "no_police": _("No police"),
        "fixed": _("Fixed time"),
        "with": _("Only with {value}"),
        "from": _("Not before {value}"),
        "until": _("Until {value}"),
        "meet": _("Meet at {value}"),
        "language": _("Speaks {value}"),
        "two": _("{value} trained people"),
        "preferred": _("Best with {value}"),
    }
    value = limit.value
    if limit.kind == "language":
        value = language(value)
    elif limit.kind in ("from", "until"):
        value = _time_words(value)
    return known[limit.kind].format(value=value)


def _time_words(text: str) -> str:
    """Return a time of day, HH:MM, as the reader writes it; any other text stays as it is."""
    try:
        at = datetime.combine(date.min, time.fromisoformat(text))
    except ValueError:
        return text
    return clock_words(at, reader.language())


def mode_words(stop: TodayStop) -> str:
    """Return how the team goes there, and why so, in one sentence."""
    known: Mapping[str, str] = {
        "no_police": _("They asked for no police."),
        "safety": _("Many of the calls there named a safety concern."),
        "task": _("That is what the task asks for."),
        "usual": _("Nothing speaks for an officer."),
    }
    return f"{_(MODES[stop.mode])}. {known[stop.mode_why]}"


def title(stop: TodayStop) -> str:
    """Return whom or what a stop is about: a name where somebody is enrolled."""
    return stop.name or (_("Name not known") if stop.participant_id else stop.place)


def head_line(stop: TodayStop, time_zone: str) -> str:
    """Return a stop as one line of text: when, whom, where."""
    where = f", {stop.place}" if title(stop) != stop.place else ""
    sign = "✓ " if stop.done else ""
    return f"{sign}{clock(stop.start_at, time_zone)} {title(stop)}{where}"


def head_html(stop: TodayStop, time_zone: str, *, large: bool = False) -> str:
    """Return what to know first: when, whom and where if ``large``, what binds."""
    begins, ends = clock(stop.start_at, time_zone), clock(stop.leave_at, time_zone)
    way = _("{minutes} min on the way").format(minutes=max(1, round(stop.travel_s / 60)))
    parts = [f'<p class="when">{escape(f"{begins} – {ends}, {way}")}</p>']
    if large:
        parts.append(f'<p class="whom">{escape(title(stop))}</p>')
    if large and title(stop) != stop.place:
        parts.append(f'<p class="spot">{escape(stop.place)}</p>')
    if stop.limits:
        parts.append(work_cards.limits_html(limit_words(one) for one in stop.limits))
    if stop.done:
        parts.append(f"<p>{work_cards.badge(done_words(stop, time_zone), 'good')}</p>")
    return f'<div class="stop">{"".join(parts)}</div>'


def details_html(stop: TodayStop, time_zone: str) -> str:
    """Return why one goes there and how, the phone, usual places and the nearest help."""
    why = escape(days_in_words(stop.reason))
    parts = [
        f'<p class="quiet">{escape(_kind_line(stop))}</p>',
        f"<p>{escape(mode_words(stop))}</p>",
        _fact(_("Why"), why),
    ]
    if stop.phone:
        parts.append(tap_html(f"tel:{_dialled(stop.phone)}", _("Call {value}"), stop.phone))
    parts += [_usual(stop), _near(stop, time_zone)]
    return f'<div class="stop">{"".join(parts)}</div>'


def _kind_line(stop: TodayStop) -> str:
    kind = stop_words(stop.kind, reader.language())
    return kind if stop.need == "unknown" else f"{kind}. {need_label(stop.need)}"


def done_words(stop: TodayStop, time_zone: str) -> str:
    """Return what was logged for a stop."""
    if stop.done is None:
        return ""
    at = clock(stop.done.at, time_zone)
    what = in_words(stop.done.outcome) if stop.done.outcome else _("Done")
    return f"{at}: {what}"


def _fact(head: str, told: str) -> str:
    return f"<p><strong>{escape(head)}:</strong> {told}</p>"


def _dialled(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit() or sign == "+")


def tap_html(link: str, words: str, value: str) -> str:
    """Return a link that a thumb can hit; ``words`` holds {value}."""
    return (
        f'<p><a class="tap" href="{escape(link, quote=True)}">'
        f"{escape(words.format(value=value))}</a></p>"
    )


def _usual(stop: TodayStop) -> str:
    if not stop.usual:
        return ""
    rows = [
        escape(
            _("{place}, last seen {day}").format(
                place=spot.address or _("A place without an address"), day=day(spot.seen_on)
            )
        )
        for spot in stop.usual
    ]
    items = "".join(f"<li>{row}</li>" for row in rows)
    return f"<p><strong>{escape(_('Usual places'))}</strong></p><ul>{items}</ul>"


def _near(stop: TodayStop, time_zone: str) -> str:
    if not stop.near:
        return ""
    head = _("Nearest help at {time}").format(time=clock(stop.leave_at, time_zone))
    items = "".join(f"<li>{_help(near)}</li>" for near in stop.near)
    note = _("Ring first where {mark} stands.").format(mark=RING_MARK)
    told = f'<p class="quiet">{escape(note)}</p>' if any(n.ring for n in stop.near) else ""
    return f"<p><strong>{escape(head)}</strong></p><ul>{items}</ul>{told}"


def _help(near: Near) -> str:
    return (
        f"<details><summary>{escape(near.marked)}</summary><p>{escape(near.reason)}</p></details>"
    )


def shift_html(shift: TodayShift, time_zone: str) -> str:
    """Return a shift's head: hours, who goes, from where, how many stops are left."""
    left = sum(stop.done is None for stop in shift.stops)
    told = _("{left} of {stops} stops not logged yet").format(left=left, stops=len(shift.stops))
    begins, ends = clock(shift.start_at, time_zone), clock(shift.end_at, time_zone)
    where = _("{day}, {begins} – {ends}, from {base}").format(
        day=full_day(shift.day), begins=begins, ends=ends, base=shift.start_base
    )
    lines = [where, shift.members]
    if shift.taken_out:
        lines.append(
            _("{stops} planned stops may not be shown any more: leave them out.").format(
                stops=shift.taken_out
            )
        )
    rest = "".join(f'<p class="quiet">{escape(line)}</p>' for line in lines)
    return f'<div class="stop"><p class="whom">{escape(told)}</p>{rest}</div>'


def pauses_by_stop(shift: TodayShift) -> dict[int | None, tuple[datetime, datetime]]:
    """Return each pause by the stop it comes before that is not logged yet; None: after all.

    One that comes before a logged stop is over.
    """
    logged = max((stop.order for stop in shift.stops if stop.done), default=0)
    left = [stop.order for stop in shift.stops if stop.done is None]
    return {
        next((order for order in left if order >= before), None): pause
        for before, pause in shift.pauses.items()
        if before > logged
    }


def pause_html(pause: tuple[datetime, datetime], time_zone: str) -> str:
    """Return a pause as one line."""
    begins, ends = (clock(at, time_zone) for at in pause)
    told = _("Pause, {begins} to {ends}").format(begins=begins, ends=ends)
    return f'<p class="pause">{escape(told)}</p>'


def programme_html(card: Programme) -> str:
    """Return how to reach the programme."""
    links = ""
    if card.phone:
        links += tap_html(f"tel:{_dialled(card.phone)}", _("Call {value}"), card.phone)
    if card.email:
        links += tap_html(f"mailto:{card.email}", _("Write to {value}"), card.email)
    none = _("No phone number or e-mail is set; they belong into city.toml, under programme.")
    rest = links or f'<p class="quiet">{escape(none)}</p>'
    return f'<div class="stop programme"><p class="whom">{escape(card.name)}</p>{rest}</div>'
