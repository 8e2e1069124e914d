"""The weekly sweep: candidates, shifts, solver, independent checker, reasons."""
