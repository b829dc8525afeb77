"""What `up` knows before it touches anything: the plan and what was checked; where it is refused, the run's outcome."""

import threading
from dataclasses import dataclass, replace

from automation.ahead.beginning import Begun
from automation.ahead.forecast import forecast
from automation.aws.site import AwsSite
from automation.driver import refused_arguments
from automation.mending.gone import gone, tell_state
from automation.mending.repair import make_ready
from automation.outcome import Outcome
from automation.preflight.checks import CHECKS
from automation.preflight.model import Report
from automation.preflight.plan import Plan, PreviewError, preview
from automation.preflight.running import SERVICES
from automation.proof.scaled import planned_services, refuse_where_scaled
from automation.request import Request
from automation.telling.progress import Progress


@dataclass(frozen=True)
class Before:
    """What is known before the update: its plan, and what was checked, each where somebody wants it."""

    plan: Plan | None = None
    report: Report | None = None


def before_update(request: Request, begun: Begun, site: AwsSite, progress: Progress) -> Before | Outcome:
    """Take the update's preview and check it; return an outcome where it ends here, and nothing was touched.

    Raises:
        UsageError: there is no such check to skip, or extra tasks are wanted of a service whose count is scaled.
        StackLockedError: a service was deleted since, and somebody holds the stack, whose state has to be told.
    """
    opened, previewing = begun.opened, begun.previewing
    if previewing is None:
        opened.ensure()  # a preview finds out by itself whether there is such a stack
        return Before()
    stack = opened.stack.name
    if request.preflight:
        # The preview is another process's work, and takes about as long.
        threading.Thread(target=site.prepare, args=(SERVICES,), name="clients", daemon=True).start()
    skip, checks = (request.skip_checks, CHECKS) if request.preflight else ((), ())
    try:
        plan = previewing.plan()
        if missing := gone(planned_services(plan).services, site):
            make_ready(opened, progress.say)
            tell_state(opened, missing, progress.say)
            plan = preview(opened, begun.config_file)
        if request.extra_tasks:
            refuse_where_scaled(planned_services(plan), site)
        ahead = forecast(stack, plan, site, skip, checks, read_secret_keys=request.read_secret_keys)
    except PreviewError as failed:
        return Outcome(stack, (), update_error=str(failed), refused_arguments=refused_arguments([str(failed)]))
    except KeyboardInterrupt:
        previewing.stop()
        opened.command.interrupt()  # a second preview holds no lock either, and a refresh ends in order
        return Outcome(stack, (), interrupted=True)
    if not (request.preflight or request.require_new_revision):
        return Before(ahead.plan)
    unmet = ahead.gate.missing if request.require_new_revision else ()
    report = replace(ahead.report, findings=(*ahead.report.findings, *unmet))
    progress.preflight(report)
    if report.refused:
        return Outcome(stack, (), api_calls=site.api_calls, preflight=report)
    site.expect({each.image: (each.digest, *each.manifests) for found in report.findings for each in found.recorded})
    return Before(ahead.plan, report)
