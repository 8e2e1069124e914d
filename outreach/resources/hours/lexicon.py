"""The words that texts about opening hours are made of: a text as tokens, none skipped."""

import html
import re
import unicodedata
from dataclasses import dataclass
from typing import Any

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
DAY_NAMES = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LETTERS = {"m": (0,), "tu": (1,), "t": (1, 3), "w": (2,), "th": (3,), "r": (3,), "f": (4,)}
_LETTERS |= {"sa": (5,), "s": (5, 6), "su": (6,)}
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4, "fifth": 5, "last": -1}


class NotUnderstoodError(Exception):
    """A text, or a part of it, has no one reading; the message says which."""


@dataclass(frozen=True)
class Token:
    """A word or phrase: its kind, what it means, and how it was written."""

    kind: str
    value: Any
    text: str


_APPT = r"(?:appointments?|appts?\b\.?|apt\b\.?)"
_NEEDED = r"(?:only|required|necessary|needed|a must)"
_CALL = r"(?:call|phone|ring|telephone)"
_PHONE = r"(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?: ?(?:ext|x)\.? ?\d+)?"
_TO_US = rf"(?: (?:us|the office|the pantry|{_PHONE}))?"
_KINDS = r"(?:(?:all|major|federal|national|legal|public|state|bank|school|the|observed|us) )*"
_CLOCK = r"\d{1,2}(?:[:.]\d{2})?"
_EACH = r"(?:the|each|every|a|any|per)"

# One phrase a line, tried in this order at each place; the first that fits is taken.
_PHRASES: tuple[tuple[str, object, str], ...] = (
    ("sep", "", r"\s*(?:\n|;|\|)[\s;|]*|<br ?/?>"),
    # what the hours do not say
    ("refuse", "every other week: which weeks is not said", r"every other|alternat\w+|bi-?weekly"),
    ("refuse", "how often, not when", r"(?:once|twice|\w+ times) (?:a|per|each) (?:week|month)"),
    (
        "refuse",
        "the hours vary",
        r"(?:hours|times|days|schedule)? ?(?:may |can |will )?var(?:y|ies)",
    ),
    (
        "refuse",
        "the hours are not told",
        rf"{_CALL}{_TO_US} for (?:\w+ )*(?:hours|times|schedule|info(?:rmation)?)",
    ),
    (
        "refuse",
        "a season without dates",
        r"(?:summer|winter|spring|fall|seasonal) ?(?:hours|only)?",
    ),
    # appointments
    (
        "note",
        "no appointment needed",
        rf"no {_APPT}(?: (?:is|are))?(?: (?:necessary|needed|required))?",
    ),
    (
        "note",
        "appointment preferred",
        rf"{_APPT} (?:is |are )?(?:preferred|encouraged|recommended|suggested)",
    ),
    (
        "also",
        "or by appointment",
        rf"(?:, ?)?(?:or|and|&|also|or also|and also|& also)(?: available)? by {_APPT}(?! only)",
    ),
    (
        "also",
        "other times by appointment",
        rf"(?:all )?other (?:times|days|hours)(?: are| available)? by {_APPT}(?: only)?",
    ),
    (
        "also",
        "or by appointment",
        rf"or (?:please )?{_CALL}{_TO_US} (?:for|to (?:make|schedule|set up))(?: an?)? {_APPT}",
    ),
    (
        "also",
        "emergencies by appointment",
        rf"(?:emergency|emergencies|after hours) by {_APPT}(?: only)?",
    ),
    ("also", "appointments available", rf"{_APPT} (?:are )?(?:also )?available"),
    ("only", "by appointment", rf"(?:by |with )?{_APPT}(?: (?:is|are))? {_NEEDED}"),
    ("only", "by appointment", rf"only by {_APPT}|reservations? (?:only|required)"),
    ("only", "by appointment", rf"must (?:make|have|schedule)(?: an?)? {_APPT}"),
    (
        "only",
        "call ahead",
        rf"(?:please |must |you must )?{_CALL}{_TO_US} (?:ahead|first|in advance|beforehand)"
        r"(?: of time)?(?: (?:only|required|please))?",
    ),
    (
        "only",
        "by appointment",
        rf"(?:please |must |you must )?{_CALL}{_TO_US} "
        rf"(?:(?:for|to (?:make|schedule|set up|arrange|book))(?: an?)? {_APPT}|to schedule)",
    ),
    ("appt", "by appointment", rf"by {_APPT}"),
    ("needed", "as needed", r"as needed|when needed|on demand"),
    # conditions that leave the hours as they are
    (
        "note",
        "walk-ins welcome",
        r"walk[- ]?ins?(?: (?:are )?(?:welcome|welcomed|accepted|available|ok|only))?",
    ),
    ("note", "call to confirm", rf"(?:please )?{_CALL}{_TO_US} to (?:confirm|verify)(?: hours)?"),
    ("phone", "call", rf"(?:{_CALL}|tel|ph)?[.:]? ?{_PHONE}"),
    (
        "note",
        "first come, first served",
        r"first[- ]come,? ?(?:and )?first[- ]serve[d]?(?: basis)?",
    ),
    (
        "note",
        "while supplies last",
        r"(?:or )?(?:while|until|as long as|til|till) (?:supplies|food|supply)"
        r" (?:lasts?|runs? out|(?:is|are) gone)",
    ),
    ("note", "weather permitting", r"weather permitting"),
    ("note", "hours subject to change", r"(?:hours )?(?:are )?subject to change"),
    ("note", "drive-through", r"drive[- ](?:thru|through|up)(?: only)?"),
    ("note", "curbside", r"curbside(?: pick-?up)?(?: only)?"),
    ("note", "bring ID", r"(?:please |must )?bring (?:photo |an? )?(?:id|i\.d\.)"),
    ("note", "ID required", r"(?:photo )?(?:id|i\.d\.) (?:is )?required"),
    ("note", "registration required", r"(?:pre-?)?registration (?:is )?required"),
    # holidays and closings
    (
        "holiday_note",
        "closed on school closures",
        r"(?:and |& |or )?(?:(?:closed|except)(?: on| during| for)? )?school"
        r" (?:closures?|closings?|vacations?|breaks?|holidays?|recess)",
    ),
    (
        "holiday_unsure",
        "closed on some holidays",
        r"(?:closed|except|excluding|not)(?: on| for| during)? (?:most|some|certain)"
        r" (?:\w+ )?holidays?",
    ),
    ("holiday_open", "open on holidays", r"(?:including|open|even)(?: on)? (?:all )?holidays"),
    (
        "holiday",
        "",
        r"(?:closed|except|excluding|excludes|excl\.?|no|not open|not|but not)"
        rf"(?: on| for| during)? {_KINDS}holidays?",
    ),
    ("holiday", "", rf"{_KINDS}holidays?(?: (?:is|are))?:? ?-? ?closed(?= *(?:[.;,)\n]|$))"),
    ("cut", "", r"(?:break for lunch|lunch break|closed (?:for|during|at) lunch|closed lunch)"),
    ("for_lunch", "", r"for (?:lunch|a lunch break|lunch break|dinner)"),
    ("holiday_day", "Jan 1", r"new year'?s(?: day)?(?! eve)"),
    ("holiday_day", "Dec 31", r"new year'?s eve"),
    ("holiday_day", "Nov Th[4]", r"thanksgiving(?: day)?(?! (?:eve|week))"),
    ("holiday_day", "Dec 24", r"christmas eve"),
    ("holiday_day", "Dec 25", r"christmas(?: day)?(?! (?:eve|week))"),
    ("holiday_day", "Jul 4", r"(?:july (?:4th|4)|(?:4th|fourth) of july|independence day)"),
    ("holiday_day", "Sep Mo[1]", r"labor day"),
    ("holiday_day", "May Mo[-1]", r"memorial day"),
    ("holiday_day", "easter", r"easter(?: sunday)?"),
    ("holiday_day", "PH", rf"{_KINDS}holidays?"),
    ("closed", "", r"(?:is |are |we are )?closed(?: on| from| in| during| every| each)?"),
    ("closed", "except", r"(?:except|excluding|but not)(?: on| for| from| in)?"),
    # days
    ("every", "", r"(?:every|each)(?! ?day| (?:other|month|week))"),
    ("monthly", "", rf"(?:(?:of|in|for) {_EACH}|of|{_EACH}|/)? ?(?:month|mo\.)(?:ly)?(?![a-z])"),
    ("weekly", "", r"weekly|(?:every|each|per) week"),
    ("allweek", "", r"24 ?(?:/|x) ?7(?: ?/ ?365)?|24 ?-? ?7(?= *$)"),
    ("wholeday", "", r"(?:open )?24[ -]?(?:hours|hrs|hr|hour)\.?(?: (?:a|per|each) day)?"),
    ("allweek", "", r"always open|24 hours?,? 365 days(?: (?:a|per) year)?"),
    ("wholeday", "", r"all day(?: long)?|around the clock"),
    (
        "days",
        tuple(range(7)),
        r"(?:daily|every ?day|each day|(?:open )?(?:7|seven) days"
        r"(?:(?: a| per| each) week|/ ?week)?"
        r"|(?:open )?365 days (?:a|per) year"
        r"|all week(?: long)?|nightly|(?:every|each) night|(?:7|seven) nights(?: (?:a|per) week)?)"
        r"(?: of the week)?",
    ),
    ("days", (0, 1, 2, 3, 4), r"(?:every |each )?week-?days?|business days"),
    ("days", (5, 6), r"(?:every |each )?week-?ends?"),
    ("ord", "", r"(?:[1-9]\d?) ?(?:st|nd|rd|th)\b|first|second|third|fourth|fifth|last"),
    (
        "day",
        "",
        r"(?:mon|tue|tues|wed|weds|thu|thur|thurs|fri|sat|sun)s?\b\.?|(?:mon|tues|wednes|"
        r"thurs|fri|satur|sun)day'?s?\b",
    ),
    (
        "month",
        "",
        r"(?:january|february|march|april|may|june|july|august|september|october|november|"
        r"december|(?:jan|feb|mar|apr|jun|jul|aug|sept|sep|oct|nov|dec)\b\.?)",
    ),
    ("daypart", "a", r"mornings?"),
    ("daypart", "p", r"afternoons?|evenings?|nights?"),
    ("day", "", r"(?:mo|fr)\b\.?|we(?= ?[-,/&]| \d)"),
    # hours
    ("time", "", r"(?:12(?::00)? ?)?(?:noon|midnight)\b|12 ?n\b"),
    ("time", "", rf"{_CLOCK} ?(?:[ap]\. ?m\.|[ap]\.? ?m(?![a-z]))|{_CLOCK}[ap](?![a-z.])"),
    ("time", "", r"\d{1,2} [ap](?= ?(?:-|to |,|;|&|$))"),
    ("time", "", r"\d{3,4} ?(?:[ap]m(?![a-z])|[ap]\.m\.)|\d{4}(?= ?(?:-|to) ?\d{4}(?!\d))"),
    ("time", "", r"(?<=\d{4}-)\d{4}(?!\d)|(?<=\d{4} - )\d{4}(?!\d)"),
    ("time", "", r"\d{1,2}[:.]\d{2}(?: ?h(?![a-z]))?|\d{1,2}(?![\d:/])"),
    # between
    ("dash", "", r"-+"),
    ("to", "", r"to\b|thru\b|through\b|until\b|untill\b|till\b|'?til\b"),
    ("or", "", r"or\b"),
    ("and", "", r"(?:,? ?and\b|&|\+|plus\b|as well as\b)"),
    ("comma", "", r","),
    ("slash", "", r"/"),
    ("colon", "", r":"),
    ("open_paren", "", r"[(\[]"),
    ("close_paren", "", r"[)\]]"),
    ("stop", "", r"[.!]+"),
    # words that change nothing
    ("meal", "", r"breakfast|brunch|lunch|dinner|supper"),
    ("label", "pantry", r"(?:our |the )?(?:food )?(?:pantry|distribution) hours(?: are)?"),
    ("label", "office", r"office hours(?: are)?"),
    (
        "fill",
        "",
        r"(?:our |the )?(?:library|clinic|shelter|store|regular|normal|business|opening|open|"
        r"current|public|operating)? ?hours(?: of operation)?(?: are)?\b",
    ),
    ("label", "pantry", r"(?:food |pantry |grocery )?distribution|(?:food )?(?:pantry|shelf)"),
    (
        "label",
        "meals",
        r"soup kitchen|(?:community |hot |free )?meals?(?: (?:is|are))?(?: served)?",
    ),
    ("fill", "", r"served"),
    ("fill", "", r"(?:open )?(?:all )?year[- ]?round"),
    (
        "open_word",
        "",
        r"(?:(?:the )?(?:library|clinic|shelter|pantry) )?"
        r"(?:we(?:'re| are) |is |are )?open(?: to the public)?\b",
    ),
    ("between", "", r"between\b"),
    ("only_word", "", r"only\b"),
    ("fill", "", r"(?:on|from|at|the|of|in|is|are|hrs)\b\.?"),
)
_WITHOUT_END = {"sep", "dash", "comma", "colon", "slash", "stop", "time", "ord", "and"}
_WITHOUT_END |= {"open_paren", "close_paren"}
_COMPILED = [
    (kind, value, re.compile(form if kind in _WITHOUT_END else rf"(?:{form})(?![a-z])"))
    for kind, value, form in _PHRASES
]
_CLUSTER = re.compile(r"(?:su|sa|tu|th|[mtwrfs])+(?![a-z])\.?")
_SPACE = re.compile(r"[ \t]+")
_WORD = re.compile(r"[a-z']+|\S")


def _plain(text: str) -> str:
    """Return the text in lower case with one kind of dash, quote, blank and line break."""
    for _ in range(2):
        text = html.unescape(text)
    text = unicodedata.normalize("NFKC", text).lower()
    text = re.sub(r"\\r\\n|\\n|\\r|[\r\n]+|[•·▪●]", "\n", text)
    text = re.sub(r"[‐‑‒–—―−~]", "-", text)
    text = re.sub(r"[‘’`´]", "'", text)
    return re.sub(r"[^\S\n]+", " ", text).strip()


def _one_edit(word: str) -> set[str]:
    """Return what a word may have been before one slip (letter lost, added, changed, swapped)."""
    parts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    letters = "abcdefghijklmnopqrstuvwxyz"
    lost = {a + c + b for a, b in parts for c in letters}
    added = {a + b[1:] for a, b in parts if b}
    changed = {a + c + b[1:] for a, b in parts if b for c in letters}
    return lost | added | changed | {a + b[1] + b[0] + b[2:] for a, b in parts if len(b) > 1}


def _misspelt(word: str) -> Token | None:
    """Return the one day a word of six letters or more is a slip away from."""
    stem = word.rstrip(".").removesuffix("'s")
    found = {
        day
        for form in (stem, stem.removesuffix("s"))
        for day in DAY_NAMES
        if len(form) > 5 and day in _one_edit(form)
    }
    return Token("day", DAY_NAMES.index(found.pop()), word) if len(found) == 1 else None


def _meaning(kind: str, value: object, text: str) -> Token:
    if kind == "day":
        value = next(i for i, day in enumerate(DAY_NAMES) if day.startswith(text[:3].rstrip(".,s")))
    elif kind == "month":
        value = MONTHS.index(text[:3])
    elif kind == "ord":
        number = re.match(r"\d+", text)
        value = int(number[0]) if number else _ORDINALS[text]
    elif kind in ("phone", "meal"):
        return Token(kind, text.strip(), text)
    elif kind == "stop":
        return Token("sep", "", text)
    return Token(kind, value, text)


def _letters(text: str) -> Token:
    found = re.findall(r"su|sa|tu|th|[mtwrfs]", text)
    return Token("letters", tuple(_LETTERS[letter] for letter in found), text)


def tokens(text: str) -> list[Token]:
    """Return the tokens of a text.

    Raises   NotUnderstoodError   a word has no place in texts about opening hours
    """
    plain = _plain(text)
    found: list[Token] = []
    at = 0
    while at < len(plain):
        blank = _SPACE.match(plain, at)
        if blank:
            at = blank.end()
            continue
        token, end = _next(plain, at)
        if token.kind == "refuse":
            raise NotUnderstoodError(f"{token.value} ({token.text!r})")
        found.append(token)
        at = end
    return found


def _next(plain: str, at: int) -> tuple[Token, int]:
    for kind, value, form in _COMPILED:
        match = form.match(plain, at)
        if match and match.end() > at:
            return _meaning(kind, value, match[0].strip()), match.end()
    cluster = _CLUSTER.match(plain, at)
    if cluster:
        return _letters(cluster[0].rstrip(".")), cluster.end()
    word = _WORD.match(plain, at)
    token = _misspelt(word[0]) if word else None
    if word is None or token is None:
        raise NotUnderstoodError(f"not understood: {word[0] if word else plain[at]!r}")
    return token, word.end()
