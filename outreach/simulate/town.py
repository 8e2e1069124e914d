"""Marlow, an invented town: streets, river, parks, districts and places of help."""

from collections.abc import Callable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import affinity
from shapely.geometry import Polygon, box
from shapely.geometry.base import BaseGeometry

from outreach import geo
from outreach.simulate import blocks, layout, names, network
from outreach.simulate import resources as helping
from outreach.simulate.addresses import addresses
from outreach.simulate.layout import Stroke

NAME = "Marlow (invented)"
MIDDLE = (-74.42, 42.84)  # fields in upstate New York: time zone and hexagons are real
TIME_ZONE = "America/New_York"
HOUSE_M = 12.0  # house numbers rise by two every so many metres
SMALL_DISTRICT_M2 = 700_000.0

# name, middle in flat metres, radius
_PARKS = (
    ("Courthouse Square", layout.DOWNTOWN, 0),
    ("Founders Park", (-1750, 480), 330),
    ("Quarry Hill Park", (1150, 1550), 240),
    ("Fairground Park", (2950, -700), 360),
    ("Old Burying Ground", (-1050, -1350), 190),
    ("Canal Green", (60, -560), 0),
)
# name, about where in flat metres
_DISTRICTS = (
    ("Downtown", (0, 0)), ("Fox Hollow", (-1140, -1260)), ("Founders Hill", (-1680, 500)),
    ("Mill Flats", (1430, -920)), ("Eastbank", (970, 1390)), ("Sawyer Park", (-1870, -750)),
    ("Granary", (2380, 1220)), ("Ferry Landing", (-1780, 1930)), ("Quarry Heights", (900, 2800)),
    ("Lower Landing", (330, -2530)), ("Northgate", (-1100, 2850)), ("Southmeadow", (-1350, -2640)),
    ("Tannery Row", (1620, -2500)), ("Westfield", (-3350, 520)), ("Old Fairground", (3060, -610)),
    ("Orchard Heights", (-3210, -1160)), ("Larkfield", (3210, 880)), ("Notch End", (-3140, 1950)),
    ("Juniper Ridge", (2530, -2390)), ("Stonecrop", (2640, 2350)), ("Plank Road", (3140, -1950)),
    ("Heron Point", (-2620, -2670)), ("Brickyard", (-3000, -2340)), ("Coldwater", (3530, 1890)),
)  # fmt: skip


@dataclass(frozen=True)
class Town:
    """An invented town; frames in EPSG:4326, in the shape that a city's own files have.

    streets     Street_ID, Street, Street_Name, Street_Type, Direction ('0' both ways, '1' along
                the geometry, '-1' against it), MajorRoad (1, 2 or none), L_From, L_To, R_From,
                R_To (0: no numbers), geometry
    areas       name, kind (park, water, neighbourhood), population (none but of a neighbourhood),
                geometry
    resources   resources.COLUMNS; days ago instead of days, confidential is yes or no
    """

    name: str
    time_zone: str
    base: tuple[float, float]  # lat, lon
    streets: gpd.GeoDataFrame
    areas: gpd.GeoDataFrame
    resources: pd.DataFrame


def town(seed: int = 1) -> Town:
    """Invent a town of about 8 by 7 km with a river, three bridges, one-way pairs and parks."""
    rng = np.random.default_rng([seed, 2])
    main = layout.main_roads()
    land = blocks.districts(main)
    strokes = [*main, *blocks.local_streets(land, rng)]
    pieces = network.tidy(network.segments(strokes))
    parks = _parks(pieces, land)
    for park in parks.values():
        pieces = network.without_inside(pieces, park)
    pieces = network.strongly_connected(network.thinned(pieces, rng))
    place = _placer(seed)
    streets = _centrelines(pieces, strokes, rng).set_geometry(
        [place(line) for line in pieces.geometry], crs=geo.STORED_CRS
    )
    streets = _turned(streets, rng)
    areas = _areas(parks, land, place)
    resources = _resources(streets, areas, place)
    base = resources.loc[resources["kind"] == "drop_in_center", ["lat", "lon"]].iloc[0]
    return Town(
        NAME, TIME_ZONE, (float(base["lat"]), float(base["lon"])), streets, areas, resources
    )


def _placer(seed: int) -> Callable[[BaseGeometry], BaseGeometry]:
    """Return what bends a flat shape and sets it down on the earth."""
    crs = geo.utm_crs(*MIDDLE)
    shift = np.array(geo.to_metres(MIDDLE[0], MIDDLE[1], origin=MIDDLE))

    def place(shape: BaseGeometry) -> BaseGeometry:
        fine = shapely.segmentize(shape, 60)
        bent = shapely.transform(fine, lambda xy: layout.warp(xy, seed) + shift)
        smooth = shapely.simplify(bent, 0.5)
        return shapely.transform(
            smooth, lambda xy: np.column_stack(geo.to_lonlat(xy[:, 0], xy[:, 1], crs)).round(6)
        )

    return place


def _centrelines(
    pieces: gpd.GeoDataFrame, strokes: list[Stroke], rng: np.random.Generator
) -> gpd.GeoDataFrame:
    """Name the segments and number their houses from the start of each street."""
    river = layout.river().buffer(layout.RIVER_HALF_WIDTH_M)
    lines = [strokes[number].line for number in pieces["stroke"]]
    ends = [shapely.get_point(pieces.geometry.to_numpy(), end) for end in (0, -1)]
    low, high = (np.round(shapely.line_locate_point(lines, end) / HOUSE_M) for end in ends)
    high = np.maximum(high, low + 1)
    dry = (~pieces.geometry.intersects(river)).to_numpy()
    name = _street_names(pieces, strokes, rng)
    return pieces[["geometry"]].assign(
        Street_ID=pieces["stroke"] + 1,
        Street=name,
        Street_Name=name.str.rsplit(" ", n=1).str[0],
        Street_Type=name.str.rsplit(" ", n=1).str[1],
        Direction=pieces["one_way"],
        MajorRoad=pieces["kind"].map({"arterial": 1.0, "collector": 2.0}),
        L_From=np.where(dry, 2 * low + 1, 0).astype(int),
        L_To=np.where(dry, 2 * high - 1, 0).astype(int),
        R_From=np.where(dry, 2 * low + 2, 0).astype(int),
        R_To=np.where(dry, 2 * high, 0).astype(int),
    )


def _street_names(
    pieces: gpd.GeoDataFrame, strokes: list[Stroke], rng: np.random.Generator
) -> pd.Series:
    """Return a full name for each segment; numbered streets downtown, courts where short."""
    words, used, given = names.street_words(rng), set[str](), dict[int, str]()
    ordinals = iter(["1st", "2nd", "3rd", "4th", "5th", "6th", "7th", "8th"])
    kinds = {"downtown": ("St", "Ave"), "inner": ("St", "Ave", "Pl"), "works": ("Rd", "Way")}
    length = pieces.geometry.length.groupby(pieces["stroke"]).sum()
    for number in sorted(length.index):
        stroke = strokes[number]
        name = stroke.name
        if not name and stroke.texture == "downtown" and (word := next(ordinals, "")):
            name = f"{word} St"
        while not name or name in used:
            types = kinds.get(stroke.texture, ("Dr", "Rd", "Ln", "Ave", "Way"))
            types = ("Ct", "Pl", "Ter") if length[number] < 330 else types
            name = f"{words[int(rng.integers(len(words)))]} {types[int(rng.integers(len(types)))]}"
        used.add(name)
        given[number] = name
    return pd.Series([given[number] for number in pieces["stroke"]], index=pieces.index)


def _turned(streets: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Draw a third of the lines the other way round, as in real files, and say the same."""
    turn = rng.random(len(streets)) < 0.35
    out = streets.assign(
        Direction=np.where(turn, -streets["Direction"], streets["Direction"]).astype(str)
    )
    for side, other in (("L", "R"), ("R", "L")):
        for end, far in (("From", "To"), ("To", "From")):
            out[f"{side}_{end}"] = np.where(
                turn, streets[f"{other}_{far}"], streets[f"{side}_{end}"]
            )
    lines = streets.geometry.to_numpy()
    return out.set_geometry(np.where(turn, shapely.reverse(lines), lines), crs=geo.STORED_CRS)


def _parks(pieces: gpd.GeoDataFrame, land: gpd.GeoDataFrame) -> dict[str, Polygon]:
    """Turn whole blocks into parks, so that streets run along their edges."""
    faces = shapely.polygonize([shapely.union_all(pieces.geometry.to_numpy())]).geoms
    cells = gpd.GeoSeries([face for face in faces if face.area < 200_000])
    middles = cells.representative_point()
    parks: dict[str, Polygon] = {}
    for name, at, radius in _PARKS:
        here = shapely.Point(at)
        district = land.geometry.iloc[int(land.distance(here).argmin())]
        near = cells[middles.within(district) & (middles.distance(here) < radius)]
        if near.empty:
            near = cells.iloc[[int(cells.distance(here).argmin())]]
        whole = shapely.union_all(near.buffer(1).to_numpy()).buffer(-1)
        parks[name] = Polygon(shapely.get_exterior_ring(_largest(whole)))
    return parks


def _largest(shape: BaseGeometry) -> BaseGeometry:
    parts: list[BaseGeometry] = list(shapely.get_parts(shape))
    return max(parts, key=lambda part: part.area)


def _banks() -> dict[str, BaseGeometry]:
    """Return the green strips between river and river roads."""
    middle = layout.river()
    wet = middle.buffer(layout.RIVER_HALF_WIDTH_M + 12)
    roads = shapely.union_all([s.line for s in layout.main_roads()]).buffer(18)
    strips = {
        "Riverside Park": middle.buffer(245, single_sided=True) & box(-500, -1420, 2500, 1500),
        "Wharf Green": middle.buffer(-132, single_sided=True) & box(-500, -900, 2500, -80),
        "Ferry Meadow": middle.buffer(245, single_sided=True) & box(-500, -2900, 2500, -1700),
    }
    return {name: strip - wet - roads for name, strip in strips.items()}


def _areas(
    parks: dict[str, Polygon],
    land: gpd.GeoDataFrame,
    place: Callable[[BaseGeometry], BaseGeometry],
) -> gpd.GeoDataFrame:
    pond = affinity.scale(parks["Founders Park"].centroid.buffer(60), 1.7, 0.9)
    river = layout.river().buffer(layout.RIVER_HALF_WIDTH_M) & layout.limits().buffer(700)
    shapes: list[tuple[str, str, BaseGeometry]] = [
        ("Sorrel River", "water", river),
        ("Founders Pond", "water", pond),
    ]
    shapes += [(name, "park", shape.buffer(-9)) for name, shape in parks.items()]
    shapes += [(name, "park", shape) for name, shape in _banks().items()]
    left = dict(_DISTRICTS)
    for shape in _large_districts(land):
        middle = shape.representative_point()
        name = min(left, key=lambda n: middle.distance(shapely.Point(left[n])))
        left.pop(name)
        shapes.append((name, "neighbourhood", shape))
    people = [_population(shape) if kind == "neighbourhood" else None for _, kind, shape in shapes]
    return gpd.GeoDataFrame(
        {
            "name": [s[0] for s in shapes],
            "kind": [s[1] for s in shapes],
            "population": pd.array(people, dtype="Int64"),
        },
        geometry=[place(shape) for _, _, shape in shapes],
        crs=geo.STORED_CRS,
    )


def _population(district: BaseGeometry) -> int:
    """Invent how many people live in a district: the nearer to downtown, the denser."""
    away_km = district.centroid.distance(shapely.Point(layout.DOWNTOWN)) / 1000
    people_per_km2 = 700 + 3300 * np.exp(-away_km / 1.8)
    return int(round(people_per_km2 * district.area / 1e6, -1))


def _large_districts(land: gpd.GeoDataFrame) -> list[BaseGeometry]:
    """Join the two halves of downtown, and every small district to the one it borders most."""
    downtown = shapely.union_all(land.geometry.to_numpy()[:2]).buffer(1).buffer(-1)
    shapes: list[BaseGeometry] = [downtown]
    shapes += list(land.geometry[2:])
    while min(shape.area for shape in shapes) < SMALL_DISTRICT_M2:
        small = shapes.pop(int(np.argmin([shape.area for shape in shapes])))
        shared = [shape.intersection(small.buffer(5)).area for shape in shapes]
        best = int(np.argmax(shared))
        shapes[best] = shapely.union(shapes[best], small).buffer(1).buffer(-1)
    return shapes


def _resources(
    streets: gpd.GeoDataFrame,
    areas: gpd.GeoDataFrame,
    place: Callable[[BaseGeometry], BaseGeometry],
) -> pd.DataFrame:
    """Put each place of help at the address nearest to where it is meant to be."""
    doors = addresses(streets, areas)
    doors = doors[~doors["crossing"]]
    rows = []
    for told in helping.places():
        [[lon, lat]] = shapely.get_coordinates(place(shapely.Point(told.pop("at"))))
        away = geo.distance_m(lon, lat, doors["lon"], doors["lat"])
        door = doors.iloc[int(np.argmin(away))]
        where = {"address": f"{door['address'].title()}, Marlow"}
        rows.append(told | where | {"lat": door["lat"], "lon": door["lon"]})
    return pd.DataFrame(rows, columns=list(helping.COLUMNS))
