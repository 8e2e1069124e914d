"""Plans into what pages show and hand out: plain functions; nothing is drawn here."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from html import escape
from typing import Any

import numpy as np
import pandas as pd

from outreach.language.translate import N_, translator
from outreach.language.words import mode_words, need_words, stop_words
from outreach.maps.elements import each
from outreach.maps.signs import difference_look, sign_html, stop_look
from outreach.maps.week import (
    FIXED_TIME,
    KEPT,
    Near,
    clock,
    nearest_texts,
    planned_stops,
    shift_rows,
)
from outreach.pages import language as reader
from outreach.pages.language import _
from outreach.plan.compare import Figures
from outreach.plan.document import Plan

NOT_SHOWN = N_("Place not shown any more")
DIFFERENCE_CAUSES = {
    "asked": N_("A lead asked for it"),
    "forced": N_("It could not stay: a rule, a task or who goes out has changed"),
    "fit": N_("It came so to fit the rest"),
}
VISITED_OTHERWISE = "visited_otherwise"
# Why a candidate is left out, in a word or two; its sentence says more.
CAUSE_WORDS: Mapping[str, str] = {
    "no_time": N_("No time left"),
    "outweighed": N_("Others meet more need"),
    "window": N_("Hours or days"),
    "skill": N_("Nobody who can go"),
    "cap": N_("Visited often enough"),
    "consent": N_("Wishes or ended listing"),
    "too_far": N_("Too far"),
    VISITED_OTHERWISE: N_("Visited otherwise"),
    "kept_share": N_("Time kept for people known"),
    "forbidden": N_("Taken out by a lead"),
    "unknown_place": N_("Place not known"),
    "unsafe": N_("Not safe at the door"),
}


def itinerary(plan: Plan, resources: pd.DataFrame, language: str = "en") -> pd.DataFrame:
    """Return the stops as people read them, in order of day, team and visit.

    Adds      from, until                                          text for files, as 14:05
              when, place, kind, need, mode, why, help             text
              fixed, kept                                          text, blank where they are not
              sign                                                 the stop's sign as HTML
              nearby                                               list of maps.week.Near
    """
    say = translator(language)
    nearby = nearest_texts(plan, resources, language)
    stops = planned_stops(plan)
    stops["from"] = stops["start_at"].dt.tz_convert(plan.time_zone).dt.strftime("%H:%M")
    return stops.assign(
        sign=[
            sign_html(stop_look(stop.kind, stop.order, stop.colour, fixed=stop.must))
            for stop in each(stops)
        ],
        until=stops["leave_at"].dt.tz_convert(plan.time_zone).dt.strftime("%H:%M"),
        when=[_hours(stop.start_at, stop.leave_at, plan, language) for stop in each(stops)],
        place=stops["label"],
        kind=[stop_words(kind, language) for kind in stops["kind"]],
        need=[need_words(need, language) for need in stops["need"]],
        mode=[mode_words(mode, language) for mode in stops["response_mode"]],
        help=["; ".join(near.text for near in nearby.get(i, [])) for i in stops["candidate_id"]],
        nearby=pd.Series([nearby.get(i, []) for i in stops["candidate_id"]], dtype=object),
        fixed=np.where(stops["must"], say(FIXED_TIME), ""),
        kept=np.where(stops["kept"], say(KEPT), ""),
    )


def _hours(begin: datetime, end: datetime, plan: Plan, language: str) -> str:
    return " – ".join(clock(at, plan.time_zone, language) for at in (begin, end))


STOP_COLUMNS = (
    "day",
    "team",
    "order",
    "from",
    "until",
    "place",
    "kind",
    "fixed",
    "kept",
    "need",
    "mode",
    "members",
    "why",
    "reason",
    "help",
    "lon",
    "lat",
)


def pauses(plan: Plan, shift_id: str) -> dict[int, str]:
    """Return a shift's pauses as text, by the number of the stop they come before."""
    mine = plan.pauses[plan.pauses["shift_id"] == shift_id]
    return {
        int(row.order): _hours(row.start_at, row.end_at, plan, reader.language())
        for row in each(mine)
    }


def shift_html(stops: pd.DataFrame, rests: Mapping[int, str]) -> str:
    """Return one shift's stops as a list for any screen; every text is escaped.

    Needs    what ``itinerary`` adds
    """
    items = []
    for stop in each(stops):
        if stop.order in rests:
            items.append(_pause_html(rests[stop.order]))
        items.append(_stop_html(stop))
    items += [_pause_html(rest) for order, rest in rests.items() if order > len(stops)]
    return f'<ol class="itinerary stops">{"".join(items)}</ol>'


def _stop_html(stop: Any) -> str:
    """Return a stop as one line that opens its details."""
    marks = [word for word in (stop.fixed, stop.kept) if word]
    told = "".join(f' <span class="state limit">{escape(word)}</span>' for word in marks)
    way = _("{minutes} min on the way").format(minutes=round(stop.travel_s / 60))
    return (
        f"<li><details><summary>{stop.sign}"
        f'<span class="when">{escape(stop.when)}</span>'
        f'<span class="where">{escape(stop.place)}</span>'
        f'<span class="quiet">{escape(stop.kind)}, {escape(way)}{told}</span></summary>'
        f"<p>{escape(stop.need)}, {escape(stop.mode)}. {escape(stop.why)}</p>"
        f"{_near_html(stop.nearby)}</details></li>"
    )


def _near_html(nearby: Sequence[Near]) -> str:
    """Return the nearest help as lines that open to why and what to know."""
    lines = [
        f"<details><summary>{escape(near.marked)}</summary><p>{escape(near.reason)}</p></details>"
        for near in nearby
    ]
    head = f'<p class="quiet">{escape(_("Help nearby when this visit ends"))}</p>'
    return f'<div class="near">{head}{"".join(lines)}</div>' if lines else ""


def _pause_html(rest: str) -> str:
    pause = escape(_("Pause"))
    return f'<li class="rest"><span class="when">{escape(rest)}</span><span>{pause}</span></li>'


def left_out(plan: Plan) -> pd.DataFrame:
    """Return the candidates without a visit, each with its reason.

    Those that no rule bars come first, and among them most need. The headings are English; a page
    says them in the reader's language.

    Adds      Place, Why not this week, Cause, Kind, Need, Calls a week, Why listed
              candidate_id, cause, barred
    """
    joined = plan.left_out.merge(plan.candidates, on="candidate_id", validate="1:1")
    barred = joined["barred"].notna()
    joined = joined.assign(bars=barred).sort_values(
        ["bars", "prize"], ascending=[True, False], ignore_index=True
    )
    return pd.DataFrame(
        {
            "Place": joined["label"],
            "Why not this week": joined["why"],
            "Cause": [_(CAUSE_WORDS[cause]) for cause in joined["cause"]],
            "Calls a week": joined["prize"].round(2),
            "Need": [reader.need_label(need) for need in joined["need"]],
            "Kind": [stop_words(kind, reader.language()) for kind in joined["kind"]],
            "Why listed": joined["reason"],
            "candidate_id": joined["candidate_id"],
            "cause": joined["cause"],
            "barred": joined["bars"],
        }
    )


def small_html(table: pd.DataFrame) -> str:
    """Return a few columns as a table that fits a phone; every text is escaped."""
    heads = "".join(f"<th>{escape(str(name))}</th>" for name in table.columns)
    rows = "".join(
        f"<tr>{''.join(f'<td>{escape(str(value))}</td>' for value in row)}</tr>"
        for row in table.itertuples(index=False)
    )
    return f'<table class="figures"><tr>{heads}</tr>{rows}</table>'


def figures_table(old: Plan, new: Plan, before: Figures, after: Figures) -> pd.DataFrame:
    """Return the figures of two versions of a week side by side."""
    rows = {
        _("Calls a week at these stops"): (before.calls_met, after.calls_met, 1),
        _("The same, tasks and wishes counted as calls"): (before.need_met, after.need_met, 1),
        _("Stops"): (before.stops, after.stops, 0),
        _("Not visited"): (before.left_out, after.left_out, 0),
        _("Minutes on the way"): (before.travel_min, after.travel_min, 0),
        _("Hours of work"): (before.work_h, after.work_h, 1),
        _("Walks where calls are few"): (before.exploration_stops, after.exploration_stops, 0),
        _("% of the time for people known"): (
            100 * before.known_share,
            100 * after.known_share,
            0,
        ),
    }
    told = [
        (what, f"{a:,.{digits}f}", f"{b:,.{digits}f}", f"{b - a:+,.{digits}f}")
        for what, (a, b, digits) in rows.items()
    ]
    versions = [_("Version {number}").format(number=plan.number) for plan in (old, new)]
    return pd.DataFrame(told, columns=["", *versions, _("Difference")])


def differences_table(old: Plan, new: Plan, found: pd.DataFrame) -> pd.DataFrame:
    """Return the stops that differ in words, without places that may be shown no more.

    Needs    DIFFERENCES of the two plans as they may be shown
    Adds     candidate_id, difference, label, said; lon, lat (missing where not shown)
    """
    shifts = pd.concat([old.shifts, new.shifts]).drop_duplicates("shift_id", keep="last")
    words = {s.shift_id: f"{reader.day(s.day)}, {s.team}" for s in each(shifts)}
    both = pd.concat([old.candidates, new.candidates])
    hidden = set(both.loc[both["barred"].notna(), "candidate_id"])
    places = both.drop_duplicates("candidate_id", keep="last").set_index("candidate_id")
    said = {
        "new": _("New: {after}"),
        "dropped": _("Was: {before}"),
        "moved": _("From {before} to {after}"),
    }
    rows = []
    for row in each(found):
        before, after = words.get(row.before, ""), words.get(row.after, "")
        told = said[row.difference].format(before=before, after=after)
        if row.candidate_id in hidden:
            point = (_(NOT_SHOWN), float("nan"), float("nan"))
        else:
            place = places.loc[row.candidate_id]
            point = (row.label, place["lon"], place["lat"])
        told = f"{told}. {_(DIFFERENCE_CAUSES[row.cause])}."
        rows.append((row.candidate_id, row.difference, told, *point))
    columns = ["candidate_id", "difference", "said", "label", "lon", "lat"]
    return pd.DataFrame(rows, columns=columns).sort_values(["difference", "label"])


def differences_html(found: pd.DataFrame) -> str:
    """Return the stops that differ as a list; every text is escaped."""
    items = [
        f"<li>{sign_html(difference_look(row.difference))}<div>"
        f'<p class="where">{escape(row.label)}</p><p>{escape(row.said)}</p></div></li>'
        for row in each(found)
    ]
    return f'<ol class="itinerary">{"".join(items)}</ol>'


def shifts_of(plan: Plan, *, day: str | None, team: str | None) -> pd.DataFrame:
    """Return the shifts with stops on a day and of a team; none named means all."""
    shifts = shift_rows(plan, reader.language())
    kept = pd.Series(True, index=shifts.index)
    if day is not None:
        kept &= shifts["day"] == day
    if team is not None:
        kept &= shifts["team"] == team
    return shifts[kept]


@dataclass(frozen=True, eq=False)
class Answer:
    """What came of a question what more hours would bring."""

    week: str
    team: str
    start: datetime  # of the shift that is added, on the city's clocks
    curve: pd.DataFrame  # SCENARIO


def scenario_table(curve: pd.DataFrame) -> pd.DataFrame:
    """Return what more hours would bring, as people read it.

    Needs    SCENARIO
    """
    more = curve["need_met"] - curve["need_met"].iloc[0]
    return pd.DataFrame(
        {
            _("Hours"): [f"{hours:g}" for hours in curve["extra_h"]],
            _("More calls"): [f"{calls:.1f}" for calls in more],
            _("Per hour"): [f"{calls:.2f}" for calls in curve["more_per_h"]],
            _("Stops"): curve["stops"],
            _("On the way, h"): [f"{hours:.1f}" for hours in curve["travel_h"]],
        }
    )


def scenario_words(curve: pd.DataFrame) -> str:
    """Return what a curve says, in a sentence or two.

    Needs    SCENARIO
    """
    base, last = curve.iloc[0], curve.iloc[-1]
    more = float(last["need_met"] - base["need_met"])
    hours = f"{last['extra_h']:g}"
    if more <= 0:
        told = _("The search found no way to meet more need with {hours} more hours.")
        return told.format(hours=hours)
    said = _(
        "{hours} more hours would meet {more} calls a week more than the {base} of the week as it "
        "is, {rate} for each hour added."
    ).format(
        hours=hours,
        more=f"{more:.1f}",
        base=f"{base['need_met']:.1f}",
        rate=f"{last['more_per_h']:.2f}",
    )
    steps = curve["need_met"].diff() / curve["extra_h"].diff()
    best = int(steps.to_numpy()[1:].argmax()) + 1
    since, until = curve["extra_h"].iloc[best - 1], curve["extra_h"].iloc[best]
    told = _("The step from {since} to {until} hours brings most: {rate} an hour.").format(
        since=f"{since:g}", until=f"{until:g}", rate=f"{steps.iloc[best]:.2f}"
    )
    return f"{said} {told}"
