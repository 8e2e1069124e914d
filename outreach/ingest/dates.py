"""Dates and times as exports write them: one explicit order a column, never a guess by value.

An order says what the parts of a date mean; a value that does not fit it is not readable, even
where another order would fit. Wall-clock times become UTC in the export's time zone.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from outreach.ingest.mapping import Clock, DateOrder
from outreach.ingest.texts import arrow

WRITTEN_ORDERS: tuple[DateOrder, ...] = ("ymd", "mdy", "dmy")
DIGIT_ORDERS: tuple[DateOrder, ...] = ("yyyymmdd", "epoch_s", "epoch_ms", "excel")

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_ZONES = {"Z": 0, "UTC": 0, "GMT": 0, "EST": -300, "EDT": -240, "CST": -360, "CDT": -300,
          "MST": -420, "MDT": -360, "PST": -480, "PDT": -420}  # fmt: skip
_CLOCK = (
    r"(?P<hour>\d{1,2})(?:[:.h]?(?P<minute>\d{2})(?:[:.]?(?P<second>\d{2})(?:[.,:]\d{1,9})?)?)?"
    r"\s*(?P<half>[AaPp])?\.?(?:[Mm]\.?)?\s*"
)
_ZONE = r"(?P<zone>[Zz]|UTC|GMT|[ECMP][SD]T|(?:[+-]\d{2}(?::?\d{2})?))?"
_WRITTEN = (
    r"^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|MON|TUE|WED|THU|FRI|SAT|SUN)[A-Za-z]*\.?,?\s+)?"
    r"(?P<one>\d{1,4}|[A-Za-z]{3,9})\.?[-/., ]+(?P<two>\d{1,2}|[A-Za-z]{3,9})\.?[-/., ]+"
    r"(?P<three>\d{1,4})(?:[T ,:]+(?:at )?" + _CLOCK + _ZONE + ")?$"
)
_COMPACT = r"^(?P<one>\d{4})(?P<two>\d{2})(?P<three>\d{2})(?:[T ]?" + _CLOCK + _ZONE + ")?$"
_POSITIONS = {"ymd": (0, 1, 2), "yyyymmdd": (0, 1, 2), "mdy": (2, 0, 1), "dmy": (2, 1, 0)}
_EXCEL_ZERO = np.datetime64("1899-12-30", "us")
_DAY_US = 86_400_000_000

Ints = npt.NDArray[np.int64]
Stamps = npt.NDArray[np.datetime64]


def _numbers(texts: pa.Array) -> Ints:
    """Return whole numbers of texts, -1 where there is none."""
    digits = pc.if_else(pc.match_substring_regex(texts, r"^\d{1,9}$"), texts, None)
    return np.asarray(pc.fill_null(pc.cast(digits, pa.int64()), -1))


def _months(texts: pa.Array) -> Ints:
    named = pc.index_in(pc.utf8_upper(pc.utf8_slice_codeunits(texts, 0, 3)), pa.array(_MONTHS))
    index = np.asarray(pc.fill_null(pc.cast(named, pa.int64()), -1))
    return np.where(index >= 0, index + 1, _numbers(texts))


def _trimmed(column: pd.Series) -> pa.Array:
    return pc.utf8_trim_whitespace(arrow(column))


def _day_stamps(year: Ints, month: Ints, day: Ints) -> tuple[Stamps, npt.NDArray[np.bool_]]:
    """Return midnights, and which of them are days of the calendar."""
    year = np.where((year >= 0) & (year < 70), year + 2000, year)
    year = np.where((year >= 70) & (year < 100), year + 1900, year)
    ok = (year >= 1000) & (month >= 1) & (month <= 12) & (day >= 1)
    months = (np.where(ok, year, 1970) - 1970).astype("M8[Y]").astype("M8[M]")
    months = months + np.where(ok, month - 1, 0).astype("m8[M]")
    last = ((months + np.timedelta64(1, "M")).astype("M8[D]") - months.astype("M8[D]")).astype(int)
    ok &= day <= last
    days = months.astype("M8[D]") + np.where(ok, day - 1, 0).astype("m8[D]")
    return days.astype("M8[us]"), ok


def _clock_us(parts: dict[str, pa.Array]) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return microseconds since midnight (-1: no time given), and which are times of a clock."""
    hour, minute, second = (_numbers(parts[p]) for p in ("hour", "minute", "second"))
    half = np.asarray(pc.utf8_upper(parts["half"]).to_numpy(zero_copy_only=False))
    given = hour >= 0
    twelve = half != ""
    ok = ~given | ((hour <= 23) & (minute <= 59) & (second <= 59))
    ok &= ~twelve | ((hour >= 1) & (hour <= 12))
    midnight = (hour == 24) & (minute <= 0) & (second <= 0) & ~twelve  # the end of the day
    hour = np.where(twelve, hour % 12 + np.where(half == "P", 12, 0), hour)
    total = (hour * 3600 + np.maximum(minute, 0) * 60 + np.maximum(second, 0)) * 1_000_000
    return np.where(given, total, -1), ok | midnight


def _offset_us(zones: pa.Array) -> Ints:
    """Return the offset from UTC told in the text, in microseconds; the least number if none."""
    encoded = pc.dictionary_encode(zones)
    known: list[int | None] = []
    for text in encoded.dictionary.to_pylist():
        upper = text.upper()
        if upper in _ZONES:
            known.append(_ZONES[upper])
        elif text:
            digits = text[1:].replace(":", "").ljust(4, "0")
            sign = -1 if text[0] == "-" else 1
            known.append(sign * (int(digits[:2]) * 60 + int(digits[2:])))
        else:
            known.append(None)
    none = np.iinfo(np.int64).min
    table = np.array([none if k is None else k * 60_000_000 for k in known], np.int64)
    offsets: Ints = table[np.asarray(encoded.indices)]
    return offsets


def _parts(texts: pa.Array, pattern: str) -> tuple[dict[str, pa.Array], npt.NDArray[np.bool_]]:
    found = pc.extract_regex(texts, pattern)
    names = [field.name for field in found.type]
    fields = {name: pc.fill_null(pc.struct_field(found, name), "") for name in names}
    return fields, np.asarray(pc.is_valid(found))


class Moments:
    """Parsed texts: wall-clock (or UTC) stamps with what each text said about itself."""

    def __init__(self, stamps: Stamps, ok: Any, has_time: Any, offset_us: Ints) -> None:
        self.stamps = stamps  # datetime64[us], as written
        self.ok = np.asarray(ok, bool)
        self.has_time = np.asarray(has_time, bool)
        self.offset_us = offset_us  # from UTC; the least number where the text does not say

    def wall(self) -> pd.Series:
        """Return the stamps, missing where not readable."""
        return pd.Series(np.where(self.ok, self.stamps, np.datetime64("NaT")), dtype="M8[us]")


def _written(texts: pa.Array, order: DateOrder) -> Moments:
    if order == "yyyymmdd":
        parts, ok = _parts(texts, _COMPACT)
    else:
        # 03APR2018 and "Tue Apr 03 12:33:00 EDT 2018" are brought to the usual shape first.
        texts = pc.replace_substring_regex(texts, r"^(\d{1,2})([A-Za-z]{3})(\d{2})", r"\1 \2 \3")
        texts = pc.replace_substring_regex(
            texts,
            r"^[A-Za-z]{3} ([A-Za-z]{3} +\d{1,2}) (\d{2}:\d{2}:\d{2}) ?([A-Z]{3})? (\d{4})$",
            r"\1 \4 \2 \3",
        )
        parts, ok = _parts(pc.utf8_trim_whitespace(texts), _WRITTEN)
    three = [parts["one"], parts["two"], parts["three"]]
    year, month, day = (three[p] for p in _POSITIONS[order])
    ok &= np.asarray(pc.match_substring_regex(year, r"^(?:\d{4}|\d{2})$"))
    if order == "ymd":
        ok &= np.asarray(pc.equal(pc.utf8_length(year), 4))
    stamps, real = _day_stamps(_numbers(year), _months(month), _numbers(day))
    clock, sane = _clock_us(parts)
    stamps = stamps + np.maximum(clock, 0).astype("m8[us]")
    return Moments(stamps, ok & real & sane, clock >= 0, _offset_us(parts["zone"]))


def _counted(texts: pa.Array, order: DateOrder) -> Moments:
    """Read seconds or milliseconds since 1970 (UTC), or Excel's days since 1899 (wall clock)."""
    pattern = r"^\d{4,6}(?:\.\d+)?$" if order == "excel" else r"^\d{8,14}(?:\.\d+)?$"
    fits = pc.match_substring_regex(texts, pattern)
    number = np.asarray(pc.fill_null(pc.cast(pc.if_else(fits, texts, None), pa.float64()), 0.0))
    unit = {"excel": _DAY_US, "epoch_s": 1_000_000, "epoch_ms": 1_000}[order]
    delta = np.round(number * unit / 1_000_000).astype(np.int64) * 1_000_000
    zero = _EXCEL_ZERO if order == "excel" else np.datetime64(0, "us")
    offset = np.full(len(number), np.iinfo(np.int64).min if order == "excel" else 0, np.int64)
    has_time = delta % _DAY_US != 0 if order == "excel" else np.ones(len(number), bool)
    return Moments(zero + delta.astype("m8[us]"), np.asarray(fits), has_time, offset)


def read_dates(texts: pd.Series, order: DateOrder) -> Moments:
    """Read every text by one order; what does not fit is marked, not tried otherwise."""
    array = _trimmed(texts)
    return _written(array, order) if order in _POSITIONS else _counted(array, order)


def read_clock(texts: pd.Series, kind: Clock) -> tuple[Ints, npt.NDArray[np.bool_]]:
    """Return microseconds since midnight (-1 where blank), and which texts could be read."""
    array = _trimmed(texts)
    blank = np.asarray(pc.equal(array, ""))
    if kind in ("fraction", "hour"):
        fits = pc.match_substring_regex(array, r"^\d{0,2}(?:\.\d+)?$")
        fits = pc.and_(fits, pc.match_substring_regex(array, r"\d"))
        number = np.asarray(pc.fill_null(pc.cast(pc.if_else(fits, array, None), pa.float64()), -1))
        limit, unit = (1, 86_400) if kind == "fraction" else (24, 3600)
        ok = (number >= 0) & (number < limit)
        clock = np.round(number * unit).astype(np.int64) * 1_000_000
    else:
        if kind == "hhmm":
            array = pc.utf8_lpad(pc.replace_substring_regex(array, r"\.0$", ""), 4, "0")
        # Some systems write a clock time as a moment of a day that means nothing.
        array = pc.replace_substring_regex(array, r"^\d{1,4}[-/]\d{1,2}[-/]\d{1,4}[T ]+", "")
        parts, ok = _parts(array, "^" + _CLOCK + "$")
        clock, sane = _clock_us(parts)
        ok &= sane
    return np.where(ok & ~blank, clock, -1), ok | blank


def to_utc(moments: Moments, time_zone: str) -> pd.Series:
    """Return UTC instants: by the offset in the text, else by the zone's wall clock.

    An hour that the clocks show twice is its first time; one they skip is moved forward.
    """
    wall: Any = moments.wall()
    told = moments.offset_us != np.iinfo(np.int64).min
    utc: Any = pd.Series(pd.NaT, index=wall.index, dtype="datetime64[us, UTC]")
    if told.any():
        shift = np.where(told, moments.offset_us, 0).astype("m8[us]")
        utc = utc.mask(told, (wall - shift).dt.tz_localize("UTC"))
    if not told.all():
        first = np.ones(len(wall), bool)
        local = wall.mask(told).dt.tz_localize(
            time_zone, ambiguous=first, nonexistent=pd.Timedelta(hours=1)
        )
        utc = utc.mask(~told, local.dt.tz_convert("UTC"))
    instants: pd.Series = utc.dt.as_unit("us")
    return instants


def received_times(
    texts: pd.Series,
    clock_texts: pd.Series | None,
    *,
    order: DateOrder,
    clock: Clock,
    time_zone: str,
    no_time_at: str = "",
) -> pd.DataFrame:
    """Return when calls were received.

    Needs    texts          of the date or date-time column; clock_texts of a separate time column
             no_time_at     a time such as 00:00 that the export writes for "not known", or ""
    Adds     received_at    UTC, missing where not readable; date_only  bool, then local midnight
             blank          bool, the date is not given
    """
    moments = read_dates(texts, order)
    blank = np.asarray(pc.equal(_trimmed(texts), ""))
    if clock_texts is not None:
        since, ok = read_clock(clock_texts, clock)
        days = moments.stamps.astype("M8[D]").astype("M8[us]")
        moments.stamps = days + np.maximum(since, 0).astype("m8[us]")
        moments.ok &= ok
        moments.has_time = since >= 0
    if no_time_at.endswith("Z"):  # a date written as an instant: its UTC day is what was meant
        moments.offset_us = np.full(len(texts), np.iinfo(np.int64).min)
    utc = to_utc(moments, time_zone)
    wall = utc.dt.tz_convert(time_zone).dt.tz_localize(None)
    date_only = ~moments.has_time
    if no_time_at:
        date_only |= (wall.dt.strftime("%H:%M:%S") == f"{no_time_at.rstrip('Z')}:00").to_numpy()
    if date_only.any():
        day = Moments(
            wall.dt.normalize().to_numpy().astype("M8[us]"),
            wall.notna(),
            date_only,
            np.full(len(wall), np.iinfo(np.int64).min),
        )
        utc = utc.mask(date_only, to_utc(day, time_zone))
    frame = pd.DataFrame({"received_at": utc, "date_only": date_only, "blank": blank})
    return frame.set_axis(texts.index)


def shares(
    texts: pd.Series, orders: Sequence[DateOrder], *, since: int = 1990
) -> dict[DateOrder, float]:
    """Return which share of the given texts each order reads as a day since a year."""
    given = texts[texts.str.strip() != ""]
    if given.empty:
        return dict.fromkeys(orders, 0.0)
    low, high = np.datetime64(f"{since}-01-01", "us"), np.datetime64("2045-01-01", "us")
    found: dict[DateOrder, float] = {}
    for order in orders:
        read = read_dates(given, order)
        found[order] = float((read.ok & (read.stamps >= low) & (read.stamps < high)).mean())
    return found


def choose_order(
    texts: pd.Series, *, digits: bool, since: int = 1990
) -> tuple[DateOrder | None, float, bool]:
    """Choose the one order of a column: (order, share of texts it reads, whether it is certain).

    Month-first and day-first are told apart by the whole sample: a day above 12 decides. Where
    none occurs, the order in which neighbouring rows lie closer together wins.
    """
    orders = (*WRITTEN_ORDERS, *(DIGIT_ORDERS if digits else ("yyyymmdd",)))
    found = shares(texts, orders, since=since)
    best = max(found, key=lambda order: found[order])
    if found[best] == 0:
        return None, 0.0, False
    if not {best} <= {"mdy", "dmy"} or found["mdy"] != found["dmy"]:
        return best, found[best], True
    given = texts[texts.str.strip() != ""]
    steps = {}
    for order in ("mdy", "dmy"):
        days = read_dates(given, order).stamps.astype("M8[D]").astype(np.int64)
        steps[order] = float(np.abs(np.diff(days)).mean()) if len(days) > 1 else 0.0
    certain = bool((texts.str.contains("[A-Za-z]{3}", regex=True)).all())
    return ("dmy" if steps["dmy"] < steps["mdy"] else "mdy"), found[best], certain
