"""Opening hours in people's words."""

import re

from outreach.resources.hours.emit import OSM_DAYS

_NAMES = dict(zip(OSM_DAYS, ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), strict=True))
_NTH = {"1": "1st", "2": "2nd", "3": "3rd", "4": "4th", "5": "5th", "-1": "last"}
_CALENDAR = {"DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_DAY = r"(Mo|Tu|We|Th|Fr|Sa|Su)"
_PART = re.compile(
    rf'"[^"]*"|{_DAY}\[([-\d,]+)\]|{_DAY}(?![a-z])|\bPH\b|\d\d:\d\d-\d\d:\d\d|'
    r"\b(?:off|closed|open|unknown)\b"
)

_CONDITION = re.compile(r"(?:not certain )?\(((?:by appointment|call ahead|as needed)[^()]*)\)")


def _counted(day: str, numbers: str) -> str:
    told = [_NTH.get(n, f"{n}th") for n in numbers.split(",")]
    return f"{' and '.join(filter(None, [', '.join(told[:-1]), told[-1]]))} {_NAMES[day]}"


def _clock(text: str) -> str:
    return "–".join(part.removeprefix("0") for part in text.split("-"))


def _word(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith('"'):
        return f"({text[1:-1]})"
    if match[1]:
        return _counted(match[1], match[2])
    if match[3]:
        return _NAMES[match[3]]
    if text[0].isdigit():
        return _clock(text)
    return {"PH": "public holidays", "off": "closed", "unknown": "not certain"}.get(text, text)


def _osm_rule(rule: str) -> str:
    if re.fullmatch(r"\S.* off|off", rule.strip()):
        days = _PART.sub(_word, rule.strip().removesuffix("off").strip().removesuffix(":"))
        return f"closed {_range(days)}" if not days.startswith("public") else f"closed on {days}"
    told = _range(_PART.sub(_word, rule.strip())).replace("||", "otherwise")
    told = told.replace(" open (", " (").replace("24/7", "always open")
    told = _CONDITION.sub(r"\1", told)
    told = re.sub(r"(?<=[a-z]):", "", told)
    return re.sub(r"^(?:always open )?(?=by appointment|call ahead)", "", told)


def _range(text: str) -> str:
    """Put dashes between days and between months, and blanks behind commas."""
    text = re.sub(r"(?<=[a-z])-(?=[A-Z])", "–", text)
    return re.sub(r",(?=\S)", ", ", text)


def _calendar_rule(line: str) -> str:
    kind, _, rest = line.partition(":")
    rule, _, times = rest.partition(" ")
    if rule == "PH":
        return "closed on public holidays"
    if "=" not in rule:
        first, last = rule.split("/")
        return f"closed {first}" + (f" to {last}" if last != first else "")
    parts = dict(part.split("=", 1) for part in rule.split(";"))
    step = int(parts.get("INTERVAL", "1"))
    unit = _CALENDAR.get(parts.get("FREQ", ""), "")
    told = [f"every {unit}" if step == 1 else f"every {step} {unit}s"]
    if "BYDAY" in parts:
        days = [re.fullmatch(r"([+-]?\d+)?(\w\w)", d) for d in parts["BYDAY"].split(",")]
        named = [
            f"{_NTH.get(str(int(d[1])), d[1]) + ' ' if d[1] else ''}{_NAMES[d[2].capitalize()]}"
            for d in days
            if d
        ]
        told = [
            *([] if step == 1 and parts["FREQ"] in ("WEEKLY", "MONTHLY") else told),
            ", ".join(named),
        ]
    for name, word in (
        ("BYMONTHDAY", "day of the month"),
        ("BYYEARDAY", "day of the year"),
        ("BYWEEKNO", "week of the year"),
    ):
        if name in parts:
            told.append(f"{word} {parts[name].replace(',', ', ')}")
    for name, word in (("DTSTART", "from"), ("UNTIL", "until"), ("FROM", "from"), ("TO", "until")):
        if name in parts:
            told.append(f"{word} {parts[name]}")
    if parts.get("COUNT") == "1" and "DTSTART" in parts:
        told = [f"on {parts['DTSTART']}"]
    elif "COUNT" in parts:
        told.append(f"{parts['COUNT']} times")
    clock, _, note = times.partition(" ")
    words = ", ".join(dict.fromkeys(told))
    return " ".join(
        filter(
            None,
            ["closed" if kind == "CLOSED" else "", words, _clock(clock) if clock else "", note],
        )
    )


def say(hours: str) -> str:
    """Return a rule in words for screens: "Mon, Wed 9:00–11:00; closed on public holidays"."""
    if hours.startswith("RRULE:"):
        return "; ".join(_calendar_rule(line) for line in hours.split("\n"))
    # a comma between rules stands behind a time or a comment, never inside one
    rules = re.split(r'\s*;\s*|(?:(?<=\d)|(?<=")|(?<=off)|(?<=unknown)),\s+(?=[A-Z])', hours)
    return "; ".join(_osm_rule(rule) for rule in rules if rule)
