"""Groups of days in English: "1st & 3rd Thursday of the month", "M, W, F", "Mon thru Fri"."""

from itertools import pairwise, product

from outreach.resources.hours.emit import Days
from outreach.resources.hours.lexicon import NotUnderstoodError, Token

_STARTS = {"day", "letters", "days", "ord", "every", "allweek"}
_JOINS = {"comma", "and", "slash", "fill"}


class DayReader:
    """Reads groups of days; it knows all tokens, since "T" beside "Th" is Tuesday."""

    def __init__(self, tokens: list[Token]) -> None:
        """Look for letters that another day in the text makes clear."""
        self._tokens = tokens
        sure = {t.value for t in tokens if t.kind == "day"}
        sure |= {
            days[0] for t in tokens if t.kind == "letters" for days in t.value if len(days) == 1
        }
        self._sure = sure

    def starts(self, at: int) -> bool:
        """Whether a group of days begins at a token."""
        kind = self._kind(at)
        return kind in _STARTS or (kind == "monthly" and self._ord_near(at + 1))

    def _ord_near(self, at: int) -> bool:
        while self._kind(at) in {"fill", "colon", "comma", "every"}:
            at += 1
        return self._kind(at) == "ord"

    def _kind(self, at: int) -> str:
        return self._tokens[at].kind if at < len(self._tokens) else ""

    def read(self, at: int) -> tuple[Days, int]:
        """Return the days of the group that begins at a token, and where it ends."""
        found: list[tuple[int, int]] = []
        plain: list[tuple[int, ...]] = []  # each a choice of weekdays
        counted = False  # the last day carried "1st", and "of the month" has not closed it
        monthly = self._kind(at) == "monthly"
        at += monthly
        while True:
            every, at = self._every(at, monthly=monthly)
            if self._kind(at) == "ord":
                some, at = self._counted(at, every=every and not monthly)
                found += some
                counted = True
            elif self._kind(at) == "days" and self._narrowed(at):
                at += 1 + (self._kind(at + 1) == "comma")
                continue
            elif self._kind(at) in {"days", "allweek"}:
                value = self._tokens[at].value
                found += [(day, 0) for day in (value or range(7))]
                at += 1
            else:
                some_plain, at = self._plain(at)
                if counted and not every:
                    some, at = self._after_counted(found, some_plain, at)
                    found += some
                else:
                    some, at = self._in_brackets(some_plain, at)
                    found += some
                    plain += [] if some else some_plain
            if self._kind(at) == "monthly":
                if not counted and not every:
                    raise NotUnderstoodError("how often in a month is said, but not which")
                counted, at = False, at + 1
            if self._kind(at) == "only_word":
                at += 1
            onward = self._onward(at)
            if onward is None:
                break
            at = onward
        found += [(day, 0) for day in self._chosen(plain)]
        if len(set(found)) != len(found):
            raise NotUnderstoodError("a day is named twice")
        return tuple(sorted(found)), at

    def _narrowed(self, at: int) -> bool:
        """Whether "daily" is followed by the days that are meant: "daily Monday to Friday"."""
        follows = self._kind(at + 1 + (self._kind(at + 1) == "comma"))
        return self._tokens[at].text == "daily" and follows in {"day", "letters"}

    def _every(self, at: int, *, monthly: bool) -> tuple[bool, int]:
        found = False
        passed = {"fill", "every", "colon", "comma"} if monthly else {"fill", "every"}
        while self._kind(at) in passed:
            found |= self._kind(at) == "every"
            at += 1
        return found, at

    def _onward(self, at: int) -> int | None:
        """Return where the next day of the list is; none where the list ends."""
        if self._kind(at) == "or" and self._kind(at + 1) in _STARTS:
            raise NotUnderstoodError('"or" between days')
        next_at = at
        while self._kind(next_at) in _JOINS:
            next_at += 1
        return next_at if self._kind(next_at) in _STARTS - {"allweek"} else None

    def _counted(self, at: int, *, every: bool) -> tuple[list[tuple[int, int]], int]:
        """Read "1st, 2nd & 3rd Thursday"."""
        first = at
        numbers = [self._tokens[at].value]
        at += 1
        while True:
            ahead = at
            while self._kind(ahead) in {"comma", "and", "slash", "fill", "dash", "to", "every"}:
                ahead += 1
            if self._kind(at) == "or":
                raise NotUnderstoodError('"or" between days')
            if self._kind(ahead) != "ord":
                break
            if self._kind(at) in {"dash", "to"}:
                numbers += list(range(numbers[-1] + 1, self._tokens[ahead].value))
            numbers.append(self._tokens[ahead].value)
            at = ahead + 1
        while self._kind(at) == "fill":
            at += 1
        told = " ".join(t.text for t in self._tokens[first : at + 1])
        days, at = self._plain(at) if self._kind(at) in {"day", "letters"} else ([], at)
        if len(days) != 1 or len(days[0]) != 1:
            raise NotUnderstoodError(f"which weekday is not said ({told!r})")
        counts = [int(n) for n in numbers]
        if not all(n == -1 or 1 <= n <= 5 for n in counts):
            raise NotUnderstoodError(f"no week of a month ({told!r})")
        if every and counts != [1] and len(counts) == 1 and self._kind(at) != "monthly":
            raise NotUnderstoodError(f"of the month, or every so many weeks? ({told!r})")
        return [(days[0][0], n) for n in counts], at

    def _after_counted(
        self, found: list[tuple[int, int]], days: list[tuple[int, ...]], at: int
    ) -> tuple[list[tuple[int, int]], int]:
        """Read the Thursday of "1st and 3rd Tuesday and Thursday of the month"."""
        counts = [n for day, n in found if day == found[-1][0]]
        if self._kind(at) != "monthly" or any(len(d) != 1 for d in days):
            raise NotUnderstoodError("every week, or counted like the day before it?")
        return [(d[0], n) for d in days for n in counts], at

    def _in_brackets(
        self, days: list[tuple[int, ...]], at: int
    ) -> tuple[list[tuple[int, int]], int]:
        """Read what is in brackets of "Saturday (2nd & 4th of the month)"; nothing if no number."""
        ahead = at + 1
        while self._kind(ahead) == "fill":
            ahead += 1
        if self._kind(at) != "open_paren" or self._kind(ahead) != "ord":
            return [], at
        counts = []
        while self._kind(ahead) in {"ord", "comma", "and", "slash", "fill"}:
            if self._kind(ahead) == "ord":
                counts.append(self._tokens[ahead].value)
            ahead += 1
        ahead += self._kind(ahead) == "monthly"
        ahead += self._kind(ahead) == "only_word"
        if self._kind(ahead) != "close_paren" or not all(n == -1 or 1 <= n <= 5 for n in counts):
            raise NotUnderstoodError("what is in brackets behind a day")
        return [(self._sole(days), n) for n in counts], ahead + 1

    def _plain(self, at: int) -> tuple[list[tuple[int, ...]], int]:
        """Read one day, a range of days, or letters such as "MWF"."""
        days, at = self._one(at)
        if self._kind(at) not in {"dash", "to"} or self._kind(at + 1) not in {"day", "letters"}:
            return days, at
        last, end = self._one(at + 1)
        if self._kind(end) == "dash" and self._kind(end + 1) in {"day", "letters"}:
            days += last  # "M-W-F" is no range
            while self._kind(end) == "dash" and self._kind(end + 1) in {"day", "letters"}:
                more, end = self._one(end + 1)
                days = days + more
            return days, end
        first = [self._sole(days), self._sole(last)]
        if first[0] == first[1]:
            raise NotUnderstoodError("a range of days from a day to itself")
        span = (first[1] - first[0]) % 7
        return [((first[0] + step) % 7,) for step in range(span + 1)], end

    def _one(self, at: int) -> tuple[list[tuple[int, ...]], int]:
        if at >= len(self._tokens):
            raise NotUnderstoodError("a day is missing at the end")
        token = self._tokens[at]
        if token.kind == "day":
            return [(token.value,)], at + 1
        if token.kind == "letters":
            return [self._clear(days) for days in token.value], at + 1
        raise NotUnderstoodError(f"a day is missing before {token.text!r}")

    def _clear(self, days: tuple[int, ...]) -> tuple[int, ...]:
        """Return Tuesday for "T" beside "Th", Saturday for "S" beside "Su"."""
        left = tuple(day for day in days if day not in self._sure)
        if len(days) == 2 and left in ((1,), (5,)):
            return left
        return days

    @staticmethod
    def _sole(days: list[tuple[int, ...]]) -> int:
        if len(days) != 1 or len(days[0]) != 1:
            raise NotUnderstoodError("which day a letter stands for is not clear")
        return days[0][0]

    @staticmethod
    def _chosen(choices: list[tuple[int, ...]]) -> list[int]:
        """Return the days of a list; letters by the one rising order there is."""
        if all(len(days) == 1 for days in choices):
            return [days[0] for days in choices]
        rising = [list(days) for days in product(*choices) if all(a < b for a, b in pairwise(days))]
        # a "T" for Thursday has a "T" for Tuesday before it; nobody is sure of "WT"
        if len(rising) != 1 or any(
            day == 3 and 1 in choice and 1 not in rising[0]
            for day, choice in zip(rising[0], choices, strict=True)
        ):
            raise NotUnderstoodError("which day a letter stands for is not clear")
        return rising[0]
