"""What is kept on disk: calls (Parquet), plans, quarantine; the only SQL and query engine."""
