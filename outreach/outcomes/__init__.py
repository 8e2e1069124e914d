"""What came of the work: where visits go beside where help is asked for."""
