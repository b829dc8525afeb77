"""What is known before an update touches anything: its plan, what the preflight finds, what the gate misses."""

import threading
from dataclasses import dataclass, replace
from pathlib import Path

from automation.ahead.gate import gate
from automation.aws.site import AwsSite
from automation.driver import refused_arguments
from automation.engine.workspace import OpenStack
from automation.outcome import Outcome
from automation.preflight.model import Report
from automation.preflight.plan import Plan, PreviewError, preview
from automation.preflight.running import SERVICES, run_preflight
from automation.proof.scaled import planned_services, refuse_where_scaled
from automation.request import Request
from automation.telling.progress import Progress


@dataclass(frozen=True)
class Ahead:
    """What is known before the update: its plan, and what was checked, each where somebody wants it."""

    plan: Plan | None = None
    report: Report | None = None


def look_ahead(
    request: Request, opened: OpenStack, config_file: Path, site: AwsSite, progress: Progress
) -> Ahead | Outcome:
    """Preview the update and check it; return an outcome where it ends here, and nothing was touched.

    Raises:
        UsageError: there is no such check to skip, or extra tasks are wanted of a service whose count is scaled.
    """
    if not (request.preflight or request.require_new_revision or request.approve or request.extra_tasks):
        return Ahead()
    stack = opened.stack.name
    if request.preflight:
        # The preview is another process's work, and takes about as long.
        threading.Thread(target=site.prepare, args=(SERVICES,), name="clients", daemon=True).start()
    try:
        plan = preview(opened, config_file)
        if request.extra_tasks:
            refuse_where_scaled(planned_services(plan), site)
        report = _check(request, plan, site)
    except PreviewError as failed:
        return Outcome(stack, (), update_error=str(failed), refused_arguments=refused_arguments([str(failed)]))
    except KeyboardInterrupt:
        opened.command.interrupt()  # a preview holds no lock: it may be cut off
        return Outcome(stack, (), interrupted=True)
    if report is None:
        return Ahead(plan)
    progress.preflight(report)
    if report.refused:
        return Outcome(stack, (), api_calls=site.api_calls, preflight=report)
    site.expect({each.image: (each.digest, *each.manifests) for found in report.findings for each in found.recorded})
    return Ahead(plan, report)


def _check(request: Request, plan: Plan, site: AwsSite) -> Report | None:
    """Return what the preflight found, and that there is no new revision where one is required; None: not asked for."""
    report = run_preflight(plan, site, request.skip_checks) if request.preflight else None
    if request.require_new_revision:
        found = report or Report(())
        return replace(found, findings=(*found.findings, *gate(plan, found).missing))
    return report
