"""Search for people by what somebody remembers of them: a name heard, a birth date, a phone."""

import re
from collections.abc import Collection, Mapping
from difflib import SequenceMatcher, get_close_matches

import pandas as pd

from outreach.ingest.people import plain_words

ALIKE = 0.72  # ratio of Ratcliff and Obershelp from which on two words may be one
_BEGINS, _MIN_BEGINNING = 0.95, 2  # score of a word that is only begun; letters it takes
_MIN_DIGITS, _MIN_ID = 4, 4
_DATES = (
    r"(?P<y>\d{4})[-/.](?P<m>\d{1,2})[-/.](?P<d>\d{1,2})",
    r"(?P<m>\d{1,2})[-/.](?P<d>\d{1,2})[-/.](?P<y>\d{4})",
)
_WITH_LETTERS = re.compile(r"\S*[^\W\d_]\S*")
_COLUMNS = ["subject", "name", "matched", "score"]


def find(people: pd.DataFrame, query: str, *, limit: int = 20) -> pd.DataFrame:
    """Return the people that fit a query best, each once, best first.

    Every word of a query must fit: a name or its beginning in any of the spellings, or one much
    alike; a birth date or a year; the last digits of a phone; the beginning of an id.

    Needs    subject       who it is
             name          one row for each spelling; "" where unknown
             birth_date    YYYY-MM-DD, may be missing
             phone         may be missing
    Adds     subject, name (the spelling that fits best), matched (what fitted), score (0 to 1)
    Source   Ratcliff & Obershelp 1988 (difflib)
    """
    born, digits, words = _parts(query)
    by_id = _by_id(people, query.strip())
    fits = pd.Series(bool(born or digits or words), index=people.index)
    told = []
    if born:
        fits &= people["birth_date"].fillna("").astype(str).str.startswith(born)
        told.append("birth date" if "-" in born else "year of birth")
    if digits:
        phones = people["phone"].fillna("").astype(str).str.replace(r"\D", "", regex=True)
        fits &= phones.str.endswith(digits)
        told.append("phone")
    scores = _name_scores(people["name"], words)
    found = people.assign(score=scores, matched=", ".join([*told, *(["name"] if words else [])]))
    found = pd.concat([by_id, found[fits & (scores > 0)]])
    found = found.sort_values("score", ascending=False, kind="stable")
    return found.drop_duplicates("subject").head(limit)[_COLUMNS].reset_index(drop=True)


def _parts(query: str) -> tuple[str, str, list[str]]:
    """Return the birth date or year, the digits of a phone, and the words of a query."""
    for pattern in _DATES:
        found = re.search(pattern, query)
        if found:
            born = f"{found['y']}-{int(found['m']):02d}-{int(found['d']):02d}"
            return born, "", plain_words(query.replace(found[0], " "))
    digits = re.sub(r"\D", "", _WITH_LETTERS.sub(" ", query))
    words = [word for word in plain_words(query) if not re.search(r"\d", word)]
    if re.fullmatch(r"(19|20)\d\d", digits) and words:
        return digits, "", words
    return "", digits if len(digits) >= _MIN_DIGITS else "", words


def _by_id(people: pd.DataFrame, query: str) -> pd.DataFrame:
    begins = people["subject"].astype(str).str.lower().str.startswith(query.lower())
    found = people[begins & (len(query) >= _MIN_ID)]
    return found.assign(score=1.0, matched="id")


def _name_scores(names: pd.Series, words: Collection[str]) -> pd.Series:
    """Return how well each name fits all words: the mean of their best likenesses, or 0."""
    spelt = {name: plain_words(name) for name in names.unique()}
    known = sorted({word for own in spelt.values() for word in own})
    alike = [_likenesses(word, known) for word in words]
    scores = {name: _score(own, alike) for name, own in spelt.items()}
    return names.map(scores).astype("float64")


def _likenesses(word: str, known: Collection[str]) -> dict[str, float]:
    """Return the known words that a word of a query may stand for, and how alike they are."""
    found = {
        near: SequenceMatcher(None, near, word).ratio()
        for near in get_close_matches(word, known, n=len(known) or 1, cutoff=ALIKE)
    }
    if len(word) >= _MIN_BEGINNING:
        found |= {k: max(found.get(k, 0), _BEGINS) for k in known if k.startswith(word)}
    return found | ({word: 1.0} if word in known else {})


def _score(own: Collection[str], alike: Collection[Mapping[str, float]]) -> float:
    """Return the mean likeness; no word of a name stands for two words of a query."""
    left, total = list(own), 0.0
    for near in alike:
        best = max(left, key=lambda one: near.get(one, 0.0), default=None)
        if best is None or best not in near:
            return 0.0
        left.remove(best)
        total += near[best]
    return total / len(alike) if alike else 1.0
