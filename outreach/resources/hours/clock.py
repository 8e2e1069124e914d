"""Stretches of the clock as people write them: "9-11:30am", "10 - 3", "noon to 4".

Minutes of the day; an end past midnight is above 1440. Where am or pm is missing:

- one side has it: the other takes the same where that makes a stretch ("1-3 PM" 13:00-15:00,
  "9-11:30am"), else the other half ("10:00-2:00pm" 10:00-14:00, "9-12pm" 9:00-12:00)
- neither has it: only where exactly one reading is an ordinary day's, starting from 6:00 and
  before 20:00, ending by 23:00, under twelve hours ("10-3", "9-5", "1-3"; not "6-8" or "8-8")
- hours above 12, or written with a leading zero, are of the 24-hour clock
"""

import re

from outreach.resources.hours.lexicon import NotUnderstoodError

DAY = 1440
NOON = 720
_CLOCK = re.compile(r"(\d{1,2})(?:[:.](\d{2}))? ?(?:([ap])|h)?", re.IGNORECASE)
Times = tuple[int, int]


def _parts(text: str) -> tuple[int, int, str, bool]:
    """Return hour, minute, half of the day ("a", "p", "" not said, "=" fixed), 24-hour clock."""
    if "noon" in text or re.fullmatch(r"12 ?n", text):
        return 12, 0, "=", False
    if "midnight" in text:
        return 0, 0, "=", False
    packed = re.fullmatch(r"(\d{1,2})(\d{2})( ?[ap].*)?", text)
    if packed and len(packed[1] + packed[2]) >= 3:
        text = f"{packed[1]}:{packed[2]}{packed[3] or ''}"
    match = _CLOCK.match(text)
    if match is None:
        raise NotUnderstoodError(f"no time of day: {text!r}")
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    whole = not half and (hour > 12 or match[1].startswith("0"))
    if minute > 59 or hour > 24 or (half and not 1 <= hour <= 12) or (hour == 24 and minute):
        raise NotUnderstoodError(f"no time of day: {text!r}")
    return hour, minute, half, whole


def _minutes(hour: int, minute: int, half: str) -> int:
    if half == "=":
        return hour * 60 + minute
    return (hour % 12 + (12 if half == "p" else 0)) * 60 + minute


def _overnight(start: int, end: int, told: str) -> Times:
    """Return a stretch whose two ends are certain, past midnight where the end is earlier."""
    low, high = sorted((start, end % DAY))
    if low == 0 and 360 < high < 1080 and "midnight" not in told:
        raise NotUnderstoodError(f"12am is midnight; is noon meant? ({told})")
    if start == end and start != 0:
        raise NotUnderstoodError(f"it ends when it begins ({told})")
    if end == 0 or (start == 0 and end == DAY - 1):
        end = DAY
    if end <= start:
        end += DAY
        if start < NOON - 120 or end - start > 16 * 60:
            raise NotUnderstoodError(f"it ends before it begins ({told})")
    return start, end


def _bare(first: tuple[int, int], last: tuple[int, int], told: str) -> Times:
    fits = [
        (start, end)
        for start in (_minutes(*first, half) for half in "ap")
        for end in (_minutes(*last, half) for half in "ap")
        if 360 <= start < 1200 and start < end <= 1380 and end - start < NOON
    ]
    if len(fits) != 1:
        raise NotUnderstoodError(f"morning or evening is not said ({told})")
    return fits[0]


def stretch(first: str, last: str) -> Times:
    """Return the minutes of a stretch such as "9" to "11:30am".

    Raises   NotUnderstoodError   no time of day, or more than one reading
    """
    told = f"{first}-{last}"
    h1, m1, half1, whole1 = _parts(first)
    h2, m2, half2, whole2 = _parts(last)
    if (whole1 or whole2) and not (half1 in ("a", "p") or half2 in ("a", "p")):
        start, end = h1 * 60 + m1, h2 * 60 + m2
        if start < 300 and end > start and (end < NOON or first in "1234"):
            raise NotUnderstoodError(f"morning or afternoon is not said ({told})")
        if end < start < 900:
            raise NotUnderstoodError(f"it ends before it begins ({told})")
        return _overnight(start, end % DAY if end == DAY else end, told)
    if (whole1 and h1 > 12) or (whole2 and h2 > 12):
        raise NotUnderstoodError(f"two kinds of clock ({told})")
    if not half1 and not half2:
        return _bare((h1, m1), (h2, m2), told)
    if half1 and half2:
        return _overnight(_minutes(h1, m1, half1), _minutes(h2, m2, half2), told)
    if half2:
        return _start_from((h1, m1), _minutes(h2, m2, half2), half2, told)
    return _end_from(_minutes(h1, m1, half1), (h2, m2), half1, told)


def _start_from(first: tuple[int, int], end: int, half: str, told: str) -> Times:
    """Read "9-11:30am", "10-2pm", "10-noon"."""
    if end == 0:
        raise NotUnderstoodError(f"morning or evening is not said ({told})")
    if half == "=":
        half = "a"
    for tried in (half, "a" if half == "p" else "p"):
        start = _minutes(*first, tried)
        if start < end:
            if end == NOON and start < 420:
                raise NotUnderstoodError(f"noon or midnight is not clear ({told})")
            if tried == half == "p" and start >= 1200:
                raise NotUnderstoodError(f"morning or evening is not said ({told})")
            return _overnight(start, end, told)
    # 10-6am: the evening before
    return _overnight(_minutes(*first, "p"), end, told)


def _end_from(start: int, last: tuple[int, int], half: str, told: str) -> Times:
    """Read "9am-3", "5pm-8", "noon-4", "10pm-6"."""
    if half == "=":
        half = "p" if start else "a"
    same, other = _minutes(*last, half), _minutes(*last, "a" if half == "p" else "p")
    if last[0] == 12:
        same, other = (NOON + last[1], NOON + last[1]) if half == "a" else (DAY, DAY)
    end = same if same > start else other
    return _overnight(start, end % DAY, told)
