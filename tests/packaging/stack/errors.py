"""The stack's own module, which has the name of one of failwell's."""

OWNER = "the stack"
