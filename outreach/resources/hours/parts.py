"""Parts of texts about opening hours: groups of days, times, months, closings, conditions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from outreach.resources.hours.clock import NOON, stretch
from outreach.resources.hours.days import DayReader
from outreach.resources.hours.emit import WHOLE
from outreach.resources.hours.lexicon import NotUnderstoodError, Token

_BETWEEN = {"comma", "and", "colon", "dash", "slash", "fill", "only_word", "open_word"}

_OWN_READERS = {"time": "_times", "between": "_times", "month": "_months", "daypart": "_daypart"}


@dataclass(frozen=True)
class Part:
    """A piece of a text with a meaning of its own."""

    kind: str  # days, times, months, or the kind of its token
    value: Any = None
    in_brackets: bool = False
    text: str = ""


class _Parts:
    """Turns tokens into parts."""

    def __init__(self, words: list[Token]) -> None:
        self._words = words
        self._days = DayReader(words)
        self._depth = 0
        self._half = ""
        self.found: list[Part] = []

    def _kind(self, at: int) -> str:
        return self._words[at].kind if at < len(self._words) else ""

    def _add(self, kind: str, value: object, text: str) -> None:
        self.found.append(Part(kind, value, self._depth > 0, text))

    def read(self) -> list[Part]:
        at = 0
        while at < len(self._words):
            at = self._step(at)
        if self._depth:
            raise NotUnderstoodError("a bracket is not closed")
        return self.found

    def _step(self, at: int) -> int:
        word = self._words[at]
        if word.kind in {"open_paren", "close_paren"}:
            self._depth += 1 if word.kind == "open_paren" else -1
            if self._depth not in {0, 1}:
                raise NotUnderstoodError("brackets do not match")
            return at + 1
        if word.kind in _OWN_READERS:
            reader: Callable[[int], int] = getattr(self, _OWN_READERS[word.kind])
            return reader(at)
        if word.kind in {"or", "to"}:
            raise NotUnderstoodError(f"{word.text!r} without what goes before or after")
        if self._days.starts(at):
            days, end = self._days.read(at)
            self._add("days", days, " ".join(w.text for w in self._words[at:end]))
            if word.kind == "allweek":
                self._add("times", WHOLE, word.text)
            return end
        if word.kind == "wholeday":
            self._add("times", WHOLE, word.text)
        elif word.kind not in _BETWEEN:
            self._add(word.kind, word.value, word.text)
        return at + 1

    def _times(self, at: int) -> int:
        between = self._kind(at) == "between"
        at += between
        middle = {"dash", "to"} | ({"and"} if between else set())
        if self._kind(at) != "time" or self._kind(at + 1) not in middle:
            told = self._words[min(at, len(self._words) - 1)].text
            raise NotUnderstoodError(f"a time without an end ({told!r})")
        if self._kind(at + 2) != "time":
            raise NotUnderstoodError(f"a time without an end ({self._words[at].text!r})")
        first, last = self._words[at], self._words[at + 2]
        value = self._stretch(first.text, last.text)
        bare = first.text.isdigit() and last.text.isdigit()
        if bare and at and self._kind(at - 1) == "month":
            raise NotUnderstoodError("days of a month, or times?")
        self._add("times", (value,), f"{first.text}-{last.text}")
        return at + 3

    def _daypart(self, at: int) -> int:
        """Take "evenings", of which the times must follow."""
        ahead = at + 1
        while self._kind(ahead) in {"comma", "colon", "dash", "fill", "monthly"}:
            ahead += 1
        if self._kind(ahead) not in {"time", "between"}:
            raise NotUnderstoodError(f"no times for {self._words[at].text!r}")
        self._half = str(self._words[at].value)
        return at + 1

    def _stretch(self, first: str, last: str) -> tuple[int, int]:
        """Return the minutes of a stretch; "evenings" settles what "6-8" leaves open."""
        half, self._half = self._half, ""
        if half and first.replace(":", "").isdigit() and last.replace(":", "").isdigit():
            first, last = (first + "am", last) if half == "a" else (first, last + "pm")
        value = stretch(first, last)
        if (half == "a" and value[0] >= NOON) or (half == "p" and value[0] < NOON - 60):
            raise NotUnderstoodError(f"the times do not fit the part of the day ({first}-{last})")
        return value

    def _months(self, at: int) -> int:
        found: list[int] = []
        while True:
            first = self._words[at].value
            at += 1
            if self._kind(at) in {"dash", "to"} and self._kind(at + 1) == "month":
                last = self._words[at + 1].value
                found += [(first + step) % 12 for step in range((last - first) % 12 + 1)]
                at += 2
            else:
                if at > 1 and self._words[at - 2].text == "from":
                    raise NotUnderstoodError("from a month on: until when is not said")
                found.append(first)
            ahead = at
            while self._kind(ahead) in {"comma", "and", "slash"}:
                ahead += 1
            if self._kind(ahead) != "month":
                break
            at = ahead
        if self._kind(at) == "ord":
            raise NotUnderstoodError("a day of a month")
        self._add("months", tuple(sorted(set(found))), "months")
        return at


def parts_of(words: list[Token]) -> list[Part]:
    """Return the parts of a text's tokens.

    Raises   NotUnderstoodError   a part is not whole
    """
    return _Parts(words).read()
