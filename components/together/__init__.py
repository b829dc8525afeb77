"""Rules about arguments that depend on each other, by subject; each takes the clean values and reports problems."""
