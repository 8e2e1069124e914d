"""What calls are about in an invented city, who sends them in, and when they come."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]

NEED_SHARES = {
    "mental_health": 0.27,
    "substance_use": 0.22,
    "homelessness": 0.14,
    "conflict": 0.17,
    "quality_of_life": 0.20,
}
# group -> call types of the invented dispatch centre and how often each comes
CALL_TYPES: dict[str, dict[str, float]] = {
    "mental_health": {
        "MENTAL HEALTH CRISIS": 0.36, "WELFARE CHECK": 0.38, "SUICIDAL SUBJECT": 0.14,
        "EMOTIONALLY DISTURBED PERSON": 0.12,
    },
    "substance_use": {"INTOXICATED PERSON": 0.52, "OVERDOSE": 0.3, "PERSON DOWN": 0.18},
    "homelessness": {
        "HOMELESS PERSON ASSIST": 0.5, "ENCAMPMENT": 0.25, "SLEEPING IN LOBBY": 0.25,
    },
    "conflict": {
        "FAMILY DISPUTE": 0.34, "NEIGHBOR DISPUTE": 0.22, "DISTURBANCE": 0.27,
        "DOMESTIC VIOLENCE": 0.17,
    },
    "quality_of_life": {
        "NOISE COMPLAINT": 0.4, "UNWANTED PERSON": 0.3, "PANHANDLING": 0.15, "LOITERING": 0.15,
    },
    "domestic": {"DOMESTIC VIOLENCE": 1.0},
    "unknown_code": {"CODE 77X": 1.0},
    "other_public": {
        "THEFT REPORT": 0.32, "TRAFFIC CRASH": 0.33, "BURGLAR ALARM": 0.2, "911 HANG UP": 0.15,
    },
    "sharps": {"NEEDLE PICKUP": 1.0},
    "officer_initiated": {
        "TRAFFIC STOP": 0.43, "PREMISE CHECK": 0.3, "FOOT PATROL": 0.12, "SUBJECT STOP": 0.08,
        "WELFARE CHECK": 0.05, "INTOXICATED PERSON": 0.02,
    },
    "administrative": {"PRISONER TRANSPORT": 0.6, "TEST CALL": 0.4},
}  # fmt: skip
SOURCES: dict[str, dict[str, float]] = {
    "help": {"911": 0.63, "NON-EMERGENCY": 0.32, "311": 0.05},
    "mental_health": {"911": 0.55, "NON-EMERGENCY": 0.33, "988 TRANSFER": 0.12},
    "other_public": {"911": 0.6, "NON-EMERGENCY": 0.4},
    "sharps": {"311": 1.0},
    "officer_initiated": {"ONVIEW": 1.0},
    "administrative": {"SCHEDULED": 1.0},
}
DISPOSITIONS: dict[str, dict[str, float]] = {
    "help": {
        "ASSISTED": 0.34, "GONE ON ARRIVAL": 0.17, "REPORT TAKEN": 0.15, "TRANSPORTED": 0.14,
        "REFERRED": 0.08, "UNFOUNDED": 0.07, "": 0.05,
    },
    "other_public": {"REPORT TAKEN": 0.6, "UNFOUNDED": 0.25, "GONE ON ARRIVAL": 0.15},
    "sharps": {"COMPLETED": 0.9, "NOTHING FOUND": 0.1},
    "officer_initiated": {"CLEARED": 0.7, "WARNING": 0.25, "": 0.05},
    "administrative": {"COMPLETED": 1.0},
}  # fmt: skip
NO_SOURCE_TYPES = ("TRAFFIC STOP", "PREMISE CHECK")  # told as officer-initiated by type alone


@dataclass(frozen=True)
class Rhythm:
    """Weight of each weekday (Monday first) and each hour."""

    days: FloatArray
    hours: FloatArray


def _rhythm(days: list[float], *peaks: tuple[float, float, float]) -> Rhythm:
    """Return a rhythm with peaks (hour, width in hours, height) over an even floor."""
    hours = np.full(24, 0.25)
    for at, width, height in peaks:
        away = np.abs((np.arange(24) - at + 12) % 24 - 12)
        hours += height * np.exp(-((away / width) ** 2))
    return Rhythm(np.array(days) / sum(days), hours / hours.sum())


_EVENING = _rhythm([1, 0.95, 0.98, 1.02, 1.2, 1.25, 1.1], (21, 4, 1.0), (14, 4, 0.4))
_DAYTIME = _rhythm([1.12, 1.1, 1.1, 1.08, 1.05, 0.85, 0.75], (15, 5, 1.0), (10, 3, 0.4))
_NIGHT = _rhythm([0.8, 0.8, 0.85, 0.95, 1.35, 1.6, 1.1], (23, 3, 1.2), (1, 2, 0.7))
_DUTY = _rhythm([1.1, 1.15, 1.1, 1.1, 1.0, 0.8, 0.75], (9, 2.5, 1.0), (17, 3, 1.0), (23, 2, 0.6))
_MORNING = _rhythm([1.3, 1.1, 1.0, 1.0, 1.1, 0.8, 0.7], (9, 3, 1.2))
RHYTHMS = {
    "mental_health": _DAYTIME,
    "substance_use": _EVENING,
    "homelessness": _DAYTIME,
    "conflict": _EVENING,
    "domestic": _NIGHT,
    "quality_of_life": _NIGHT,
    "unknown_code": _DAYTIME,
    "other_public": _DAYTIME,
    "sharps": _MORNING,
    "officer_initiated": _DUTY,
    "administrative": _MORNING,
}


def season(days: list[date]) -> FloatArray:
    """Return the factor on calls of weeks that begin on these days: summer, and 3 % a year."""
    of_year = np.array([day.timetuple().tm_yday for day in days])
    years = np.arange(len(days)) / 52
    return np.asarray(
        (1 + 0.15 * np.cos(2 * np.pi * (of_year - 205) / 365.25))
        * (1 + 0.03 * (years - years.mean()))
    )


def table(name: str, tables: dict[str, dict[str, float]]) -> tuple[list[str], FloatArray]:
    """Return the texts of a table and their shares, those of calls for help where it has none."""
    chosen = tables.get(name, tables.get("help", {}))
    shares = np.array(list(chosen.values()))
    return list(chosen), shares / shares.sum()
