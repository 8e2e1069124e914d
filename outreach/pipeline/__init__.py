"""The only place where stages meet: read, compute, check, write."""
