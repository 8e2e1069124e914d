"""The nearest fitting places of help for each stop, by street time."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach.columns import empty
from outreach.schemas import NEAREST, NEEDS, UNKNOWN

FloatArray = npt.NDArray[np.float64]
_HOW = {"walk": "on foot", "drive": "by car"}


def _fits(resources: pd.DataFrame, need: str) -> npt.NDArray[np.bool_]:
    """Return which resources serve a need; where it is unknown, those that serve any."""
    wanted = set(NEEDS) if need == UNKNOWN else {need}
    serves = resources["needs"].map(lambda needs: not wanted.isdisjoint(needs.split()))
    fits: npt.NDArray[np.bool_] = (serves & ~resources["redacted"]).to_numpy(bool)
    return fits


def _choose(kinds: pd.Series, seconds: FloatArray, per_stop: int) -> list[int]:
    """Return positions: the nearest of each kind first, then whatever is nearest."""
    order = [int(at) for at in np.argsort(seconds, kind="stable") if np.isfinite(seconds[at])]
    first_of_kind = pd.Series(order).groupby(kinds.iloc[order].to_numpy(), sort=False).first()
    chosen = sorted(first_of_kind, key=order.index)[:per_stop]
    others = [at for at in order if at not in set(chosen)]
    chosen += others[: per_stop - len(chosen)]
    return sorted(chosen, key=order.index)


def _reason(resource: pd.Series, need: str, seconds: float, mode: str) -> str:
    minutes = max(1, round(seconds / 60))
    served = [n.replace("_", " ") for n in resource["needs"].split()]
    why = "need unknown" if need == UNKNOWN else f"for {need.replace('_', ' ')}"
    if need == UNKNOWN:
        why += f", serves {', '.join(served)}"
    hours = resource["hours_text"]
    open_when = f"hours on file: {hours}" if isinstance(hours, str) else "hours not known"
    kind = resource["kind"].replace("_", " ")
    return f"{minutes} min {_HOW[mode]}; {kind}; {why}; {open_when}"


def nearest(
    stops: pd.DataFrame,
    resources: pd.DataFrame,
    travel_s: FloatArray,
    distance_m: FloatArray,
    *,
    mode: Literal["drive", "walk"],
    per_stop: int = 3,
) -> pd.DataFrame:
    """Return the nearest places of help that serve each stop's need, as schemas.NEAREST.

    Needs    stops: stop_id, need; resources: schemas.RESOURCES;
             travel_s, distance_m: stops by resources, in the order of the rows
    The nearest of each kind come before a second one of the same kind, so that a stop is not
    shown three libraries and no shelter. Redacted places are never listed (safeguard 7).
    """
    fits = {need: _fits(resources, need) for need in stops["need"].unique()}
    rows = []
    for i, (stop_id, need) in enumerate(zip(stops["stop_id"], stops["need"], strict=True)):
        seconds = np.where(fits[need], travel_s[i], np.inf)
        for rank, at in enumerate(_choose(resources["kind"], seconds, per_stop), start=1):
            resource = resources.iloc[at]
            rows.append(
                {
                    "stop_id": stop_id,
                    "rank": rank,
                    "resource_id": resource["resource_id"],
                    "name": resource["name"],
                    "kind": resource["kind"],
                    "travel_s": float(travel_s[i, at]),
                    "distance_m": float(distance_m[i, at]),
                    "reason": _reason(resource, need, float(travel_s[i, at]), mode),
                }
            )
    return pd.DataFrame(rows) if rows else empty(NEAREST)
