"""Rules of opening hours as OSM opening_hours text, after a look for contradictions."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

from outreach.resources.hours.clock import DAY
from outreach.resources.hours.lexicon import MONTHS, NotUnderstoodError

OSM_DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
WHOLE = ((0, DAY),)
Days = tuple[tuple[int, int], ...]  # weekday (0 is Monday) and which of the month (0: each)

ALL: Days = tuple((day, 0) for day in range(7))


@dataclass(frozen=True)
class Rule:
    """Days, and the times of each; or a closing where ``state`` is "off"."""

    days: Days
    times: tuple[tuple[int, int], ...]
    state: str = "open"  # open, unknown, off
    comment: str = ""
    months: tuple[int, ...] = ()  # of those months only (0 is January); (): all year


def runs(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the stretches of consecutive numbers."""
    found: list[tuple[int, int]] = []
    for number in sorted(numbers):
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return found


def _named(numbers: Iterable[int], names: tuple[str, ...]) -> str:
    return ",".join(
        names[a] if a == b else f"{names[a]}{',' if b == a + 1 else '-'}{names[b]}"
        for a, b in runs(numbers)
    )


def _months(months: tuple[int, ...]) -> str:
    names = tuple(m.capitalize() for m in MONTHS)
    stretches = runs(months)
    if len(stretches) > 1 and stretches[0][0] == 0 and stretches[-1][1] == 11:
        # over the turn of the year
        across = f"{names[stretches[-1][0]]}-{names[stretches[0][1]]}"
        inside = [n for a, b in stretches[1:-1] for n in range(a, b + 1)]
        return ",".join(filter(None, [_named(inside, names), across]))
    return _named(months, names)


def _days(days: Days) -> str:
    plain = {day for day, nth in days if nth == 0}
    parts = [_named(plain, OSM_DAYS)] if plain else []
    for day in range(7):
        counted = [str(nth) for d, nth in days if d == day and nth]
        if counted and day not in plain:
            parts.append(f"{OSM_DAYS[day]}[{','.join(counted)}]")
    return ",".join(parts)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"


def _text(rule: Rule) -> str:
    # without the colon "Feb,Sep Fr[1]" is February, and a day of September
    months = _months(rule.months) and f"{_months(rule.months)}:"
    times = ",".join(
        f"{_clock(a)}-{_clock(b if b <= DAY else b - DAY)}" for a, b in sorted(rule.times)
    )
    days = _days(rule.days) or ("" if months or times else "24/7")
    if rule.days == ALL and rule.times == WHOLE and not months:
        days, times = "24/7", ""
    # a comment alone may mean "unknown" to others that read OSM
    state = "" if rule.state == "open" and not rule.comment else rule.state
    comment = f'"{rule.comment}"' if rule.comment else ""
    if not days and not times:
        months = months.removesuffix(":")
    return " ".join(part for part in (months, days, times, state, comment) if part)


def _nth_meet(a: int, b: int) -> bool:
    """Whether the a-th and the b-th weekday of a month may be one day."""
    return a == b or 0 in (a, b) or (-1 in (a, b) and {4, 5} & {a, b} != set())


def _share_a_day(a: Rule, b: Rule) -> bool:
    if a.months and b.months and not set(a.months) & set(b.months):
        return False
    pairs = ((x, y) for x in a.days or ALL for y in b.days or ALL)
    return any(x[0] == y[0] and _nth_meet(x[1], y[1]) for x, y in pairs)


def _overlap(a: Rule, b: Rule) -> bool:
    ours, theirs = (rule.times or WHOLE for rule in (a, b))
    return any(x[0] < y[1] and y[0] < x[1] for x in ours for y in theirs)


def _checked(opened: list[Rule], offs: list[Rule]) -> None:
    """Raise where two statements about one day contradict each other."""
    for i, rule in enumerate(opened):
        times = sorted(rule.times)
        if any(b[0] < a[1] for a, b in pairwise(times)):
            raise NotUnderstoodError("two of the times overlap")
        for other in opened[:i]:
            if _share_a_day(rule, other) and _overlap(rule, other):
                raise NotUnderstoodError("two statements about the same day differ")
    for off in offs:
        touched = [rule for rule in opened if _share_a_day(rule, off)]
        days = [day for day in off.days if off.times]
        if not all(
            any(
                _share_a_day(rule, replace(off, days=(day,))) and _overlap(rule, off)
                for rule in touched
            )
            for day in days
        ):
            raise NotUnderstoodError("it says closed when it is not open anyway")
        for rule in touched:
            gone = {d for d, n in off.days if n == 0} if not off.times and not off.months else set()
            if gone and {d for d, _ in rule.days or ALL} <= gone:
                raise NotUnderstoodError("it says both open and closed on the same day")


def osm_text(opened: list[Rule], offs: list[Rule], tail: list[str]) -> str:
    """Return one text for rules that add to each other, then closings, then ``tail``.

    ``A, B`` adds hours in OSM, ``A; B`` replaces those of a whole day: only closings, which
    have the last word, are set behind ``;``.

    Raises   NotUnderstoodError   the rules contradict each other
    """
    unique = list(dict.fromkeys(opened))
    _checked(unique, offs)
    nights = any(end > DAY for rule in unique for _, end in rule.times)
    if nights and (tail or any(not off.times for off in offs)):
        # OSM closes the day from midnight to midnight, not the night that begins on it
        raise NotUnderstoodError("hours past midnight, and days that are closed")
    needed = [
        off
        for off in dict.fromkeys(offs)
        if off.months or any(_share_a_day(off, rule) for rule in unique)
    ]
    parts = [", ".join(_text(rule) for rule in unique)]
    return "; ".join([*parts, *(_text(off) for off in needed), *tail])
