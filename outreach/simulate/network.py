"""Strokes into a clean street network: cut at crossings, tidied, thinned, one-way, connected."""

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import shapely
from shapely.geometry import LineString, Polygon

from outreach.simulate.blocks import TEXTURES
from outreach.simulate.layout import Stroke

SHORTEST_M = 38.0  # crossings nearer than this become one
PARALLEL_M = 62.0  # a local street this near along a main road is left out


def segments(strokes: list[Stroke]) -> gpd.GeoDataFrame:
    """Cut strokes where they cross.

    Adds     stroke (number), kind, texture, one_way, u, v (node numbers), geometry
             drawn along the stroke, flat metres
    """
    pieces = shapely.get_parts(
        shapely.union_all([stroke.line for stroke in strokes], grid_size=0.5)
    )
    tree = shapely.STRtree([stroke.line for stroke in strokes])
    found = []
    for piece in pieces:
        middle = piece.interpolate(0.5, normalized=True)
        number = int(tree.nearest(middle))
        line = strokes[number].line
        ends = [line.project(shapely.Point(c)) for c in (piece.coords[0], piece.coords[-1])]
        found.append((number, piece if ends[0] <= ends[1] else piece.reverse()))
    rows = pd.DataFrame({"stroke": [number for number, _ in found]})
    for name in ("kind", "texture", "one_way"):
        rows[name] = [getattr(strokes[number], name) for number in rows["stroke"]]
    return _with_nodes(gpd.GeoDataFrame(rows, geometry=[piece for _, piece in found]))


def tidy(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Merge crossings that lie close together; drop slivers beside main roads and loose ends."""
    streets = _merge_close(streets)
    local = streets["kind"] == "local"
    main = streets[~local]
    on_main = set(main["u"]) | set(main["v"])
    joins = (streets["u"].isin(on_main) != streets["v"].isin(on_main)) & (
        streets.geometry.length < 1.3 * PARALLEL_M
    )
    beside = streets.geometry.within(main.geometry.union_all().buffer(PARALLEL_M))
    sliver = local & beside & ~joins
    return _without_loose_ends(streets[~sliver])


def without_inside(streets: gpd.GeoDataFrame, park: Polygon) -> gpd.GeoDataFrame:
    """Leave out the local streets inside a park, not those along its edge."""
    middles = streets.geometry.interpolate(0.5, normalized=True)
    inside = (streets["kind"] == "local") & middles.within(park.buffer(-5))
    return _without_loose_ends(streets[~inside])


def thinned(streets: gpd.GeoDataFrame, rng: np.random.Generator) -> gpd.GeoDataFrame:
    """Leave out some local segments by texture, all still connected: loops and cul-de-sacs."""
    share = streets["texture"].map({name: t.thinned for name, t in TEXTURES.items()}).fillna(0)
    drop = rng.random(len(streets)) < share.to_numpy() * 1.6  # some are needed and stay
    kept = _spanning(streets, rng)
    return streets[~drop | kept].reset_index(drop=True)


def strongly_connected(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep the largest connected part; open one-ways both ways until every node is reached."""
    graph = nx.Graph(list(zip(streets["u"], streets["v"], strict=True)))
    largest = max(nx.connected_components(graph), key=len)
    streets = streets[streets["u"].isin(largest)].reset_index(drop=True)
    while True:
        parts = sorted(nx.strongly_connected_components(directed(streets)), key=len)
        if len(parts) == 1:
            return streets
        cut_off = set().union(*parts[:-1])
        touching = streets["u"].isin(cut_off) | streets["v"].isin(cut_off)
        streets = streets.assign(one_way=streets["one_way"].where(~touching, 0))


def directed(streets: pd.DataFrame) -> nx.DiGraph:
    """Return the ways one may drive."""
    graph = nx.DiGraph()
    graph.add_edges_from(streets.loc[streets["one_way"] >= 0, ["u", "v"]].to_numpy().tolist())
    graph.add_edges_from(streets.loc[streets["one_way"] <= 0, ["v", "u"]].to_numpy().tolist())
    return graph


def _with_nodes(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    ends = [(line.coords[0], line.coords[-1]) for line in streets.geometry]
    codes, _ = pd.factorize(pd.Series([end for pair in ends for end in pair]))
    return streets.assign(u=codes[::2], v=codes[1::2])


def _merge_close(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Contract segments shorter than SHORTEST_M; a main road's node is where the others go."""
    graph = nx.Graph(list(zip(streets["u"], streets["v"], strict=True)))
    short = streets.geometry.length < SHORTEST_M
    groups = nx.Graph(streets.loc[short, ["u", "v"]].to_numpy().tolist())
    groups.add_nodes_from(graph)
    weight = {"arterial": 100, "collector": 10, "local": 1}
    ends: dict[int, list[tuple[float, float, float]]] = {}
    for u, v, line, kind in streets[["u", "v", "geometry", "kind"]].itertuples(index=False):
        for node, (x, y) in ((u, line.coords[0]), (v, line.coords[-1])):
            ends.setdefault(node, []).append((x, y, weight[kind]))
    moved: dict[int, tuple[float, float]] = {}
    for group in nx.connected_components(groups):
        known = [end for node in group for end in ends[node]]
        best = max(w for _, _, w in known)
        at = np.mean([(x, y) for x, y, w in known if w == best], axis=0)
        moved |= dict.fromkeys(group, (float(at[0]), float(at[1])))
    kept = streets[~short]
    lines = [
        LineString([moved[u], *line.coords[1:-1], moved[v]])
        for u, v, line in kept[["u", "v", "geometry"]].itertuples(index=False)
    ]
    merged = _with_nodes(kept.set_geometry(lines).reset_index(drop=True))
    pair = pd.DataFrame(np.sort(merged[["u", "v"]].to_numpy(), axis=1))
    return merged[(merged["u"] != merged["v"]) & ~pair.duplicated()].reset_index(drop=True)


def _without_loose_ends(streets: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    while True:
        degree = pd.concat([streets["u"], streets["v"]]).value_counts()
        loose = (degree.loc[streets["u"]].to_numpy() == 1) | (
            degree.loc[streets["v"]].to_numpy() == 1
        )
        loose &= (streets["kind"] == "local").to_numpy() | (streets.geometry.length < 150)
        if not loose.any():
            return streets.reset_index(drop=True)
        streets = streets[~loose]


def _spanning(streets: gpd.GeoDataFrame, rng: np.random.Generator) -> np.ndarray:
    """Mark the segments of a random tree that holds everything together."""
    graph = nx.Graph()
    order = rng.random(len(streets)) + (streets["kind"] == "local")
    for row, (u, v, cost) in enumerate(zip(streets["u"], streets["v"], order, strict=True)):
        graph.add_edge(u, v, weight=cost, row=row)
    rows = [data["row"] for _, _, data in nx.minimum_spanning_edges(graph)]
    kept: np.ndarray = np.isin(np.arange(len(streets)), rows)
    return kept
