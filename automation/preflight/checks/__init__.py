"""The checks of the preflight, one line each: what a deployment needs from the registry to the load balancer."""

from automation.preflight.model import Check

CHECKS: tuple[Check, ...] = ()
