"""Making a city folder: streets, settings, key, resources."""

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import time
from pathlib import Path
from typing import TYPE_CHECKING

import geopandas as gpd

from outreach import geo
from outreach.columns import empty
from outreach.config import (
    CONFIG_NAME,
    Base,
    Break,
    City,
    Day,
    Member,
    Shift,
    Team,
    dump_city,
    load_city,
)
from outreach.errors import ConfigError
from outreach.pipeline.directory import keep_directory
from outreach.pipeline.directory_import import read_places
from outreach.roles import needs
from outreach.schemas import LIMITS
from outreach.store import secrets, tables
from outreach.store.folder import write_whole
from outreach.streets import network as street_network

if TYPE_CHECKING:
    from outreach.streets.build import StreetFile

Report = Callable[[str], None]
OSM_SUFFIXES = (".osm", ".osm.bz2", ".osm.gz", ".osm.pbf")
KEPT = (secrets.KEY_NAME, "limits.csv")  # what people are known by, and who asked for no visit
HEADER = """\
# The settings of this city. Times are local; an unknown key is an error, so typing mistakes show.
# After a change nothing needs rebuilding but the week's plan: outreach plan
"""


@dataclass(frozen=True)
class NewCity:
    """What a user may say about a city when making its folder."""

    streets: Path | None = None  # a local file
    place: str | None = None  # or a name to download
    name: str | None = None
    time_zone: str | None = None
    base: tuple[float, float] | None = None  # lat, lon
    resources: tuple[Path, ...] = ()
    areas: Path | None = None
    invented_data: bool = False


@needs("manage")
def init_city(folder: Path, new: NewCity, *, report: Report) -> City:
    """Make a city folder; it is none before city.toml stands in it, which comes last.

    Where a folder has a key and limits from before, they stay.

    Raises   ConfigError               the folder is a city already
             InputError, StreetsError  the streets cannot be read or reached
    """
    if (folder / CONFIG_NAME).exists():
        raise ConfigError(f"{folder} is a city folder already; nothing was changed")
    streets = _streets(new, report)
    city = _settings(new, streets, folder)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(dir=folder, prefix=".init."))
    try:
        _write_city(staged, city, streets, new, report)
        for made in sorted(staged.iterdir(), key=lambda path: path.name == CONFIG_NAME):
            target = folder / made.name
            if made.name in KEPT and target.exists():
                continue
            if target.is_dir():  # of a city whose making was cut short
                shutil.rmtree(target)
            made.rename(target)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return load_city(folder)


@needs("public")
def load_networks(folder: Path) -> dict[str, street_network.StreetNetwork]:
    """Return a city's street networks by mode; none where it was made without streets."""
    streets = folder / "streets"
    modes = street_network.saved_modes(streets)
    return {mode: street_network.load(streets, mode) for mode in modes}


def _streets(new: NewCity, report: Report) -> "StreetFile | None":
    # OSMnx takes seconds to load, and only the making of a city needs it
    from outreach.streets.build import download_streets, read_streets

    speeds = {
        name: City.model_fields[name].default for name in ("drive_speed_kmh", "walk_speed_kmh")
    }
    if new.streets is not None:
        return read_streets(new.streets, **speeds, report=report)
    if new.place is not None:
        return download_streets(new.place, **speeds, report=report)
    return None


def _settings(new: NewCity, streets: "StreetFile | None", folder: Path) -> City:
    """Fill in what the user left out from the streets themselves."""
    base = new.base
    if base is None and streets is not None:
        base = _middle_node(streets)
    zone = new.time_zone or (geo.time_zone_at(base[1], base[0]) if base else "UTC")
    stem = folder.resolve().name.replace("-", " ").replace("_", " ")
    default_name = new.place.split(",")[0] if new.place else stem.title()
    teams = (
        Team(name="Team A", members=_pair("A", "caseworker", "clinician")),
        Team(name="Team B", members=_pair("B", "caseworker", "peer")),
        Team(name="Co-response", members=_pair("C", "caseworker", "officer")),
    )
    lunch = Break(earliest=time(11, 30), latest=time(13, 30), minutes=30)
    week: tuple[Day, ...] = ("mon", "tue", "wed", "thu", "fri")
    shifts = (
        Shift(teams=("Team A", "Team B"), days=week, start=time(9), end=time(17), pause=lunch),
        Shift(teams=("Co-response",), days=("tue", "thu"), start=time(12), end=time(18)),
    )
    return City(
        name=new.name or default_name,
        time_zone=zone,
        home_base=Base(lat=base[0], lon=base[1]) if base else None,
        invented_data=new.invented_data,
        streets_credit=_credit(new),
        teams=teams,
        shifts=shifts,
    )


def _credit(new: NewCity) -> str:
    """Return what OpenStreetMap's licence asks to be shown; other files' licences vary."""
    name = new.streets.name.lower() if new.streets else ""
    from_osm = new.place is not None or name.endswith((*OSM_SUFFIXES, ".graphml"))
    return "© OpenStreetMap contributors" if from_osm else ""


def _pair(letter: str, *roles: str) -> tuple[Member, ...]:
    """Return stand-ins for a team's members; each is somebody else, as nobody is in two teams."""
    told = ({"name": f"{role.capitalize()} {letter}", "role": role} for role in roles)
    return tuple(Member.model_validate(member) for member in told)


def _middle_node(streets: "StreetFile") -> tuple[float, float]:
    """Return latitude and longitude of the street corner nearest to the middle of the city."""
    nodes = next(iter(streets.networks.values())).nodes
    middle = nodes["lon"].median(), nodes["lat"].median()
    away_m = geo.distance_m(nodes["lon"], nodes["lat"], *middle)
    nearest = nodes.iloc[int(away_m.argmin())]
    return round(float(nearest["lat"]), 6), round(float(nearest["lon"]), 6)


def _write_city(
    folder: Path, city: City, streets: "StreetFile | None", new: NewCity, report: Report
) -> None:
    secrets.make_key(folder)
    tables.write_table(folder / "limits.csv", empty(LIMITS), LIMITS)
    paths = list(new.resources)
    if new.streets is not None and new.streets.name.lower().endswith(OSM_SUFFIXES):
        paths.insert(0, new.streets)
    if paths:
        report("reading places of help")
        keep_directory(folder, read_places(paths, report=report))
    if streets is not None:
        for made in streets.networks.values():
            street_network.save(made, folder / "streets")
        tables.write_shapes(
            folder / "streets" / "address_ranges.parquet",
            gpd.GeoDataFrame(streets.address_ranges, geometry="geometry", crs=geo.STORED_CRS),
        )
        tables.write_frame(folder / "streets" / "intersections.parquet", streets.intersections)
    if new.areas is not None:
        shapes = tables.read_shapes(new.areas, ("name", "kind"))
        tables.write_shapes(folder / "areas.geojson", shapes)
    write_whole(folder / CONFIG_NAME, HEADER + dump_city(city))
