"""Looks ahead: an update's plan, what the preflight finds of it, what the gate says. Nothing is changed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from automation.ahead.gate import Gate, gate
from automation.preflight.checks import CHECKS
from automation.preflight.model import Check, Report
from automation.preflight.plan import Plan
from automation.preflight.running import Site, run_preflight


@dataclass(frozen=True)
class Forecast:
    """What would come of an update."""

    stack: str
    plan: Plan
    report: Report
    gate: Gate


def forecast(
    stack: str,
    plan: Plan,
    site: Site,
    skip: Collection[str] = (),
    checks: Sequence[Check] = CHECKS,
    *,
    read_secret_keys: bool = False,
) -> Forecast:
    """Return what would come of an update.

    Args:
        stack: its name.
        plan: what a preview said.
        site: whom to ask about its services.
        skip: ids of checks that are left out.
        checks: those that there are.
        read_secret_keys: whether values of secrets may be read for the names of their keys.
    """
    report = run_preflight(plan, site, skip, checks, read_secret_keys=read_secret_keys)
    return Forecast(stack, plan, report, gate(plan, report))
