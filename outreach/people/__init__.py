"""CALLS into who and which doors: repeat places, clusters and people."""
