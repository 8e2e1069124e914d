"""Maps: the only folium."""
