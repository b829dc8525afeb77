"""Runs all checks of all services at the same time, each with a time limit, and never raises for what they meet."""

import difflib
import logging
import queue
import threading
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from automation.engine.update import ServiceTarget
from automation.errors import UsageError
from automation.preflight.checks import CHECKS
from automation.preflight.model import Check, Finding, Report, Status, not_done
from automation.preflight.plan import Plan, PlannedResource
from automation.preflight.reading import Asks, Download, PreflightReads, said
from automation.preflight.subject import Subject, look_at, planned_target, subjects
from diagnostics.answers import WRONG
from diagnostics.aws import download
from diagnostics.model import Quote
from diagnostics.reads import ReadError

_log = logging.getLogger(__name__)

LIMIT = 10.0
"""Seconds of real time for the checks of a service, from when all of them begin."""
SERVICES = ("ecs", "ecr", "iam", "logs", "elbv2", "ec2", "secretsmanager", "ssm", "cloudwatch", "service-quotas")
"""What most services are checked with, in boto3's names; in this order their clients are made beside the preview."""


class Site(Protocol):
    """Whom to ask about a service."""

    def asks(self, target: ServiceTarget) -> Asks:
        """Return who asks AWS in the service's region and account."""
        ...


def check_ids(given: Collection[str], checks: Sequence[Check] = CHECKS) -> frozenset[str]:
    """Return the ids of checks to skip.

    Raises:
        UsageError: there is no such check; the nearest is named.
    """
    ids = [check.ID for check in checks]
    for each in given:
        if each not in ids:
            near = difflib.get_close_matches(each, ids, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"the checks are {', '.join(ids)}"
            raise UsageError(f"--skip-check {each}: there is no such check; {hint}")
    return frozenset(given)


def run_preflight(
    plan: Plan,
    site: Site,
    skip: Collection[str] = (),
    checks: Sequence[Check] = CHECKS,
    *,
    read_secret_keys: bool = False,
    limit: float = LIMIT,
    download: Download = download,
    monotonic: Callable[[], float] = time.monotonic,
) -> Report:
    """Check each service that the plan leaves in the stack; return what was found.

    Args:
        plan: what the update would do.
        site: whom to ask about a service.
        skip: ids of checks that are left out.
        checks: those that there are.
        read_secret_keys: whether values of secrets may be read for the names of their keys.
        limit: seconds that each check has; what takes longer was not done.
        download: reads what ECR gives the address of.
        monotonic: real time.
    """
    began = monotonic()
    skipped = check_ids(skip, checks)
    services = subjects(plan)
    asked = [each for each in checks if each.ID not in skipped]
    reading = partial(PreflightReads, download=download, read_secret_keys=read_secret_keys)
    runs = [_Run(service, plan, site, asked, reading) for service in services]
    for run in runs if asked else ():
        run.start()
    findings: list[Finding] = []
    for run in runs:
        found = run.findings(began + limit, monotonic)
        for check in checks:
            if check.ID in skipped:
                left_out = Finding(Status.SKIPPED, f"left out by `--skip-check {check.ID}`")
                findings.append(replace(left_out, check=check.ID, subject=run.name))
            else:
                findings += found[check.ID]
    return Report(tuple(findings), monotonic() - began)


class _Run:
    """The checks of one service: one thread looks at it, then each check has its own."""

    def __init__(
        self,
        service: PlannedResource,
        plan: Plan,
        site: Site,
        checks: Sequence[Check],
        reading: Callable[[Asks], PreflightReads],
    ) -> None:
        named = service.known("name")
        self.name = named if isinstance(named, str) else service.name
        self._service = service
        self._plan = plan
        self._site = site
        self._checks = checks
        self._reading = reading
        self._done: queue.Queue[tuple[str, list[Finding]]] = queue.Queue()

    def start(self) -> None:
        self._in_thread(self._look)

    def findings(self, until: float, monotonic: Callable[[], float]) -> dict[str, list[Finding]]:
        """Wait for the checks, and return what each found; what is not done by then was not done."""
        found: dict[str, list[Finding]] = {}
        while len(found) < len(self._checks):
            try:
                check, given = self._done.get(timeout=max(0.0, until - monotonic()))
            except queue.Empty:
                break
            found[check] = given
        for check_ in self._checks:
            late = not_done("AWS did not answer in time")
            found.setdefault(check_.ID, [replace(late, check=check_.ID, subject=self.name)])
        return found

    @staticmethod
    def _in_thread(work: Callable[[], None]) -> None:
        # A daemon: what AWS does not answer must not keep the process from ending.
        threading.Thread(target=work, name="preflight", daemon=True).start()

    def _look(self) -> None:
        reads: PreflightReads | None = None
        try:
            asks = self._site.asks(planned_target(self._plan, self._service))
            reads = self._reading(asks)
            subject = look_at(self._plan, self._service, reads)
        except Exception as surprise:  # noqa: BLE001 - a preflight that breaks must not keep anybody from deploying
            for check in self._checks:
                self._done.put((check.ID, self._named(check, [_broken(surprise)])))
            return
        for check in self._checks:
            self._in_thread(lambda check=check: self._check(check, subject, reads))  # type: ignore[misc]

    def _check(self, check: Check, subject: Subject, reads: PreflightReads) -> None:
        found: list[Finding] = []
        try:
            found.extend(check.run(subject, reads))
        except ReadError as refusal:
            answer = refusal.answer
            quote = Quote(answer.operation, said(answer))
            found.append(not_done(f"AWS did not say: {answer.operation} was answered with an error", evidence=[quote]))
        except Exception as surprise:  # noqa: BLE001 - as above
            found.append(_broken(surprise))
        self._done.put((check.ID, self._named(check, found or [Finding(Status.OK, check.TITLE)])))

    def _named(self, check: Check, found: Sequence[Finding]) -> list[Finding]:
        return [replace(each, check=check.ID, subject=self.name) for each in found]


def _broken(surprise: Exception) -> Finding:
    if isinstance(surprise, WRONG):
        _log.info("an answer of AWS could not be worked with", exc_info=surprise)
        told = f"{type(surprise).__name__}: {surprise}"[:200]
        return not_done(f"AWS's answers lack what their API always tells, or the check cannot work with them ({told})")
    _log.warning("a check of the preflight broke", exc_info=surprise)
    return not_done(f"the check itself broke: {type(surprise).__name__}")
