"""The planted truth: which sources send how many calls, from where, and when."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from outreach.simulate.ground import FloatArray, Ground, IntArray
from outreach.simulate.kinds import NEED_SHARES

USUAL_CALLS_PER_WEEK = 220.0
HOT_SPOT_APART_M = 750.0
BEAT_APART_M = 650.0  # officers' beats keep this far from hot spots
NEW_WEEKS, FADING_WEEKS, FADING_HALF_LIFE = 10, 16, 2

Groups = dict[str, float]


@dataclass(frozen=True)
class Source:
    """Something that sends calls."""

    kind: str  # background, hot_spot, person, place, facility or a group of no need
    label: str
    detail: str
    weekly: FloatArray  # expected calls in each week, before the seasons
    groups: Groups  # groups of call types, and their shares
    spots: IntArray  # addresses
    shares: FloatArray  # of the addresses
    spread: float  # size of the negative binomial: small is bursty


# label, share of all calls for help, radius in metres, course, groups
_HOT_SPOTS: tuple[tuple[str, float, float, str, Groups], ...] = (
    ("A", 0.07, 85, "steady", {"substance_use": 0.4, "mental_health": 0.3, "homelessness": 0.3}),
    ("B", 0.05, 95, "steady", {"homelessness": 0.5, "substance_use": 0.3, "quality_of_life": 0.2}),
    ("C", 0.05, 80, "steady", {"quality_of_life": 0.4, "substance_use": 0.4, "conflict": 0.2}),
    ("D", 0.04, 80, "steady", {"conflict": 0.45, "mental_health": 0.35, "quality_of_life": 0.2}),
    ("E", 0.06, 80, "new", {"substance_use": 0.6, "homelessness": 0.25, "mental_health": 0.15}),
    ("F", 0.06, 85, "fading", {"quality_of_life": 0.5, "conflict": 0.3, "substance_use": 0.2}),
)
_PLACE_KINDS: dict[str, Groups] = {
    "apartment building": {"conflict": 0.4, "mental_health": 0.4, "quality_of_life": 0.2},
    "corner": {"substance_use": 0.5, "quality_of_life": 0.5},
    "library": {"mental_health": 0.4, "homelessness": 0.4, "quality_of_life": 0.2},
    "park": {"homelessness": 0.5, "substance_use": 0.3, "quality_of_life": 0.2},
    "motel": {"substance_use": 0.4, "conflict": 0.3, "mental_health": 0.3},
    "family home": {"domestic": 1.0},
    "group home": {"mental_health": 0.8, "conflict": 0.2},
}
_PEOPLE_SHARE, _PLACES_SHARE = 0.1, 0.1
_FACILITIES = {"hospital": 0.03, "homeless_shelter": 0.025}
_FACILITY_GROUPS: dict[str, Groups] = {
    "hospital": {"mental_health": 0.6, "substance_use": 0.25, "quality_of_life": 0.15},
    "homeless_shelter": {"homelessness": 0.4, "conflict": 0.3, "mental_health": 0.3},
}


def plant(
    ground: Ground, *, weeks: int, calls_per_week: float, officer_share: float, seed: int
) -> list[Source]:
    """Make the sources of a city whose people call for help ``calls_per_week`` times a week."""
    rng = np.random.default_rng([seed, 11])
    spots = _hot_spots(ground, weeks, calls_per_week, rng)
    scale = calls_per_week / USUAL_CALLS_PER_WEEK
    planted = [
        *spots,
        *_people(ground, weeks, calls_per_week, max(6, round(45 * scale)), rng),
        *_places(ground, weeks, calls_per_week, max(7, round(28 * scale)), rng),
        *_facilities(ground, weeks, calls_per_week),
    ]
    rest = calls_per_week - sum(float(source.weekly.mean()) for source in planted)
    everywhere = np.arange(len(ground.x))
    lively = ground.lively / ground.lively.sum()
    ordinary = Source(
        "background", "", "", np.full(weeks, max(0.0, rest)),
        {need: 0.985 * share for need, share in NEED_SHARES.items()} | {"unknown_code": 0.015},
        everywhere, lively, 25,
    )  # fmt: skip
    return [*planted, ordinary, *_others(ground, spots, weeks, calls_per_week, officer_share, rng)]


def _course(kind: str, weeks: int) -> FloatArray:
    """Return the factor on a hot spot's calls: steady, new (rising to the end) or fading."""
    week = np.arange(weeks)
    if kind == "new":
        begins = max(weeks - NEW_WEEKS, 1)
        return np.clip((week - begins + 1) / (weeks - begins), 0, 1)
    if kind == "fading":
        begins = max(weeks - FADING_WEEKS, weeks // 2)
        return np.asarray(0.5 ** (np.maximum(0, week - begins) / FADING_HALF_LIFE))
    return np.ones(weeks)


def _hot_spots(
    ground: Ground, weeks: int, calls_per_week: float, rng: np.random.Generator
) -> list[Source]:
    """Put hot spots at lively addresses, well apart."""
    free = ground.lively * np.sqrt(ground.central)
    made = []
    for label, share, radius_m, course, groups in _HOT_SPOTS:
        door = int(rng.choice(len(free), p=free / free.sum()))
        away = ground.away_m(door)
        free = np.where(away < HOT_SPOT_APART_M, free * 1e-9, free)
        spots, shares = ground.near(door, radius_m)
        weekly = share * calls_per_week * _course(course, weeks)
        made.append(Source("hot_spot", label, course, weekly, groups, spots, shares, 12))
    return made


def _uneven(total: float, count: int, rng: np.random.Generator) -> FloatArray:
    """Split a weekly total among many: a few have most, none has nearly nothing."""
    parts = 0.25 + rng.gamma(0.7, 1.2, count)
    return np.asarray(total * parts / parts.sum())


def _people(
    ground: Ground, weeks: int, calls_per_week: float, count: int, rng: np.random.Generator
) -> list[Source]:
    """Make people who call again and again, from one to three usual places."""
    rates = _uneven(_PEOPLE_SHARE * calls_per_week, count, rng)
    doors = np.flatnonzero(~ground.doors["crossing"].to_numpy(bool))
    lively = ground.lively[doors] / ground.lively[doors].sum()
    made = []
    for number, rate in enumerate(rates):
        home = int(rng.choice(doors, p=lively))
        near, shares = ground.near(home, 350)
        more = rng.choice(near, int(rng.integers(0, 3)), p=shares, replace=True)
        spots = np.array(list(dict.fromkeys([home, *more.tolist()])))
        weight = np.array([0.7, 0.2, 0.1])[: len(spots)]
        active = _active(weeks, rng)
        needs = rng.choice(list(NEED_SHARES), 2, replace=False, p=list(NEED_SHARES.values()))
        groups = {str(needs[0]): 0.75, str(needs[1]): 0.25}
        made.append(
            Source(
                "person",
                f"person {number + 1}",
                "",
                rate * active,
                groups,
                spots,
                weight / weight.sum(),
                0.8,
            )
        )
    return made


def _active(weeks: int, rng: np.random.Generator) -> FloatArray:
    """Return ones in the weeks in which somebody calls at all: all, the later or the earlier."""
    week, turn = np.arange(weeks), rng.integers(weeks // 4, max(weeks // 4 + 1, 3 * weeks // 4))
    style = rng.random()
    if style < 0.55:
        return np.ones(weeks)
    return np.asarray((week >= turn) if style < 0.8 else (week < turn), float)


def _places(
    ground: Ground, weeks: int, calls_per_week: float, count: int, rng: np.random.Generator
) -> list[Source]:
    """Make addresses that call again and again, each of a kind of building or spot."""
    rates = _uneven(_PLACES_SHARE * calls_per_week, count, rng)
    kinds = list(_PLACE_KINDS)
    taken = set(ground.buildings["door"].tolist())
    made = []
    for number, rate in enumerate(rates):
        kind = kinds[number % len(kinds)]
        libraries = ground.building("library")
        at = number // len(kinds)
        if kind == "library" and at < len(libraries):
            door = libraries[at][1]
        else:
            kind = "motel" if kind == "library" else kind
            fits = _fitting(ground, kind, taken)
            door = int(rng.choice(fits, p=ground.lively[fits] / ground.lively[fits].sum()))
        taken.add(door)
        label = f"place {number + 1}"
        weekly = np.full(weeks, rate)
        made.append(
            Source(
                "place", label, kind, weekly, _PLACE_KINDS[kind], np.array([door]), np.ones(1), 4
            )
        )
    return made


def _fitting(ground: Ground, kind: str, taken: set[int]) -> IntArray:
    """Return the addresses that may be a corner, a park or a building."""
    crossing = ground.doors["crossing"].to_numpy(bool)
    by_park = ground.doors["by_park"].to_numpy(bool)
    fits = crossing if kind == "corner" else by_park if kind == "park" else ~crossing
    fits = fits if fits.any() else np.ones(len(fits), bool)
    free: npt.NDArray[np.bool_] = fits.copy()
    free[list(taken)] = False
    return np.flatnonzero(free)


def _facilities(ground: Ground, weeks: int, calls_per_week: float) -> list[Source]:
    made = []
    for kind, share in _FACILITIES.items():
        buildings = ground.building(kind)
        for name, door in buildings:
            weekly = np.full(weeks, share * calls_per_week / len(buildings))
            groups = _FACILITY_GROUPS[kind]
            made.append(
                Source("facility", name, kind, weekly, groups, np.array([door]), np.ones(1), 10)
            )
    return made


def _others(
    ground: Ground,
    hot_spots: list[Source],
    weeks: int,
    calls_per_week: float,
    officer_share: float,
    rng: np.random.Generator,
) -> list[Source]:
    """Make what is no call for help: other calls, sharps, officers' own work, administration."""
    everywhere = np.arange(len(ground.x))
    even = np.full(len(everywhere), 1 / len(everywhere))
    lively = ground.lively / ground.lively.sum()
    level = np.full(weeks, calls_per_week)
    sharps = [
        Source("sharps", spot.label, "", 0.022 * level, {"sharps": 1.0}, spot.spots, spot.shares, 3)
        for spot in hot_spots[:2]
    ]
    sharps.append(Source("sharps", "", "", 0.01 * level, {"sharps": 1.0}, everywhere, lively, 3))
    hall = np.array([ground.building("townhall")[0][1]])
    officers = 1.21 * level * officer_share / (1 - officer_share)
    beats = _beats(ground, hot_spots, rng)
    work = {"officer_initiated": 1.0}
    return [
        Source("other_public", "", "", 0.15 * level, {"other_public": 1.0}, everywhere, lively, 25),
        *sharps,
        Source(
            "administrative", "", "", 0.005 * level, {"administrative": 1.0}, hall, np.ones(1), 5
        ),
        *(
            Source("officer_initiated", f"beat {n + 1}", "", 0.13 * officers, work, *beat, 10)
            for n, beat in enumerate(beats)
        ),
        Source("officer_initiated", "", "", 0.22 * officers, work, everywhere, even, 20),
    ]


def _beats(
    ground: Ground, hot_spots: list[Source], rng: np.random.Generator
) -> list[tuple[IntArray, FloatArray]]:
    """Return six areas that officers go to by themselves, away from where help is asked for."""
    free = ground.lively.copy()
    for spot in hot_spots:
        heart = int(spot.spots[np.argmax(spot.shares)])
        free[ground.away_m(heart) < BEAT_APART_M] = 0
    free = free if free.any() else np.ones(len(free))
    beats = []
    for _ in range(6):
        door = int(rng.choice(len(free), p=free / free.sum()))
        free = np.where(ground.away_m(door) < BEAT_APART_M, free * 1e-6, free)
        beats.append(ground.near(door, 110))
    return beats
