"""Looks at ECS and explains: a live service or a recorded one. Knows no Pulumi."""
