"""The Pulumi engine: its CLI, a project's stack in it, one run of it."""
