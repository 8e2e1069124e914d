"""Street addresses as dispatchers write them: read, brought to one form, placed on a map."""

import html
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.geometry import LineString

_DIRECTIONS = {
    "NORTH": "N", "SOUTH": "S", "EAST": "E", "WEST": "W",
    "NORTHEAST": "NE", "NORTHWEST": "NW", "SOUTHEAST": "SE", "SOUTHWEST": "SW",
}  # fmt: skip
_SUFFIXES = {
    "ALLEY": "ALY", "ALLY": "ALY", "AVENUE": "AVE", "AV": "AVE", "AVEN": "AVE", "AVN": "AVE",
    "BEACH": "BCH", "BOULEVARD": "BLVD", "BOUL": "BLVD", "BL": "BLVD", "BLV": "BLVD",
    "BRIDGE": "BRG", "BYPASS": "BYP", "CAUSEWAY": "CSWY", "CENTER": "CTR", "CENTRE": "CTR",
    "CIRCLE": "CIR", "CI": "CIR", "CR": "CIR", "COMMON": "CMN", "COURT": "CT", "COVE": "CV",
    "CRESCENT": "CRES", "CROSSING": "XING", "DRIVE": "DR", "DRV": "DR", "EXPRESSWAY": "EXPY",
    "EXTENSION": "EXT", "FREEWAY": "FWY", "GARDENS": "GDNS", "GROVE": "GRV", "HEIGHTS": "HTS",
    "HIGHWAY": "HWY", "HY": "HWY", "HILL": "HL", "JUNCTION": "JCT", "LANE": "LN", "LOOP": "LOOP",
    "MOUNT": "MT", "MOUNTAIN": "MTN", "PARKWAY": "PKWY", "PKY": "PKWY", "PKW": "PKWY",
    "PARK": "PK", "PATHWAY": "PATH", "PLACE": "PL", "PLAZA": "PLZ", "POINT": "PT", "ROAD": "RD",
    "ROUTE": "RTE", "RT": "RTE", "SAINT": "ST", "SQUARE": "SQ", "STREET": "ST", "STR": "ST",
    "TERRACE": "TER", "TERR": "TER", "TE": "TER", "TURNPIKE": "TPKE", "TPK": "TPKE",
    "TRAIL": "TRL", "TR": "TRL", "WY": "WAY", "FORT": "FT",
}  # fmt: skip
_ORDINALS = {
    "FIRST": "1ST", "SECOND": "2ND", "THIRD": "3RD", "FOURTH": "4TH", "FIFTH": "5TH",
    "SIXTH": "6TH", "SEVENTH": "7TH", "EIGHTH": "8TH", "NINTH": "9TH", "TENTH": "10TH",
    "ELEVENTH": "11TH", "TWELFTH": "12TH",
}  # fmt: skip
_SUFFIX_FORMS = {*_SUFFIXES.values(), "WAY", "ROW", "WALK"}
_ONE_FORM = _DIRECTIONS | _SUFFIXES | _ORDINALS


@lru_cache(maxsize=100_000)
def normalise_street(text: str) -> str:
    """Return a street's name in one form: upper case, no punctuation, usual words abbreviated.

    North Main Street, N. MAIN ST and n main st all become ``N MAIN ST``.
    """
    plain = html.unescape(text).upper().replace("'", "").replace("’", "")
    words = re.sub(r"[^A-Z0-9À-ÖØ-Þ]+", " ", plain).split()
    return " ".join(_ONE_FORM.get(word, word) for word in words)


LonLat = tuple[float, float]
Placed = tuple[float, float, str]
NOWHERE: Placed = (float("nan"), float("nan"), "unplaced")


@dataclass(frozen=True)
class Address:
    """What an address says: a house number or block on a street, or two streets that cross."""

    number: int | None
    street: str  # normalised; a town or a unit may still stand at its end
    cross_street: str = ""
    block: bool = False  # somewhere among the hundred numbers from ``number`` on


_UNIT = re.compile(
    r"\b(?:APARTMENT|APT|UNIT|STE|SUITE|RM|ROOM|FLOOR|BLDG|BUILDING|LOT|SPC|SPACE|TRLR)\b"
    r"\.?\s*#?\s*[A-Z]?-?\d*[A-Z]?\b.*$|#.*$"
)
_HOUSE = re.compile(
    r"^(?P<number>\d+)(?P<hundreds>XX)?(?:[A-Z]|\s?-?R(?=\s))?(?:\s*-\s*\d+[A-Z]?)?(?:\s+\d/\d)?\s+"
    r"(?P<block>(?:BLK|BLOCK|BLCK|HUNDRED|HUND)\b\.?\s*(?:BLK|BLOCK)?\s*(?:OF\b)?)?\s*(?P<street>.+)$"
)
_BLOCK_JOINED = re.compile(r"^(\d+(?:XX)?)\s*-\s*(?:BLK|BLOCK)\b")
_CROSSING = re.compile(r"\s*(?:&|/|\\|@|\bAND\b|\bAT\b|\bX\b)\s*")
_LEAD = re.compile(r"^(?:INTERSECTION|INTERSEC|INT|CORNER|BLOCK)\s+(?:OF\s+)?")
_GAP = 30  # house numbers that a street's ranges may leave out between two blocks
_NO_STREET = {"", "DEAD END", "DEADEND", "END", "UNKNOWN"}


@lru_cache(maxsize=200_000)
def parse_address(text: str) -> Address | None:
    """Return what a dispatcher's address says, or None where no street can be read."""
    lines = html.unescape(text).upper().strip().splitlines()
    plain = re.split(r"[;,]", lines[0], maxsplit=1)[0] if lines else ""
    plain = _UNIT.sub("", re.sub(r"\s+", " ", plain)).strip()
    plain = _BLOCK_JOINED.sub(r"\1 BLOCK", _LEAD.sub("", plain))
    house = _HOUSE.match(plain)
    if house:
        block = bool(house["hundreds"] or house["block"])
        number = int(house["number"]) * (100 if house["hundreds"] else 1)
        street = normalise_street(_CROSSING.split(house["street"], maxsplit=1)[0])
        # "5 AVE & 42 ST": what looks like a house number may be a numbered street.
        if street and not (street in _SUFFIXES.values() and _CROSSING.search(plain)):
            return Address(number, street, block=block)
    streets = [normalise_street(part) for part in _CROSSING.split(plain)]
    named = [street for street in streets if street not in _NO_STREET]
    if not named or len(named) > 3:
        return None
    return Address(None, named[0], named[1] if len(named) > 1 else "")


@dataclass(frozen=True)
class _Range:
    low: int
    high: int
    parity: str
    reversed: bool
    line: LineString

    def same_side(self, number: int) -> bool:
        return self.parity == "both" or (self.parity == "odd") == bool(number % 2)

    def nearest(self, number: int) -> int:
        return min(max(number, self.low), self.high)

    def at(self, number: int) -> LonLat:
        """Return the point that lies as far along the line as the number among its numbers."""
        share = (number - self.low) / (self.high - self.low) if self.high > self.low else 0.5
        point = self.line.interpolate(1 - share if self.reversed else share, normalized=True)
        return point.x, point.y


def _base(street: str) -> str:
    """Return a street's name without directions and without St, Ave and the like."""
    words = [word for word in street.split() if word not in _DIRECTIONS.values()]
    while len(words) > 1 and words[-1] in _SUFFIX_FORMS:
        words.pop()
    return " ".join(words)


class Gazetteer:
    """A city's streets, indexed by name, that places addresses; each text is placed once."""

    def __init__(self, ranges: gpd.GeoDataFrame | None, intersections: pd.DataFrame | None) -> None:
        self._ranges: dict[str, list[_Range]] = {}
        self._crossings: dict[tuple[str, str], LonLat] = {}
        self._placed: dict[str, Placed] = {}
        if ranges is not None:
            pieces: Iterable[Any] = ranges.itertuples(index=False)
            for row in pieces:
                found = _Range(row.low, row.high, row.parity, row.reversed, row.geometry)
                self._ranges.setdefault(str(row.street), []).append(found)
        if intersections is not None:
            rows: Iterable[Any] = intersections.itertuples(index=False)
            for row in rows:
                pair = (str(row.street_a), str(row.street_b))
                self._crossings.setdefault(pair, (row.lon, row.lat))
        streets = {*self._ranges, *(name for pair in self._crossings for name in pair)}
        self._streets = streets
        self._by_base: dict[str, set[str]] = {}
        for street in streets:
            self._by_base.setdefault(_base(street), set()).add(street)

    def __bool__(self) -> bool:
        return bool(self._streets)

    def place(self, text: str) -> Placed:
        """Return longitude, latitude and what placed the address, or the lack of it."""
        if text not in self._placed:
            self._placed[text] = self._find(parse_address(text))
        return self._placed[text]

    def place_all(self, addresses: pd.Series) -> pd.DataFrame:
        """Return lon, lat and placed_by of each address, with the same index."""
        found = [self.place(text) if text else NOWHERE for text in addresses.fillna("")]
        return pd.DataFrame(found, columns=["lon", "lat", "placed_by"], index=addresses.index)

    def _find(self, address: Address | None) -> Placed:
        if address is None:
            return NOWHERE
        if address.number is not None:
            at = self._on_street(address)
            return (*at, "address") if at else NOWHERE
        for one in self._named(address.street):
            for other in self._named(address.cross_street):
                at = self._crossings.get((one, other) if one < other else (other, one))
                if at:
                    return (*at, "intersection")
        return NOWHERE

    def _named(self, street: str) -> list[str]:
        """Return known streets that a name may mean, the likeliest first.

        A town or a unit at the end is left off word by word; where even that finds nothing, a
        name without its direction and its St or Ave serves if only one street bears it.
        """
        words = street.split()
        names = [" ".join(words[:n]) for n in range(len(words), 0, -1)]
        exact = [name for name in names if name in self._streets]
        if exact:
            return exact
        for name in names:
            alike = self._by_base.get(_base(name), set())
            if len(alike) == 1:
                return list(alike)
        return []

    def _on_street(self, address: Address) -> LonLat | None:
        number = address.number or 0
        low, high = (number, number + 99) if address.block else (number, number)
        for street in self._named(address.street):
            ranges = self._ranges.get(street, [])
            near = [r for r in ranges if r.low <= high and r.high >= low]
            near = near or [r for r in ranges if abs(r.nearest(number) - number) <= _GAP]
            if near:
                aim = number + 50 if address.block else number
                best = min(near, key=lambda r: (abs(r.nearest(aim) - aim), not r.same_side(number)))
                return best.at(best.nearest(aim))
        return None


def place_addresses(
    addresses: pd.Series,
    ranges: gpd.GeoDataFrame | None,
    intersections: pd.DataFrame | None,
) -> pd.DataFrame:
    """Place addresses by house-number ranges and by crossings.

    Needs    addresses text; ranges as schemas.ADDRESS_RANGES; intersections as INTERSECTIONS
    Adds     lon, lat, placed_by   same index; missing and "unplaced" where nothing fits
    """
    return Gazetteer(ranges, intersections).place_all(addresses)
