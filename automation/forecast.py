"""Looks ahead: what an update would change, what the preflight finds, what the gate says. Nothing is changed."""

import shutil
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from automation.gate import Gate, gate
from automation.preflight.checks import CHECKS
from automation.preflight.model import Check, Finding, Report
from automation.preflight.plan import Plan, PlannedResource, preview
from automation.preflight.reading import Asks
from automation.preflight.running import run_preflight
from automation.preflight.subject import subjects
from automation.project import settings_of_run, write_settings
from automation.revision_changes import ServiceChange, service_change
from automation.up import Request
from automation.workspace import OpenStack, config_file_of_run, open_stack
from diagnostics.aws import Reader
from diagnostics.names import quoted
from diagnostics.reads import SessionSettings
from diagnostics.render.lines import sentence


@dataclass(frozen=True)
class Forecast:
    """What would come of an update."""

    stack: str
    plan: Plan
    services: tuple[ServiceChange, ...]
    report: Report
    gate: Gate

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What `up` would refuse the update for."""
        return self.report.refused

    def changed_lines(self) -> Iterator[str]:
        """Yield what would change of each service's tasks, a line each."""
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
        }


_CHANGING = {"create", "update", "replace", "delete"}


def _value(value: str | None) -> str:
    return "(none)" if value is None else quoted(sentence(value))


def _resource(resource: PlannedResource) -> dict[str, Any]:
    before, after = resource.old_inputs or {}, resource.inputs
    changed = [key for key in dict.fromkeys((*before, *after)) if before.get(key) != after.get(key)]
    return {
        "operation": resource.operation,
        "type": resource.type,
        "name": resource.name,
        "urn": resource.urn,
        # Values may be long, or somebody's secret: the names say enough.
        "inputs": changed if resource.operation in {"update", "replace"} else [],
    }


class OwnSite:
    """Asks AWS as this process's environment says, each service in its region."""

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings

    def asks(self, region: str | None) -> Asks:
        """Return who asks AWS in that region; None: the session's own."""
        return Reader(replace(self._settings, region=region or self._settings.region))


@contextmanager
def opening(request: Request) -> Iterator[tuple[OpenStack, Path]]:
    """Open the stack of a request, and keep this run's settings in a file meanwhile.

    Raises:
        UsageError: the stack or its configuration is not as it must be; nothing was touched.
    """
    opened = open_stack(
        request.project, request.stack, request.engine, request.environment, create=request.create_stack
    )
    name = opened.stack.name
    config_file = config_file_of_run(request.project, name)
    try:
        write_settings(settings_of_run(request.project, name, request.config, request.defaults or {}), config_file)
        yield opened, config_file
    finally:
        shutil.rmtree(config_file.parent, ignore_errors=True)


def forecast(request: Request, skip: Collection[str] = (), checks: Sequence[Check] = CHECKS) -> Forecast:
    """Return what would come of an update.

    Args:
        request: what would be asked of `up`.
        skip: ids of checks that are left out.
        checks: those that there are.

    Raises:
        UsageError: the stack, its configuration or its program is not as it must be.
    """
    session = SessionSettings(
        region=request.environment.get("AWS_REGION"), endpoint_url=request.environment.get("AWS_ENDPOINT_URL")
    )
    site = OwnSite(session)
    with opening(request) as (opened, config_file):
        plan = preview(opened, config_file)
        name = opened.stack.name
    report = run_preflight(plan, site, skip, checks)
    changed = tuple(service_change(plan, each, site, report) for each in subjects(plan))
    return Forecast(name, plan, changed, report, gate(plan, report))
