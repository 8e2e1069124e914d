"""CALLS into where: counts, rates and change by cell."""
