"""A street network for one mode of travel: tables, times between nodes, saving and loading."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import connected_components
from shapely.geometry.base import BaseGeometry

from outreach.errors import StreetsError
from outreach.geo import STORED_CRS

Mode = Literal["drive", "walk"]
MODES: tuple[Mode, ...] = ("drive", "walk")
EDGE_COLUMNS = ("u", "v", "length_m", "travel_s", "name", "limited", "geometry")

IntArray = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class StreetNetwork:
    """Streets for one mode: every node can reach every other one.

    nodes   lon, lat, stoppable              index 0..n-1; not stoppable: motorway and ramps only
    edges   u, v                             positions in nodes, in the direction of travel
            length_m, travel_s, name         name is text or missing
            limited                          motorway or ramp: nobody stops there
            geometry                         LineString from u to v, EPSG:4326
    """

    mode: Mode
    nodes: pd.DataFrame
    edges: gpd.GeoDataFrame

    @cached_property
    def _fastest(self) -> tuple[IntArray, IntArray]:
        """Keys u·n+v in rising order, and for each the position of its fastest edge."""
        keys = self.edges["u"].to_numpy(np.int64) * len(self.nodes) + self.edges["v"].to_numpy()
        order = np.lexsort((self.edges["travel_s"].to_numpy(), keys))
        unique, first = np.unique(keys[order], return_index=True)
        return unique, order[first]

    @cached_property
    def times(self) -> csr_matrix:
        """Seconds from node to node; of parallel edges the fastest."""
        keys, chosen = self._fastest
        n = len(self.nodes)
        seconds = self.edges["travel_s"].to_numpy(float)[chosen]
        return csr_matrix((seconds, (keys // n, keys % n)), shape=(n, n))

    def edge_between(self, u: npt.ArrayLike, v: npt.ArrayLike) -> IntArray:
        """Return the positions in ``edges`` of the fastest edge of each pair of joined nodes."""
        keys, chosen = self._fastest
        wanted = np.asarray(u, np.int64) * len(self.nodes) + np.asarray(v, np.int64)
        return chosen[np.searchsorted(keys, wanted)]

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north end in degrees."""
        west, south, east, north = (float(end) for end in self.edges.total_bounds)
        return west, south, east, north

    @cached_property
    def hull(self) -> BaseGeometry:
        """The convex hull of all nodes, EPSG:4326."""
        return shapely.MultiPoint(self.nodes[["lon", "lat"]].to_numpy(float)).convex_hull


def _with_nodes(mode: Mode, edges: gpd.GeoDataFrame) -> StreetNetwork:
    """Read the nodes off the ends of edges that are numbered 0..n-1 in ``u``."""
    ends = shapely.get_coordinates(shapely.get_point(edges.geometry.to_numpy(), 0))
    u = edges["u"].to_numpy()
    nodes, first = np.unique(u, return_index=True)
    stoppable = np.zeros(len(nodes), bool)
    open_street = ~edges["limited"].to_numpy(bool)
    stoppable[u[open_street]] = True
    stoppable[edges["v"].to_numpy()[open_street]] = True
    if not stoppable.any():
        stoppable[:] = True
    frame = pd.DataFrame(
        {"lon": ends[first, 0], "lat": ends[first, 1], "stoppable": stoppable},
        index=pd.RangeIndex(len(nodes)),
    )
    return StreetNetwork(mode, frame, edges)


def make_network(mode: Mode, edges: gpd.GeoDataFrame) -> StreetNetwork:
    """Make a network of the largest part of the streets in which every node reaches every other.

    Needs    u, v                   any whole numbers; geometry starts and ends at the same
                                    point wherever they are the same
             length_m, travel_s, name, limited, geometry (LineString, EPSG:4326)
    Raises   StreetsError           no two nodes can reach each other both ways
    """
    ids, ends = np.unique(np.concatenate([edges["u"], edges["v"]]), return_inverse=True)
    u, v = ends[: len(edges)], ends[len(edges) :]
    graph = csr_matrix((np.ones(len(edges)), (u, v)), shape=(len(ids), len(ids)))
    _, part = connected_components(graph, directed=True, connection="strong")
    inside = part == np.bincount(part).argmax() if len(ids) else np.zeros(0, bool)
    if inside.sum() < 2:
        raise StreetsError(f"no {mode} streets that lead from anywhere to elsewhere and back")
    number = np.cumsum(inside) - 1
    kept = inside[u] & inside[v]
    edges = edges.loc[kept, list(EDGE_COLUMNS)].assign(u=number[u[kept]], v=number[v[kept]])
    # the solver takes an explicit zero for "no street"
    edges["travel_s"] = edges["travel_s"].clip(lower=0.01)
    edges = edges.sort_values(["u", "v", "length_m"], ignore_index=True)
    return _with_nodes(mode, edges.set_crs(STORED_CRS))


def _file(folder: Path, mode: str) -> Path:
    return folder / f"{mode}.parquet"


def save(network: StreetNetwork, folder: Path) -> None:
    """Write a network as GeoParquet into a folder, all of it or nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    path = _file(folder, network.mode)
    part = path.with_suffix(".part")
    try:
        network.edges.to_parquet(part, index=False)
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def saved_modes(folder: Path) -> Sequence[Mode]:
    """Return the modes whose networks lie in a folder."""
    return [mode for mode in MODES if _file(folder, mode).is_file()]


def load(folder: Path, mode: Mode) -> StreetNetwork:
    """Read a network that ``save`` wrote.

    Raises   StreetsError   it is not there or damaged
    """
    path = _file(folder, mode)
    try:
        edges = gpd.read_parquet(path)
        return _with_nodes(mode, edges[list(EDGE_COLUMNS)])
    except FileNotFoundError:
        raise StreetsError(f"no saved {mode} streets in {folder}") from None
    except (OSError, ValueError, KeyError) as error:
        raise StreetsError(f"{path} is damaged ({error}); make the streets again") from None
