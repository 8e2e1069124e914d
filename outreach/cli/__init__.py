"""The command line: one short function per command; all work is done in the pipeline."""
