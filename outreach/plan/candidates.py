"""Who and what could be visited this week, each with its need and its reason.

Need is the expected calls for help a week, of a door or of an area, and what a task or somebody
left too long counts beside them; nothing here scores a person. What binds is decided here, once:
a barred candidate is told with its reason and never reaches the solver (safeguard 3, duties 6, 11
and 32).
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, time

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.columns import check, empty
from outreach.config import PlanParams
from outreach.geo import distance_m
from outreach.plan.doors import people, places
from outreach.plan.errands import WITH_SOMEBODY, errand_visits
from outreach.plan.found import Found
from outreach.plan.rules import SAME_DOOR_M, binding
from outreach.plan.visit_rows import Row
from outreach.plan.walks import areas, daylight_hours, exploration, exploration_size, unlisted
from outreach.plan_schemas import CANDIDATES

_DTYPES = {"text": "str", "float": "float64", "int": "int64", "bool": "bool", "date": "object"}


def candidates(
    found: Found,
    limits: pd.DataFrame,
    contact: pd.DataFrame,
    *,
    monday: date,
    params: PlanParams,
    daylight: tuple[time, time],
) -> pd.DataFrame:
    """List people, places, errands, areas and exploration walks for a week, greatest need first.

    A place counts the calls expected from it, calibrated; a person the calls a week as they were,
    for no calibrated figure exists. A person and the place they call from are one door: the place
    gives way where listed people made at least half of its calls, and else counts without theirs.
    Visits of one ``visit_group`` serve the same people: somebody, what is to be done for them, and
    where they call from. Facilities and default geocodes are no candidates. An area counts the
    calls that no listed door accounts for, times the assumed share that a walk reaches. The
    exploration share is drawn by lot, from the seed and the week, among areas with few calls
    beside areas with calls.

    Tasks, appointments, stops put in and those of an earlier version are never cut away by
    ``max_candidates``. Barred candidates take no room among them, and their rows do not tell where
    they are: a place's id is a point, so a barred place gets a number instead (safeguard 7).

    What binds a person binds the place they call from too; what binds a place, whoever is met
    there. Somebody who said where they want to meet is visited there and nowhere else.

    Needs    LIMITS, CONTACT_RULES
             daylight   from when until when it is light on every day of the week
    Adds     CANDIDATES; barred ones after the others, exploration last in the order of the draw
    """
    rules = binding(contact, limits, found.doors, monday)
    light = daylight_hours(params, daylight)
    errands = errand_visits(found, rules, params, light)
    doors = _in_groups([*people(found, rules, params), *places(found, rules, params)], errands)
    left = unlisted(found)
    everything = [*doors, *errands, *areas(found.rates, left, params, light)]
    barred = [row for row in everything if row["barred"] is not None]
    free = [row for row in everything if row["barred"] is None]
    extra = exploration_size(len(free), params)
    kept = _most_needed(free, params.max_candidates - extra, found.staying)
    taken = {row["subject"] for row in kept}
    drawn = exploration(found.rates, left, taken, monday, params, light)
    again = [row for row in drawn[extra:] if row["candidate_id"] in found.staying]
    return _table([*kept, *barred, *drawn[:extra], *again])


def _table(rows: Sequence[Row]) -> pd.DataFrame:
    if not rows:
        return empty(CANDIDATES)
    frame = pd.DataFrame(rows)[list(CANDIDATES.columns)]
    dtypes = {name: _DTYPES[column.kind] for name, column in CANDIDATES.columns.items()}
    return check(frame.astype(dtypes), CANDIDATES)


def _most_needed(rows: Iterable[Row], most: int, staying: Collection[str]) -> list[Row]:
    """Return what must be done or stays, and then the greatest need, in all at most so many."""
    order = sorted(rows, key=lambda row: (-row["prize"], row["candidate_id"]))
    asked = [row for row in order if _is_asked(row) or row["candidate_id"] in staying]
    room = max(0, most - len(asked))
    chosen = [row for row in order if not (_is_asked(row) or row["candidate_id"] in staying)][:room]
    return sorted([*asked, *chosen], key=lambda row: (-row["prize"], row["candidate_id"]))


def _is_asked(row: Row) -> bool:
    return row["kind"] == "added" or bool(row["must"]) or not pd.isna(row["task_id"])


def _in_groups(doors: Sequence[Row], errands: Sequence[Row]) -> list[Row]:
    """Return people and places without what errands say already, in one group with them.

    A person's row gives way to a visit due to the same person at the same door. Where somebody
    with an errand is met at a listed place, a visit serves both. So does a stop put in there,
    which counts the door's calls besides.
    """
    due: dict[str, list[Row]] = {}
    for row in errands:
        if row["kind"] in WITH_SOMEBODY:
            due.setdefault(row["subject"], []).append(row)
    rows = [_with_same_worker(row, due.get(row["subject"], [])) for row in doors]
    rows = [row for row in rows if not _said_already(row, due.get(row["subject"], []))]
    here, there = _free(rows), _free(errands)
    near = _at_one_door(here, there)
    for i, j in zip(*np.nonzero(near), strict=True):
        door, errand = here[i], there[j]
        alone = door["kind"] == "place" and door["visit_group"] == door["subject"]
        if alone and errand["kind"] in WITH_SOMEBODY:
            door["visit_group"] = errand["visit_group"]
    for i, j in zip(*np.nonzero(near), strict=True):
        door, errand = here[i], there[j]
        if errand["kind"] == "added" and errand["visit_group"] == errand["subject"]:
            errand["visit_group"] = door["visit_group"]
            errand["prize"] += door["prize"]
    return rows


def _free(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row["barred"] is None]


def _with_same_worker(row: Row, due: Sequence[Row]) -> Row:
    names = (one["preferred_staff"] for one in due if isinstance(one["preferred_staff"], str))
    return row | {"preferred_staff": next(names, row["preferred_staff"])}


def _said_already(row: Row, due: Sequence[Row]) -> bool:
    """Tell whether a person's row adds nothing to the visits due to them."""
    visits = [one for one in due if one["kind"] == "participant"]
    if row["barred"] is not None:
        return bool(visits)
    return bool(_at_one_door([row], _free(visits)).any())


def _at_one_door(rows: Sequence[Row], others: Sequence[Row]) -> npt.NDArray[np.bool_]:
    """Tell which rows are within ten metres of which others."""
    (lon, lat), (to_lon, to_lat) = (
        np.array([[row["lon"], row["lat"]] for row in some], float).reshape(-1, 2).T
        for some in (rows, others)
    )
    return np.asarray(distance_m(lon[:, None], lat[:, None], to_lon, to_lat) <= SAME_DOOR_M)
