"""Where calls may come from: addresses in metres, how lively each is, and known buildings."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from outreach import geo
from outreach.errors import InputError

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

FEWEST_ADDRESSES = 500
KEEP_AWAY_M = 80.0  # no call is placed this near to a confidential address
_DOWNTOWN_BIN_M = 400.0


@dataclass(frozen=True)
class Ground:
    """Addresses with what the planting needs to know of them."""

    doors: pd.DataFrame  # of addresses.addresses
    x: FloatArray  # metres
    y: FloatArray
    lively: FloatArray  # weight of each address in ordinary demand
    central: FloatArray  # nearly 0 far from downtown
    buildings: pd.DataFrame  # name, kind, door (row of doors)

    def away_m(self, door: int) -> FloatArray:
        """Return the distance of every address from one of them."""
        return np.asarray(np.hypot(self.x - self.x[door], self.y - self.y[door]))

    def near(self, door: int, radius_m: float) -> tuple[IntArray, FloatArray]:
        """Return addresses around one of them, and shares that fall off as a bell."""
        away = self.away_m(door)
        spots = np.flatnonzero(away < 3 * radius_m)
        weight = np.exp(-0.5 * (away[spots] / radius_m) ** 2) * (self.lively[spots] + 1e-9)
        return spots, weight / weight.sum()

    def building(self, kind: str) -> list[tuple[str, int]]:
        """Return name and address of the buildings of a kind."""
        found = self.buildings[self.buildings["kind"] == kind]
        return list(zip(found["name"], found["door"], strict=True))


def make_ground(
    doors: pd.DataFrame, facilities: pd.DataFrame | None, rng: np.random.Generator
) -> Ground:
    """Weigh addresses: more calls downtown, few addresses with many.

    Needs    doors        of addresses.addresses
             facilities   name, kind, lon, lat and, where it has one, confidential or redacted;
                          without it a hospital, a city hall and so on are put somewhere downtown
    Raises   InputError   fewer than 500 addresses
    """
    if len(doors) < FEWEST_ADDRESSES:
        raise InputError(
            f"calls cannot be simulated: the streets give {len(doors)} addresses, "
            f"{FEWEST_ADDRESSES} are needed (do the streets have names?)"
        )
    origin = (float(doors["lon"].mean()), float(doors["lat"].mean()))
    x, y = geo.to_metres(doors["lon"], doors["lat"], origin=origin)
    known = _known(facilities)
    fx, fy = geo.to_metres(known["lon"], known["lat"], origin=origin)
    free = np.ones(len(doors), bool)
    for at_x, at_y in zip(fx[known["secret"]], fy[known["secret"]], strict=True):
        free &= np.hypot(x - at_x, y - at_y) > KEEP_AWAY_M
    doors, x, y = doors[free].reset_index(drop=True), x[free], y[free]
    nearest = [int(np.argmin(np.hypot(x - a, y - b))) for a, b in zip(fx, fy, strict=True)]
    known = known.assign(door=nearest)[~known["secret"]]
    middle = _middle(x, y, known)
    away = np.hypot(x - x[middle], y - y[middle])
    reach = 0.6 * float(np.sqrt(np.mean(away**2)))
    central = np.exp(-((away / reach) ** 2))
    lively = (0.12 + central) * rng.gamma(0.5, 2, len(x))
    return Ground(doors, x, y, lively, central, _with_usual(known, x, y, away, reach))


def _known(facilities: pd.DataFrame | None) -> pd.DataFrame:
    if facilities is None or facilities.empty:
        return pd.DataFrame({"name": [], "kind": [], "lon": [], "lat": [], "secret": []}).astype(
            {"lon": float, "lat": float, "secret": bool}
        )
    placed = facilities.dropna(subset=["lon", "lat"])
    secret = pd.Series(False, index=placed.index)
    for column in ("confidential", "redacted"):
        if column in placed:
            secret |= placed[column].astype(str).str.lower().isin(["yes", "true", "1"])
    return placed[["name", "kind", "lon", "lat"]].assign(secret=secret).reset_index(drop=True)


def _middle(x: FloatArray, y: FloatArray, known: pd.DataFrame) -> int:
    """Return the city hall's address, or one in the square with most addresses."""
    halls = known.loc[known["kind"] == "townhall", "door"]
    if len(halls):
        return int(halls.iloc[0])
    squares = pd.DataFrame({"a": x // _DOWNTOWN_BIN_M, "b": y // _DOWNTOWN_BIN_M})
    return int(squares.groupby(["a", "b"])["a"].transform("size").to_numpy().argmax())


def _with_usual(
    known: pd.DataFrame, x: FloatArray, y: FloatArray, away: FloatArray, reach: float
) -> pd.DataFrame:
    """Add the buildings that every simulated city has, where none is known, around the middle."""
    middle = int(np.argmin(away))
    made_up = []
    usual = {
        "townhall": 0.0,
        "hospital": 0.5,
        "homeless_shelter": 0.3,
        "library": 0.15,
        "police": 0.1,
    }
    for turn, (kind, share) in enumerate(usual.items()):
        if (known["kind"] == kind).any():
            continue
        angle = 2.4 * turn
        at = np.array([x[middle], y[middle]]) + share * reach * np.array(
            [np.cos(angle), np.sin(angle)]
        )
        door = int(np.argmin(np.hypot(x - at[0], y - at[1])))
        made_up.append((f"Invented {kind.replace('_', ' ')}", kind, door))
    more = pd.DataFrame(made_up, columns=["name", "kind", "door"])
    both = pd.concat([known[["name", "kind", "door"]], more], ignore_index=True)
    return both.astype({"door": int})
