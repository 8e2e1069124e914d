"""Who calls are about, as written down: ids that hold, names that are misspelt."""

import numpy as np
import pandas as pd

from outreach.simulate.names import misspell, person_names

_SPELLINGS = 5  # the right one and four slips
_NAMED_SHARE = 0.18  # of ordinary calls for help, each about somebody else
_ID_STYLES = ("stable", "two_ids", "no_id")
_ID_SHARES = (0.7, 0.15, 0.15)


def subjects(calls: pd.DataFrame, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Write down whom each call is about, where the dispatch centre learned it.

    Needs    kind, label, counts_as of calls
    Adds     to calls: person (label, or "" for somebody met once or unknown), subject_id,
             subject_name, subject_dob (YYYY-MM-DD), all "" where not written
             and a frame of those who call again: person, name, birth_date, subject_ids, spellings
    """
    repeat = (calls["kind"] == "person").to_numpy()
    blank = np.full(len(calls), "", object)
    calls = calls.assign(
        person=calls["label"].where(repeat, ""),
        subject_id=blank,
        subject_name=blank.copy(),
        subject_dob=blank.copy(),
    )
    labels = sorted(calls.loc[repeat, "label"].unique(), key=lambda label: int(label.split()[1]))
    known, columns = [], {name: calls[name].to_numpy(object, copy=True) for name in _WRITTEN}
    rows_of = calls[repeat].groupby("label").indices
    where = np.flatnonzero(repeat)
    ids = _ids(2 * len(labels) + len(calls), rng)
    for number, (label, name) in enumerate(
        zip(labels, person_names(len(labels), rng), strict=True)
    ):
        rows = where[rows_of[label]]
        known.append(_write(columns, rows, label, name, ids[2 * number : 2 * number + 2], rng))
    _write_once(columns, calls, ids[2 * len(labels) :], rng)
    return calls.assign(**columns), pd.DataFrame(known, columns=_PEOPLE)


_WRITTEN = ("subject_id", "subject_name", "subject_dob")
_PEOPLE = ["person", "name", "birth_date", "id_style", "subject_ids", "spellings"]


def _ids(count: int, rng: np.random.Generator) -> np.ndarray:
    """Return different ids of the dispatch centre's own name index."""
    numbers = rng.permutation(np.arange(100_000, 100_000 + 3 * count))[:count]
    ids: np.ndarray = np.array([f"S{n}" for n in numbers], object)
    return ids


def _birth_dates(count: int, rng: np.random.Generator) -> np.ndarray:
    days = rng.integers(0, 365 * 55, count)
    dates: np.ndarray = (np.datetime64("1950-01-01") + days).astype(str).astype(object)
    return dates


def _write(
    columns: dict[str, np.ndarray],
    rows: np.ndarray,
    label: str,
    name: tuple[str, str],
    ids: np.ndarray,
    rng: np.random.Generator,
) -> tuple[str, str, str, str, str, str]:
    """Write one person's calls, and return what is true of them."""
    family, given = name
    spellings = [f"{family}, {given}"]
    while len(spellings) < _SPELLINGS:
        slip = misspell(family, rng) if rng.random() < 0.6 else family
        spellings.append(f"{slip}, {misspell(given, rng) if slip == family else given}".upper())
    spellings = [spelling.upper() for spelling in spellings]
    style = str(rng.choice(_ID_STYLES, p=_ID_SHARES))
    born = str(_birth_dates(1, rng)[0])
    pick = np.where(rng.random(len(rows)) < 0.75, 0, rng.integers(1, _SPELLINGS, len(rows)))
    written = np.array(spellings, object)[pick]
    second = (rng.random(len(rows)) < 0.3) if style == "two_ids" else np.zeros(len(rows), bool)
    number = np.where(second, ids[1], ids[0])
    number[rng.random(len(rows)) < (1.0 if style == "no_id" else 0.08)] = ""
    columns["subject_id"][rows] = number
    columns["subject_name"][rows] = written
    columns["subject_dob"][rows] = np.where(rng.random(len(rows)) < 0.9, born, "")
    used = [sorted({text for text in values if text}) for values in (number, written)]
    return label, spellings[0], born, style, "; ".join(used[0]), "; ".join(used[1])


def _write_once(
    columns: dict[str, np.ndarray], calls: pd.DataFrame, ids: np.ndarray, rng: np.random.Generator
) -> None:
    """Write somebody else on a share of the other calls for help."""
    other = (calls["counts_as"] == "demand") & (calls["person"] == "")
    other &= calls["kind"] != "other_public"
    rows = np.flatnonzero(other & (rng.random(len(calls)) < _NAMED_SHARE))
    families, givens = (np.array([n for n, _ in person_names(600, rng)], object) for _ in range(2))
    columns["subject_id"][rows] = ids[: len(rows)]
    names = rng.choice(families, len(rows)) + ", " + rng.choice(givens, len(rows))
    columns["subject_name"][rows] = np.array([name.upper() for name in names], object)
    columns["subject_dob"][rows] = _birth_dates(len(rows), rng)
