"""The public map: areas in the colours of their calls, small counts hidden."""

from collections.abc import Callable, Sequence
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from outreach.language.translate import number_words, translator
from outreach.maps.base import Ground
from outreach.maps.elements import Drawing, Panel, script_json, steps
from outreach.maps.style import Look, class_colours, count_breaks, count_labels
from outreach.maps.views import layered_map

UNPLACED = "no place known"  # the row of calls that are in no area
HIDDEN_FILL = "#e8e6e1"


def classes_of(counts: pd.Series) -> tuple[list[int], npt.NDArray[np.int64]]:
    """Return the bounds of the classes, and each count's class; the last is for hidden or none."""
    known = counts.fillna(0).to_numpy(np.int64)
    breaks = count_breaks(known)
    kinds = np.searchsorted(breaks, known, side="right")
    return breaks, np.where(known > 0, kinds, len(breaks) + 1)


def class_words(breaks: Sequence[int], language: str) -> list[str]:
    """Return what each class of ``classes_of`` is called, the lowest first, hidden ones last."""
    _ = translator(language)
    words = count_labels(breaks, language)
    if breaks:  # a count of 1 is hidden, so no class begins there
        words[0] = _("fewer than {number}").format(number=number_words(breaks[0], language))
        words[-1] = _("{number} and more").format(number=number_words(breaks[-1], language))
    else:
        words[0] = _("any count that is shown")
    return [*words, _("hidden or none")]


def public_map(
    shapes: gpd.GeoDataFrame,
    counts: pd.Series,
    ground: Ground,
    *,
    language: str = "en",
    say: Callable[[str], str] = str,
) -> folium.Map:
    """Return the map of areas by their calls for help.

    Needs    shapes    area, geometry
             counts    by area; Int64, missing where hidden
             say       from an area to its name as people read it
    """
    _ = translator(language)
    drawn = shapes[shapes["area"].isin(counts.index)].explode(index_parts=False)
    calls = counts.reindex(drawn["area"])
    breaks, kinds = classes_of(calls)
    colours = [*class_colours(breaks), HIDDEN_FILL]
    rows = [
        (steps(shape.exterior), int(kind), [say(area), _told(count, _)])
        for shape, area, kind, count in zip(
            drawn.geometry, drawn["area"], kinds, calls, strict=True
        )
    ]
    data = {"cells": rows, "colours": colours, "opacity": 0.75}
    layer = Drawing("hexes", script_json(data), name=_("Calls for help"))
    looks = [
        (Look("hex", fill), text)
        for fill, text in zip(colours, class_words(breaks, language), strict=True)
    ]
    legend = Panel(_("Calls for help"), rows=(*looks[-2::-1], looks[-1]), folds=True)
    west, south, east, north = shapely.total_bounds(drawn.geometry.to_numpy())
    bounds = (west, south, east, north)
    return layered_map(bounds, layer, legend, ground, language=language)


def _told(count: Any, _: Callable[[str], str]) -> str:
    if pd.isna(count):
        return _("The count is hidden.")
    return _("{number} calls for help").format(number=f"{count:,}")
