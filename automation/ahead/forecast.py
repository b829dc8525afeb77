"""Looks ahead: what an update would change, what the preflight finds, what the gate says. Nothing is changed."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automation.ahead.gate import Gate, gate
from automation.ahead.revision_changes import ServiceChange, service_change
from automation.preflight.checks import CHECKS
from automation.preflight.model import Check, Finding, Report
from automation.preflight.plan import Plan, PlannedResource, preview
from automation.preflight.running import run_preflight
from automation.preflight.subject import subjects
from automation.request import Request, opening, site_of
from diagnostics.names import quoted
from diagnostics.printable import sentence


@dataclass(frozen=True)
class Forecast:
    """What would come of an update."""

    stack: str
    plan: Plan
    services: tuple[ServiceChange, ...]
    report: Report
    gate: Gate
    audit: Mapping[str, Any] | None = None
    """What the hardening controls say of the plan, as `audit/1`; None where nobody asked them."""

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What `up` would refuse the update for."""
        return self.report.refused

    def changed_lines(self) -> Iterator[str]:
        """Yield what would change, a line each: the stack's resources, and then each service's tasks."""
        changing = [each for each in self.plan.resources if each.operation in _CHANGING]
        for resource in changing:
            changed = _changed_inputs(resource)
            yield f"would {resource.operation} {resource.type} {resource.name}" + (
                f": {', '.join(changed)}" if changed else ""
            )
        if not changing:
            yield "nothing would change"
        for service in self.services:
            if service.unseen:
                yield f"{service.service}: {sentence(service.unseen)}"
            for change in service.changes:
                before, after = (_value(each) for each in (change.before, change.after))
                yield f"{service.service}: {change.path} {before} -> {after}"

    def to_document(self) -> dict[str, Any]:
        """Return it as the JSON object of `automation/schemas/preview-1.json`."""
        return {
            "schema": "preview/1",
            "stack": self.stack,
            "refused": bool(self.refused),
            "resources": [_resource(each) for each in self.plan.resources if each.operation in _CHANGING],
            "services": [each.to_document() for each in self.services],
            "warnings": list(self.plan.warnings),
            "preflight": self.report.to_document(),
            "gate": self.gate.to_document(),
            "controls": dict(self.audit) if self.audit is not None else None,
        }


_CHANGING = {"create", "update", "replace", "delete"}


def _value(value: str | None) -> str:
    return "(none)" if value is None else quoted(sentence(value))


def _resource(resource: PlannedResource) -> dict[str, Any]:
    return {
        "operation": resource.operation,
        "type": resource.type,
        "name": resource.name,
        "urn": resource.urn,
        "inputs": _changed_inputs(resource),
    }


def _changed_inputs(resource: PlannedResource) -> list[str]:
    """Return the names of the inputs that an update changes: values may be long, or somebody's secret."""
    if resource.operation not in {"update", "replace"}:
        return []
    before, after = resource.old_inputs or {}, resource.inputs
    return [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]


Audit = Callable[[Plan], Mapping[str, Any]]
"""Holds a plan against the hardening controls, and returns `audit/1`."""


def forecast(
    request: Request, skip: Collection[str] = (), checks: Sequence[Check] = CHECKS, audit: Audit | None = None
) -> Forecast:
    """Return what would come of an update.

    Args:
        request: what would be asked of `up`.
        skip: ids of checks that are left out.
        checks: those that there are.
        audit: holds the plan against the hardening controls, where that is wanted.

    Raises:
        UsageError: the stack, its configuration or its program is not as it must be.
    """
    with opening(request) as (opened, config_file, _):
        plan = preview(opened, config_file)
        name = opened.stack.name
    site = site_of(request, name)
    report = run_preflight(plan, site, skip, checks)
    changed = tuple(service_change(plan, each, site, report) for each in subjects(plan))
    return Forecast(name, plan, changed, report, gate(plan, report), audit(plan) if audit else None)
