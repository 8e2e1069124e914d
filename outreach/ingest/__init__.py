"""Files into CALLS: read, map columns, clean, place, set aside; nothing is lost."""
