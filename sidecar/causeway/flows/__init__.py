"""What a fact means: state in, decision out. Pure functions, no I/O, no clock of their own."""
