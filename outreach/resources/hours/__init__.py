"""Opening hours: read from text and rules, evaluated as openings."""
