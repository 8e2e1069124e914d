"""Local call types to needs: by the city's own map, guessed from patterns where it is silent."""

import html
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

import pandas as pd

from outreach.errors import ConfigError
from outreach.schemas import ALL_NEEDS, CALL_TYPES, COUNTS_AS, MAP_CONFIDENCE, UNKNOWN

_FLAGS = ("divertible", "home_visit", "safety_concern")
# What is assumed of a type that no pattern knows: somebody asked, and nothing bars a visit.
_UNKNOWN_TYPE = (UNKNOWN, "low", "demand", False, True, False)


@lru_cache(maxsize=100_000)
def normalise(call_type: str) -> str:
    """Return a call type in one form: upper case, single blanks, no trailing dash or dot."""
    text = re.sub(r"\s+", " ", html.unescape(call_type)).strip().upper()
    return text.rstrip(" -.:;,/")


def load_patterns(path: Path) -> pd.DataFrame:
    """Read an ordered pattern file such as ``data/code_map.csv``.

    Adds     pattern and, but for the key, the columns of schemas.CALL_TYPES; note
    Raises   ConfigError   unreadable, a pattern that is none, or a value out of the vocabulary
    """
    try:
        frame = pd.read_csv(path, dtype="str", keep_default_na=False)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    allowed = {"need": ALL_NEEDS, "map_confidence": MAP_CONFIDENCE, "counts_as": COUNTS_AS}
    allowed |= dict.fromkeys(_FLAGS, ("true", "false"))
    lacking = {"pattern", *allowed} - set(frame.columns)
    if lacking:
        raise ConfigError(f"{path} lacks the columns {', '.join(sorted(lacking))}")
    for place, row in enumerate(frame.to_dict("records"), start=2):
        try:
            re.compile(row["pattern"])
        except re.error as error:
            raise ConfigError(f"{path}, line {place}: {row['pattern']!r}: {error}") from None
        for name, values in allowed.items():
            if row[name] not in values:
                raise ConfigError(f"{path}, line {place}: {name} {row[name]!r} is not known")
    return frame.assign(**{flag: frame[flag] == "true" for flag in _FLAGS})


def guess(call_types: Iterable[str], patterns: pd.DataFrame) -> pd.DataFrame:
    """Guess what each call type stands for (schemas.CALL_TYPES), one row a normalised type.

    The first pattern that is found in the type decides.
    """
    names = list(CALL_TYPES.columns)
    rules = [
        (re.compile(row[0]), row[1:])
        for row in patterns[["pattern", *names[1:]]].itertuples(index=False, name=None)
    ]
    keys = dict.fromkeys(normalise(text) for text in call_types)
    rows = [(key, *_meaning(key, rules, names)) for key in keys if key]
    frame = pd.DataFrame(rows, columns=names)
    texts = {name: "str" for name in names if name not in _FLAGS}
    return frame.astype(texts | dict.fromkeys(_FLAGS, "bool"))


def _meaning(
    key: str, rules: list[tuple[re.Pattern[str], tuple[object, ...]]], names: list[str]
) -> tuple[object, ...]:
    text = key.replace("_", " ")
    found = next((values for pattern, values in rules if pattern.search(text)), None)
    if found is not None:
        return found
    default = dict(
        zip(("need", "map_confidence", "counts_as", *_FLAGS), _UNKNOWN_TYPE, strict=True)
    )
    return tuple(default[name] for name in names[1:])
