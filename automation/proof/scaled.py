"""Refuses extra tasks for services whose desired count is Application Auto Scaling's to set."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from automation.engine.update import SERVICE_TYPE, ServiceTarget
from automation.errors import UsageError
from automation.preflight.plan import Plan
from automation.preflight.subject import planned_target
from diagnostics.reads import ReadError
from diagnostics.shapes import tail

_SCALABLE_TARGET = "aws:appautoscaling/target:Target"


@dataclass(frozen=True)
class PlannedServices:
    """The ECS services of a planned update, and what is scaled after it."""

    services: tuple[ServiceTarget, ...]
    """Those whose name is known before they are made."""
    scaled: frozenset[str]
    """Application Auto Scaling's ids of what the stack has it scale: `service/CLUSTER/NAME`."""


def planned_services(plan: Plan) -> PlannedServices:
    """Return the ECS services that an update would make, change or leave as they are."""
    named = [each for each in plan.of_type(SERVICE_TYPE) if isinstance(each.known("name"), str)]
    services = tuple(planned_target(plan, each) for each in named)
    scaled = (each.known("resourceId") for each in plan.of_type(_SCALABLE_TARGET))
    return PlannedServices(services, frozenset(str(each) for each in scaled if each))


class Scaled(Protocol):
    """Knows what is scaled."""

    def scaled_by(self, target: ServiceTarget) -> tuple[int, int] | None:
        """Return the least and the most tasks of a service that is scaled, or None; raises `ReadError`."""
        ...


def refuse_where_scaled(planned: PlannedServices, site: Scaled) -> None:
    """Refuse where a service of the update is scaled, will be, or it cannot be told.

    Raises:
        UsageError: names each such service.
    """
    problems = list(_problems(planned, site))
    if problems:
        listed = "; ".join(problems)
        msg = f"--surge and --verify-at-zero change a desired count for a while, and {listed}: leave the option out"
        raise UsageError(msg)


def _problems(planned: PlannedServices, site: Scaled) -> Iterable[str]:
    for target in planned.services:
        if f"service/{tail(target.cluster)}/{target.name}" in planned.scaled:
            yield f"this stack has Application Auto Scaling set that of {target.name}"
            continue
        try:
            bounds = site.scaled_by(target)
        except ReadError as refused:
            yield f"whether Application Auto Scaling sets that of {target.name} could not be read ({refused.answer})"
        else:
            if bounds:
                yield f"Application Auto Scaling sets that of {target.name}, between {bounds[0]} and {bounds[1]}"
