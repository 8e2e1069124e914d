"""One file a version; its name begins with its number."""
