"""The stack's own package, which has the name of one of failwell's rooms."""

OWNER = "the stack"
