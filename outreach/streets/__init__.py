"""Street networks, travel times and ways along streets: the only osmnx."""
