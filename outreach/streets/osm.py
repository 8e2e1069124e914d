"""OpenStreetMap extracts and OSMnx graphs to street networks."""

import re
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import geopandas as gpd
import networkx as nx
import osmium
import osmnx as ox
import pandas as pd
import requests

from outreach.errors import InputError, StreetsError
from outreach.geo import STORED_CRS
from outreach.streets.network import MODES, Mode
from outreach.unpacking import check_stream

SLOWEST_KMH, FASTEST_KMH = 5.0, 130.0  # a maxspeed outside is a slip of the pen
_LIMITED = ("motorway", "motorway_link", "trunk_link")

# Ways that a mode may not use: tag -> pattern, the same as OSMnx's network types.
_BARRED: dict[Mode, dict[str, re.Pattern[str]]] = {
    "drive": {
        "area": re.compile("yes"),
        "access": re.compile("private"),
        "highway": re.compile(
            "abandoned|bridleway|bus_guideway|construction|corridor|cycleway|elevator|escalator|"
            "footway|no|path|pedestrian|planned|platform|proposed|raceway|razed|rest_area|service|"
            "steps|track"
        ),
        "motor_vehicle": re.compile("no"),
        "motorcar": re.compile("no"),
        "service": re.compile("alley|driveway|emergency_access|parking|private"),
    },
    "walk": {
        "area": re.compile("yes"),
        "access": re.compile("private"),
        "highway": re.compile(
            "abandoned|bus_guideway|construction|cycleway|motor|no|planned|platform|proposed|"
            "raceway|razed|rest_area|services"
        ),
        "foot": re.compile("no"),
        "service": re.compile("private"),
        "sidewalk": re.compile("separate"),
        "sidewalk:both": re.compile("separate"),
        "sidewalk:left": re.compile("separate"),
        "sidewalk:right": re.compile("separate"),
    },
}


def may_use(tags: Mapping[str, str], mode: Mode) -> bool:
    """Return whether a mode may use a way with these tags."""
    return not any(pattern.search(tags.get(key, "")) for key, pattern in _BARRED[mode].items())


@contextmanager
def _osmnx_settings(**wanted: Any) -> Iterator[None]:
    """Change OSMnx's global settings for a while, and undo what it does to name resolution."""
    before = {name: getattr(ox.settings, name) for name in wanted}
    resolve = socket.getaddrinfo
    try:
        for name, value in wanted.items():
            setattr(ox.settings, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(ox.settings, name, value)
        socket.getaddrinfo = resolve


def _copy_ways(source: Path, target: Path, keep: Callable[[Mapping[str, str]], bool]) -> int:
    """Copy the highways that ``keep`` wants, and the nodes they need."""
    kept, needed = 0, osmium.IdTracker()
    with osmium.SimpleWriter(str(target), overwrite=True) as writer:
        ways = osmium.FileProcessor(str(source), osmium.osm.WAY)
        for way in ways.with_filter(osmium.filter.KeyFilter("highway")):
            if keep(dict(way.tags)):
                writer.add(way)
                needed.add_references(way)
                kept += 1
        nodes = osmium.FileProcessor(str(source), osmium.osm.NODE)
        for node in nodes.with_filter(needed.id_filter()):
            writer.add(node)
    return kept


def graphs_from_extract(path: Path, report: Callable[[str], None]) -> dict[Mode, nx.MultiDiGraph]:
    """Return the unsimplified graph of each mode from an OSM extract that pyosmium can read.

    Raises   InputError     not an OSM file, or cut short
             StreetsError   it has no streets for a mode
    """
    graphs: dict[Mode, nx.MultiDiGraph] = {}
    with TemporaryDirectory() as folder:
        highways = Path(folder) / "highways.osm.pbf"
        report("Picking the streets out of the extract")
        try:
            if path.suffix.lower() in (".bz2", ".gz"):
                check_stream(path)
            _copy_ways(path, highways, lambda _: True)
        except (RuntimeError, OSError) as error:
            raise InputError(f"{path} cannot be read as OpenStreetMap data: {error}") from None
        for mode in MODES:
            report(f"Linking streets: {mode}")
            ways = Path(folder) / f"{mode}.osm"
            if not _copy_ways(highways, ways, partial(may_use, mode=mode)):
                raise StreetsError(f"{path} has no streets to {mode} on")
            graphs[mode] = ox.graph_from_xml(
                ways, bidirectional=mode == "walk", simplify=False, retain_all=True
            )
    return graphs


def graphs_from_place(place: str, report: Callable[[str], None]) -> dict[Mode, nx.MultiDiGraph]:
    """Download the unsimplified graph of each mode of a place, by name.

    Raises   InputError   no connection, no such place, or no streets there
    """
    graphs: dict[Mode, nx.MultiDiGraph] = {}
    with _osmnx_settings(use_cache=False, log_console=False, log_file=False):
        for mode in MODES:
            report(f"Downloading streets of {place}: {mode}")
            try:
                graphs[mode] = ox.graph_from_place(
                    place, network_type=mode, simplify=False, retain_all=True
                )
            except requests.RequestException as error:
                raise InputError(
                    f"the streets of {place!r} could not be downloaded "
                    f"({type(error).__name__}); give a file with --streets instead"
                ) from None
            except (ValueError, TypeError) as error:
                raise InputError(f"OpenStreetMap has no streets for {place!r}: {error}") from None
    return graphs


def graph_from_graphml(path: Path) -> nx.MultiDiGraph:
    """Read a graph that OSMnx saved.

    Raises   InputError   not such a file
    """
    try:
        graph = ox.load_graphml(path)
        if not len(graph.edges) or not all("length" in e for *_, e in graph.edges(data=True)):
            raise ValueError("its edges have no length")
        return graph
    except (
        OSError,
        SyntaxError,
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        nx.NetworkXException,
    ) as error:
        raise InputError(f"{path} is not a street graph saved by OSMnx: {error}") from None


def _text(value: Any) -> str | None:
    """Return one text for a tag that simplification may have made a list."""
    if isinstance(value, list):
        return "; ".join(sorted({str(item) for item in value}))
    return value if isinstance(value, str) and value.strip() else None


def timed(graph: nx.MultiDiGraph, default_kmh: float) -> nx.MultiDiGraph:
    """Return a copy with travel_time (s) at free flow on every edge.

    Of a street's saved speed, its maxspeed, the mean maxspeed of its class and ours the first
    that is known. Made before simplification, which adds up the times of the pieces.
    """
    graph = graph.copy()
    pieces = [attributes for *_, attributes in graph.edges(data=True)]
    if not all("speed_kph" in piece for piece in pieces):
        if any("maxspeed" in piece for piece in pieces):
            graph = ox.add_edge_speeds(graph, fallback=default_kmh)
        else:
            nx.set_edge_attributes(graph, default_kmh, "speed_kph")
    for *_, piece in graph.edges(data=True):
        kmh = min(max(float(piece["speed_kph"]), SLOWEST_KMH), FASTEST_KMH)
        piece["travel_time"] = piece["length"] / (kmh / 3.6)
    return graph


def _both_ways(edges: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add the way back to every edge that has none."""
    back = edges.assign(u=edges["v"], v=edges["u"], geometry=edges.geometry.reverse())
    keys = ["u", "v", "length_m"]
    both = pd.concat([edges, back], ignore_index=True)
    return both.loc[~both[keys].round(1).duplicated()]


def edges_from_graph(graph: nx.MultiDiGraph, mode: Mode, speed_kmh: float) -> gpd.GeoDataFrame:
    """Return the edges of a graph as ``make_network`` wants them.

    ``speed_kmh`` is the speed on foot, or of cars where the graph does not say.
    """
    if mode == "drive":
        graph = timed(graph, speed_kmh)
    if not graph.graph.get("simplified"):
        graph = ox.simplify_graph(graph)
    table = ox.graph_to_gdfs(graph, nodes=False, fill_edge_geometry=True)
    highway = table["highway"] if "highway" in table else pd.Series("", index=table.index)
    kinds = highway.map(lambda kind: kind if isinstance(kind, list) else [kind])
    limited = kinds.map(lambda kind: all(k in _LIMITED for k in kind)).astype(bool)
    on_foot_s = table["length"].astype(float) / (speed_kmh / 3.6)
    seconds = table["travel_time"].astype(float) if mode == "drive" else on_foot_s
    names = table["name"].map(_text) if "name" in table else None
    edges = gpd.GeoDataFrame(
        {
            "u": table.index.get_level_values("u"),
            "v": table.index.get_level_values("v"),
            "length_m": table["length"].to_numpy(float),
            "travel_s": seconds.to_numpy(),
            "name": pd.Series(names, index=table.index, dtype=object).to_numpy(),
            "limited": limited.to_numpy(),
        },
        geometry=table.geometry.to_numpy(),
        crs=STORED_CRS,
    )
    if mode == "walk":
        edges = _both_ways(edges.loc[~edges["limited"]])
    return edges


def named_pieces(graph: nx.MultiDiGraph) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return nodes (lon, lat) and edges (u, v, name) of a graph, for ``intersections``."""
    nodes = pd.DataFrame({"lon": dict(graph.nodes(data="x")), "lat": dict(graph.nodes(data="y"))})
    rows = [(u, v, _text(name)) for u, v, name in graph.edges(data="name")]
    return nodes, pd.DataFrame(rows, columns=["u", "v", "name"])
