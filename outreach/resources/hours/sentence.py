"""One sentence about opening hours: each group of days with the times that belong to it."""

import re
from dataclasses import dataclass, field

from outreach.resources.hours.clock import Times
from outreach.resources.hours.emit import ALL, WHOLE, Days, Rule
from outreach.resources.hours.lexicon import NotUnderstoodError
from outreach.resources.hours.parts import Part

_CONDITIONS = {"appt", "only", "needed"}
_NOTES = {"also", "note", "phone", "meal", "holiday_note", "holiday_open"}
_HOURS = {"days", "times"}
_MEAL_TIMES: dict[str, Times] = {  # minutes of the day in which a meal may be had
    "breakfast": (240, 660),
    "brunch": (480, 900),
    "lunch": (600, 930),
    "dinner": (660, 1320),
    "supper": (840, 1320),
}


@dataclass
class _Group:
    """Days and what is said of them; some of it may still be missing."""

    days: Days | None = None
    times: list[Times] = field(default_factory=list)
    months: tuple[int, ...] = ()
    state: str = "open"
    comment: str = ""

    @property
    def done(self) -> bool:
        return self.days is not None and bool(self.times or self.state != "open")

    def rule(self) -> Rule:
        return Rule(self.days or (), tuple(self.times), self.state, self.comment, self.months)


@dataclass
class Sentence:
    """What a sentence says: openings, closings, conditions of all hours, closed holidays."""

    opened: list[Rule]
    offs: list[Rule]
    notes: list[str]
    tails: list[str]
    months: tuple[int, ...]  # said before the days


def _one_list(closing: _Group) -> bool:
    """Whether the days of a closing are clearly one list: "Mon & Wed", not "Tue Wed"."""
    joined = re.search(r"-|&|/|\band\b|\bto\b|\bthr", closing.comment)
    single = len(closing.days or ()) == 1 or " " not in closing.comment.strip()
    return "," not in closing.comment and (single or joined is not None)


def _check_meals(meals: list[str], times: list[Times]) -> None:
    """Raise where the times are not those of a meal, or a meal may be a break instead."""
    for meal in meals if times else []:
        first, last = _MEAL_TIMES[meal]
        if not any(begin < last and first < end for begin, end in times):
            raise NotUnderstoodError(f"the times do not fit {meal}")
    starts, ends = {begin for begin, _ in times}, {end for _, end in times}
    if meals and any(begin in ends and end in starts for begin, end in times):
        raise NotUnderstoodError(f"is {meals[0]} a meal or a break?")


class _SentenceReader:
    def __init__(self, parts: list[Part]) -> None:
        self._parts = parts
        kinds = [part.kind for part in parts if part.kind in {*_HOURS, "closed", "cut"}]
        self._times_first = kinds[:1] == ["times"] and "days" in kinds
        self._groups: list[_Group] = []
        self._offs: list[Rule] = []
        self._notes: list[str] = []
        self._meals: list[str] = []
        self._tails: list[str] = []
        self._months: tuple[int, ...] = ()
        self._leading = ""
        self._leading_firm = False  # "only" was said
        self._closing: _Group | None = None  # "closed" was said, of what is still to come
        self._closed_said = False
        self._except_said = False  # in place of "closed"
        self._in_brackets = False  # where "closed" was said
        self._excepting = False
        self._monthly = False  # said ahead of the days
        self._cutting = False  # "break for lunch" was said

    def read(self) -> Sentence:
        for at, part in enumerate(self._parts):
            self._take(at, part)
        self._flush()
        if self._cutting or self._excepting:
            raise NotUnderstoodError("a break or an exception is not told whole")
        if self._monthly and not all(nth for g in self._groups for _, nth in g.days or ()):
            raise NotUnderstoodError("how often in a month is said, but not which")
        for group in self._groups:
            if self._leading:
                if group.state != "open" or not (self._leading_firm or len(self._groups) == 1):
                    raise NotUnderstoodError("what the appointment is for is not clear")
                group.state, group.comment = "unknown", self._leading
            if group.days is None and group.times == list(WHOLE):
                group.days = ALL
            if group.days is None:
                raise NotUnderstoodError("no days are given")
            if not group.done:
                raise NotUnderstoodError("days are given without times")
        if not self._groups:
            self._notes += self._meals
        _check_meals(self._meals, [times for group in self._groups for times in group.times])
        for group in self._groups:
            group.comment = "; ".join(filter(None, [group.comment, *dict.fromkeys(self._meals)]))
        opened = [group.rule() for group in self._groups]
        return Sentence(opened, self._offs, self._notes, self._tails, self._months)

    def _later(self, at: int) -> set[str]:
        return {part.kind for part in self._parts[at + 1 :]}

    def _take(self, at: int, part: Part) -> None:
        if self._in_brackets and not part.in_brackets:
            self._flush()
            self._in_brackets = False
        if part.kind == "days":
            self._take_days(part)
        elif part.kind == "times":
            self._take_times(part)
        elif part.kind == "months":
            self._take_months(at, part.value)
        elif part.kind in _CONDITIONS:
            self._take_condition(at, part)
        elif part.kind in _NOTES:
            self._take_note(at, part)
        elif part.kind == "closed":
            self._take_closed(part)
        elif part.kind == "cut":
            self._cutting = True
        elif part.kind.startswith("holiday"):
            self._take_holiday(part)
        else:
            self._take_word(part)

    def _take_days(self, part: Part) -> None:
        days: Days = part.value
        last = self._groups[-1] if self._groups else None
        if self._excepting:
            if "," in part.text:
                raise NotUnderstoodError("except on which days is not clear")
            self._offs.append(Rule(days, (), "off"))
            self._excepting = False
            return
        if self._closing is not None and self._closing.days is None and not self._closing.months:
            self._closing.days = days
            self._closing.comment = part.text
            return
        self._flush()
        if self._times_first:
            if last is None or last.days is not None:
                raise NotUnderstoodError(f"no times for {part.text!r}")
            last.days = days
        elif last is not None and not last.done:
            if last.days == ALL:
                last.days = days  # "Daily, Monday to Friday"
                return
            # "First Tuesday of the month: Tuesday 9-11" says the day twice
            if {day for day, _ in last.days or ()} != {day for day, _ in days} or len(days) > 1:
                raise NotUnderstoodError(f"no times before {part.text!r}")
            if any(nth for _, nth in days) or not all(nth for _, nth in last.days or ()):
                raise NotUnderstoodError(f"no times before {part.text!r}")
        else:
            self._groups.append(_Group(days, months=self._months))
        self._closed_said = False

    def _take_times(self, part: Part) -> None:
        times: list[Times] = list(part.value)
        if self._cutting:
            self._cut(times)
            self._cutting = False
        elif self._closing is not None:
            if self._closing.days is None:
                self._cut(times)
            elif self._except_said:
                raise NotUnderstoodError("open or closed at the times of the exception?")
            elif not _one_list(self._closing) or self._closing.months:
                raise NotUnderstoodError("closed on which days, and at which times, is not clear")
            else:
                self._offs.append(Rule(self._closing.days, tuple(times), "off"))
            self._closing = None
        elif self._groups and not (self._times_first and self._groups[-1].days is not None):
            self._groups[-1].times += times
        elif self._times_first or times == list(WHOLE):
            self._groups.append(_Group(None, times, self._months))
        else:
            raise NotUnderstoodError(f"no days for {part.text!r}")

    def _cut(self, times: list[Times]) -> None:
        if len(self._groups) != 1 or self._groups[0].days is None:
            raise NotUnderstoodError("on which days the break is, is not clear")
        group = self._groups[0]
        self._offs.append(Rule(group.days or (), tuple(times), "off", months=group.months))

    def _take_months(self, at: int, months: tuple[int, ...]) -> None:
        last = self._groups[-1] if self._groups else None
        if self._excepting:
            self._offs.append(Rule((), (), "off", months=months))
            self._excepting = False
        elif self._closing is not None and not self._closing.months:
            self._closing.months = months
        elif last is None:
            if self._months:
                raise NotUnderstoodError("months are given twice")
            self._months = months
        elif last.months or (last.done and (len(self._groups) > 1 or _HOURS & self._later(at))):
            raise NotUnderstoodError("which hours the months are said of is not clear")
        else:
            last.months = months

    def _take_condition(self, at: int, part: Part) -> None:
        last = self._groups[-1] if self._groups else None
        if last is None:
            if part.kind == "needed" or self._leading:
                raise NotUnderstoodError(f"{part.text!r}: of which days is not said")
            self._leading = part.value
            self._leading_firm = part.kind == "only"
            return
        follows = bool(_HOURS & self._later(at))
        first_in_brackets = part.in_brackets and len(self._groups) == 1
        alone = not last.done or (
            len(last.times) == 1
            and len(self._groups) == 1
            and (first_in_brackets or not follows or (self._times_first and last.days is None))
        )
        if last.state == "unknown" and last.comment == part.value:
            return
        if not alone or last.state != "open" or (part.kind == "needed" and last.done):
            raise NotUnderstoodError(f"{part.text!r}: of which hours is not clear")
        last.state, last.comment = "unknown", part.value

    def _take_note(self, at: int, part: Part) -> None:
        later = self._parts[at + 1 :]
        if part.kind == "also" and _HOURS & self._later(at):
            raise NotUnderstoodError(f"{part.text!r}: of which hours is not clear")
        if part.kind == "note" and self._groups and _HOURS & self._later(at):
            following = later[0].kind if later else ""
            if following == "times" or not part.in_brackets:
                raise NotUnderstoodError(f"{part.text!r}: of which hours is not clear")
        if part.kind == "note" and later and later[0].kind == "times":
            raise NotUnderstoodError(f"{part.text!r}: of which hours is not clear")
        into = self._meals if part.kind == "meal" else self._notes
        into.append(str(part.value).replace('"', ""))

    def _take_closed(self, part: Part) -> None:
        self._flush()
        self._closed_said = True
        self._except_said = part.value == "except"
        self._in_brackets = part.in_brackets
        last = self._groups[-1] if self._groups else None
        if last is not None and last.days is not None and not last.done and part.value == "except":
            self._excepting = True  # "daily except Sunday 9-5": the times are still to come
        elif last is not None and not last.done and last.days is not None:
            self._closing = self._groups.pop()
            self._closing.comment = ""
        else:
            self._closing = _Group()

    def _take_holiday(self, part: Part) -> None:
        if part.kind == "holiday_day":
            if not self._closed_said:
                raise NotUnderstoodError(f"{part.text!r}: open or closed is not said")
            if self._closing is not None and self._closing.days is None:
                self._closing = None
            self._excepting = False
            self._tails.append(f"{part.value} off")
        elif part.kind == "holiday_unsure":
            self._tails.append(f'PH unknown "{part.value}"')
        else:
            self._closed_said = True
            self._tails.append("PH off")

    def _take_word(self, part: Part) -> None:
        counted = [bool(nth) for group in self._groups for _, nth in group.days or ()]
        if part.kind == "monthly" and not self._groups:
            self._monthly = True
        elif part.kind == "monthly" and not all(counted):
            raise NotUnderstoodError("how often in a month is said, but not which")
        if part.kind == "weekly" and any(counted):
            raise NotUnderstoodError("every week, or counted in the month?")
        if part.kind not in {"monthly", "weekly", "for_lunch"}:
            raise NotUnderstoodError(f"not understood: {part.text!r}")

    def _flush(self) -> None:
        """Put down a closing of whole days."""
        closing, self._closing = self._closing, None
        if closing is None:
            return
        if closing.days is None and not closing.months:
            raise NotUnderstoodError("closed when is not said")
        self._offs.append(Rule(closing.days or (), (), "off", months=closing.months))


def sentence_of(parts: list[Part]) -> Sentence:
    """Return what the parts of one sentence say.

    Raises   NotUnderstoodError   a part has no place, or could belong to more than one other
    """
    return _SentenceReader(parts).read()
