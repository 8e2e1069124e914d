"""Street networks from a file or a place name: the one call that init makes."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import networkx as nx
import pandas as pd

from outreach.errors import InputError
from outreach.streets import centrelines, osm
from outreach.streets.crossings import address_ranges, intersections, no_address_ranges
from outreach.streets.network import MODES, Mode, StreetNetwork, make_network

EXTRACTS = (".osm", ".osm.bz2", ".osm.gz", ".osm.pbf")
GRAPHS = (".graphml",)
CENTRELINES = (".geojson", ".json")

Report = Callable[[str], None]


@dataclass(frozen=True)
class StreetFile:
    """What a file of streets gives a city.

    networks         one for each mode
    address_ranges   schemas.ADDRESS_RANGES; empty where the file has none
    intersections    schemas.INTERSECTIONS
    notes            what was chosen while reading, one sentence each
    """

    networks: dict[Mode, StreetNetwork]
    address_ranges: gpd.GeoDataFrame
    intersections: pd.DataFrame
    notes: tuple[str, ...]


def _silent(_: str) -> None:
    """Report to nobody."""


def _from_graphs(
    graphs: dict[Mode, nx.MultiDiGraph], speeds: dict[Mode, float], report: Report
) -> StreetFile:
    networks: dict[Mode, StreetNetwork] = {}
    notes = []
    for mode, graph in graphs.items():
        report(f"Simplifying and timing streets: {mode}")
        edges = osm.edges_from_graph(graph, mode, speeds[mode])
        networks[mode] = make_network(mode, edges)
        kept, whole = len(networks[mode].nodes), len(set(edges["u"]) | set(edges["v"]))
        notes.append(f"{mode}: {kept:,} of {whole:,} nodes can all reach each other and were kept")
    # before simplification every piece has one name, so names meet where they really do
    crossings = intersections(*osm.named_pieces(graphs["drive"]))
    return StreetFile(networks, no_address_ranges(), crossings, tuple(notes))


def _from_lines(path: Path, speeds: dict[Mode, float], report: Report) -> StreetFile:
    report("Reading centrelines")
    lines = centrelines.read_lines(path)
    networks = {
        mode: make_network(mode, centrelines.edges_from_lines(lines, mode, speeds[mode]))
        for mode in MODES
    }
    column, codes = centrelines.one_way(lines)
    name = centrelines.name_column(lines)
    walk = networks["walk"]
    notes = (
        f"one-way streets from column {column}: {int((codes != 0).sum()):,} of {len(lines):,}"
        if column
        else "no one-way column was found: every street is taken as two-way",
        f"street names from column {name}" if name else "no column of street names was found",
        f"every street is driven at {speeds['drive']:g} km/h; the file gives no speeds",
    )
    return StreetFile(networks, address_ranges(lines), intersections(walk.nodes, walk.edges), notes)


def read_streets(
    path: Path,
    *,
    drive_speed_kmh: float,
    walk_speed_kmh: float,
    report: Report | None = None,
) -> StreetFile:
    """Read the streets of a city from a local file.

    Needs    .osm, .osm.bz2, .osm.gz or .osm.pbf (an OpenStreetMap extract), .graphml (saved
             by OSMnx), .geojson or .json (centrelines; one-way codes follow the geometry).
             ``drive_speed_kmh`` is for streets whose speed the file does not tell
    Raises   InputError     missing, unreadable or of another kind
             StreetsError   no streets in it for one of the modes
    """
    report = report or _silent
    speeds: dict[Mode, float] = {"drive": drive_speed_kmh, "walk": walk_speed_kmh}
    if not path.is_file():
        raise InputError(f"there is no file {path}")
    name = path.name.lower()
    if name.endswith(EXTRACTS):
        return _from_graphs(osm.graphs_from_extract(path, report), speeds, report)
    if name.endswith(GRAPHS):
        graph = osm.graph_from_graphml(path)
        return _from_graphs(dict.fromkeys(MODES, graph), speeds, report)
    if name.endswith(CENTRELINES):
        return _from_lines(path, speeds, report)
    known = ", ".join((*EXTRACTS, *GRAPHS, *CENTRELINES))
    raise InputError(f"{path}: not a kind of street file that can be read ({known})")


def download_streets(
    place: str,
    *,
    drive_speed_kmh: float,
    walk_speed_kmh: float,
    report: Report | None = None,
) -> StreetFile:
    """Download the streets of a place, such as "Albany, New York", from OpenStreetMap.

    Raises   InputError     no connection, no such place
             StreetsError   no streets there for one of the modes
    """
    report = report or _silent
    speeds: dict[Mode, float] = {"drive": drive_speed_kmh, "walk": walk_speed_kmh}
    return _from_graphs(osm.graphs_from_place(place, report), speeds, report)
