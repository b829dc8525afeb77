"""What `preview` tells of an update: its forecast, what would change of each service, what the controls say."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from automation.ahead.forecast import Forecast
from automation.ahead.revision_changes import ServiceChange, service_change
from automation.aws.site import AwsSite
from automation.preflight.plan import Plan, PlannedResource
from automation.preflight.subject import subjects
from diagnostics.names import quoted
from diagnostics.printable import sentence

Audit = Callable[[Plan], Mapping[str, Any]]
"""Holds a plan against the hardening controls, and returns `audit/1`."""


@dataclass(frozen=True)
class Preview:
    """A forecast with all that can be said of it."""

    forecast: Forecast
    services: tuple[ServiceChange, ...]
    audit: Mapping[str, Any]
    """What the hardening controls say of the plan, as `audit/1`."""

    def changed_lines(self) -> Iterator[str]:
        """Yield what would change, a line each: the stack's resources, and then each service's tasks."""
        changing = [each for each in self.forecast.plan.resources if each.operation in _CHANGING]
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
            "stack": self.forecast.stack,
            "refused": bool(self.forecast.report.refused),
            "resources": [_resource(each) for each in self.forecast.plan.resources if each.operation in _CHANGING],
            "services": [each.to_document() for each in self.services],
            "warnings": list(self.forecast.plan.warnings),
            "preflight": self.forecast.report.to_document(),
            "gate": self.forecast.gate.to_document(),
            "controls": dict(self.audit),
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


def preview_of(forecast: Forecast, site: AwsSite, audit: Audit) -> Preview:
    """Return all that can be said of a forecast; reads in AWS what the services run now."""
    plan, report = forecast.plan, forecast.report
    return Preview(forecast, tuple(service_change(plan, each, site, report) for each in subjects(plan)), audit(plan))
