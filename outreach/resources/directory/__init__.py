"""The directory of help in HSDS terms: read, changed, merged, shared, and its flat view."""
