"""Invented cities with planted truth."""
