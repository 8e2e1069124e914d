"""Which kind of help a place gives, and which needs it serves, by an editable table."""

import re
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import pandas as pd

from outreach.config import DATA_FOLDER
from outreach.errors import InputError
from outreach.language.translate import translator
from outreach.schemas import NEEDS

COLUMNS = ("kind", "label", "needs", "redacted", "tags", "words", "unless_named")
# OpenStreetMap tags too general to decide alone: the place's name is asked first.
_GENERAL = frozenset(
    f"amenity={value}"
    for value in (
        "hospital",
        "clinic",
        "doctors",
        "library",
        "social_facility",
        "social_centre",
        "community_centre",
    )
) | {"office=ngo", "office=charity", "healthcare=centre", "healthcare=clinic"}


def load_kinds(path: Path) -> pd.DataFrame:
    """Read the table of kinds; the first row that fits a place decides.

    Adds     kind, label, needs (separated by blanks), redacted (bool),
             tags (OpenStreetMap key=value, separated by blanks),
             words, unless_named (regular expressions)
    Raises   InputError   unreadable, a column is missing, an unknown need, a faulty expression
    """
    try:
        kinds = pd.read_csv(path, dtype=str, keep_default_na=False)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}") from None
    missing = [column for column in COLUMNS if column not in kinds]
    if missing:
        raise InputError(f"{path} lacks the columns {', '.join(missing)}")
    unknown = sorted({need for text in kinds["needs"] for need in text.split()} - set(NEEDS))
    if unknown:
        raise InputError(
            f"{path}: no such need: {', '.join(unknown)}; there are {', '.join(NEEDS)}"
        )
    for column in ("words", "unless_named"):
        for expression in kinds[column]:
            try:
                re.compile(expression)
            except re.error as error:
                raise InputError(f"{path}: {expression!r} in {column}: {error}") from None
    return kinds.assign(redacted=kinds["redacted"].str.lower().isin(["yes", "true", "1"]))


@lru_cache(maxsize=1)
def kind_labels() -> Mapping[str, str]:
    """Return what people call each kind of place."""
    kinds = load_kinds(DATA_FOLDER / "resource_kinds.csv")
    return dict(zip(kinds["kind"], kinds["label"], strict=True))


def kind_words(kind: str, language: str = "en") -> str:
    """Return a kind of place as people call it: homeless_shelter is a shelter."""
    return translator(language)(kind_labels().get(kind, kind.replace("_", " ")))


@dataclass(frozen=True)
class _Rule:
    kind: str
    redacted: bool
    tags: frozenset[str]
    words: re.Pattern[str] | None
    unless_named: re.Pattern[str] | None

    def says(self, text: str, name: str) -> bool:
        """Whether the words occur, and the name gives no reason against it."""
        if self.words is None or not self.words.search(text):
            return False
        return self.unless_named is None or not self.unless_named.search(name)


def _pattern(expression: str) -> re.Pattern[str] | None:
    return re.compile(rf"\b(?:{expression})\b", re.IGNORECASE) if expression else None


def _rule(row: Mapping[Hashable, Any]) -> _Rule:
    return _Rule(
        row["kind"],
        bool(row["redacted"]),
        frozenset(row["tags"].split()),
        _pattern(row["words"]),
        _pattern(row["unless_named"]),
    )


class KindFinder:
    """Tells the kind of a place from its tags, its type, its name or its file."""

    def __init__(self, kinds: pd.DataFrame) -> None:
        """Prepare the rules of a table of kinds."""
        self._rules = [_rule(row) for row in kinds.to_dict("records")]

    @property
    def tag_keys(self) -> frozenset[str]:
        """The OpenStreetMap keys that matter."""
        tags = {tag for rule in self._rules for tag in rule.tags} | _GENERAL
        return frozenset(tag.partition("=")[0] for tag in tags)

    def redacted_by_name(self, text: str) -> str | None:
        """Return the kind of a place that must stay off shared sheets, whatever its type says."""
        return next((r.kind for r in self._rules if r.redacted and r.says(text, text)), None)

    def by_tags(self, tags: Mapping[Any, str], name: str) -> str | None:
        """Return the kind of an OpenStreetMap object; none where it is no place of help."""
        found = {
            f"{key}={value.strip()}"
            for key in self.tag_keys
            for value in tags.get(key, "").split(";")
        }
        general = bool(found & _GENERAL)
        return next(
            (r.kind for r in self._rules if r.tags & found or (general and r.says(name, name))),
            None,
        )

    def by_words(self, kind_text: str, name: str, file_text: str) -> str | None:
        """Return the kind by the type column, else by the name, else by the file's name."""
        exact = "_".join(kind_text.lower().split())  # our own name of a kind
        if any(rule.kind == exact for rule in self._rules):
            return exact
        return self.by_texts((kind_text, name, file_text), name)

    def by_texts(self, texts: Iterable[str], name: str) -> str | None:
        """Return the kind by the first text that tells one, unless the name speaks against it."""
        for text in texts:
            for rule in self._rules:
                if rule.says(text, name):
                    return rule.kind
        return None
