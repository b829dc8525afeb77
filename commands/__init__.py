"""The commands, one module each: they parse, wire, print and exit. Heavy imports live inside the functions."""
