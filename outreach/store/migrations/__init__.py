"""Versions of the work database, as Alembic reads them."""
