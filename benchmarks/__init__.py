"""Figures behind the claims: each module is a command that prints a table."""
