"""Looks ahead: an update's plan, what the preflight finds of it, what the gate says. Nothing is changed."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from automation.ahead.gate import Gate, gate
from automation.aws.site import AwsSite
from automation.engine.workspace import OpenStack
from automation.preflight.checks import CHECKS
from automation.preflight.model import Check, Report
from automation.preflight.plan import Plan, preview
from automation.preflight.running import run_preflight


@dataclass(frozen=True)
class Forecast:
    """What would come of an update."""

    stack: str
    plan: Plan
    report: Report
    gate: Gate


def forecast(
    opened: OpenStack,
    config_file: Path,
    site: AwsSite,
    skip: Collection[str] = (),
    checks: Sequence[Check] = CHECKS,
    *,
    planned: Callable[[Plan], None] = lambda _: None,
) -> Forecast:
    """Return what would come of an update.

    Args:
        opened: the stack.
        config_file: this run's settings.
        site: whom to ask about its services.
        skip: ids of checks that are left out.
        checks: those that there are.
        planned: given the plan before anything is checked; may refuse it.

    Raises:
        UsageError: the stack, its configuration or its program is not as it must be.
        PreviewError: the engine or the program cannot plan it.
    """
    plan = preview(opened, config_file)
    planned(plan)
    report = run_preflight(plan, site, skip, checks)
    return Forecast(opened.stack.name, plan, report, gate(plan, report))
