import json

import geopandas as gpd
import pandas as pd
from shapely import MultiPolygon, box

from outreach.maps.base import make_ground
from outreach.maps.public import public_map


def test_the_public_map_tells_of_areas_only_and_hides_what_is_hidden():
    islands = MultiPolygon([box(-73.8, 42.6, -73.7, 42.7), box(-73.6, 42.6, -73.5, 42.7)])
    shapes = gpd.GeoDataFrame(
        {"area": ["Isles", "Shy </script>", "Far"]},
        geometry=[islands, box(-73.7, 42.6, -73.6, 42.7), box(0, 0, 1, 1)],
        crs=4326,
    )
    counts = pd.Series([25, None], index=["Isles", "Shy </script>"], dtype="Int64")
    chart = public_map(shapes, counts, make_ground(None, None))
    page = chart.get_root().render()
    (layer,) = [one for one in chart._children.values() if getattr(one, "function", "") == "hexes"]
    drawn = json.loads(layer.data)["cells"]
    assert [lines for _, _, lines in drawn] == [
        ["Isles", "25 calls for help"],
        ["Isles", "25 calls for help"],
        ["Shy </script>", "The count is hidden."],
    ]
    assert "Shy </script>" not in page
    assert "hidden or none" in page
