"""`rollback`: plans which revision to go back to and how, then does it with the watching and the proof of `up`."""

import queue
from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from automation.aws.clients import Clients, session_of
from automation.aws.stack_services import services_of_state
from automation.engine.update import Operation, ServiceTarget
from automation.engine.workspace import OpenStack
from automation.history.keeping import Stores, read
from automation.history.origin import Git
from automation.history.record import RolledBack
from automation.history.recording import History
from automation.outcome import Outcome, Result, ServiceOutcome
from automation.request import Request, site_of
from automation.rollback.choose import Proven, RollbackRefusedError, choose
from automation.rollback.deployable import deployable
from automation.rollback.program import Program, checked_out, program_of
from automation.rollback.service import Actions, ServiceRollback
from automation.rollback.stack import refresh_service, the_service
from automation.telling.progress import Progress
from automation.up import Running, drive, run_up
from diagnostics.reads import ReadError, Reads, Shape
from diagnostics.serving import ServingState
from diagnostics.shapes import tail

_CHECKOUT = 600.0
"""Seconds that git may take to check a commit out: a repository may be large."""


@dataclass(frozen=True)
class Asked:
    """What a person asked for."""

    service: str | None = None
    to: str | None = None
    program: bool = True
    """Whether the program may be run again."""


@dataclass(frozen=True)
class Plan:
    """What is going to be done."""

    target: Proven
    service: ServiceTarget
    program: Program | None
    """What is run again; None: ECS deploys the revision itself."""
    notes: tuple[str, ...] = ()
    """What a person should know before it is done."""

    @property
    def rolled_back(self) -> RolledBack:
        """What the record says of it."""
        by = "program" if self.program else "service"
        return RolledBack(self.target.record.id, self.target.task_definition, by)

    @property
    def sentence(self) -> str:
        """What is going to be done, in a sentence."""
        served = self.target.record.ended_at
        how = (
            f"the program of commit {self.program.sha[:10]} runs again with the configuration of that run"
            if self.program
            else "ECS deploys that revision again"
        )
        return f"{self.service.name} goes back to {self.target.revision}, proven {served:%Y-%m-%d %H:%M:%S} UTC: {how}"


def plan(request: Request, opened: OpenStack, stores: Stores, asked: Asked) -> Plan:
    """Find the revision to go back to, and the way.

    Raises:
        UsageError: no such service.
        RollbackRefusedError: there is no such revision, or it cannot be deployed any more.
    """
    stack = opened.stack.name.rsplit("/", 1)[-1]
    services = services_of_state(opened.stack.export_stack().deployment or {})
    service = the_service(services, stack, asked.service)
    reader = Clients(session_of(request.environment)).of(service)
    reading = read(stores, request.project.name, stack)
    target = choose(reading.records, service.cluster, service.name, _current(reader, service), asked.to)
    found = deployable(reader, target)
    if found.refusals:
        raise RollbackRefusedError("; ".join(found.refusals))
    notes = [*reading.unread, *reading.passed_over, *(f"not checked before: {each}" for each in found.unchecked)]
    program: Program | str = "it was asked not to be run"
    if asked.program:
        names = frozenset(each.name for each in services)
        program = program_of(target.record, request.project, stack, Git(request.project.directory), names)
    if isinstance(program, str):
        notes.append(f"the program is not run again: {program}")
    elif program.secrets:
        notes.append(f"secrets are not recorded; those of today are taken for {', '.join(program.secrets)}")
    return Plan(target, service, program if isinstance(program, Program) else None, tuple(notes))


def roll_back(request: Request, opened: OpenStack, plan: Plan, history: History, progress: Progress) -> Outcome | None:
    """Do what was planned; return its outcome, or None where the person did not approve.

    Raises:
        GitError: the program's commit cannot be checked out; nothing was changed.
    """
    history = replace(history, rolled_back=plan.rolled_back, repeats=plan.target.record)
    if plan.program is None:
        return _by_service(replace(request, history=history), opened, plan, progress)
    git = Git(request.project.directory, _CHECKOUT)
    with checked_out(plan.program, request.project, git) as project:
        again = replace(
            request,
            project=project,
            history=history,
            configuration=plan.program.configuration,
            judge=lambda outcome: held_to(outcome, plan),
        )
        return run_up(again, progress)


def held_to(outcome: Outcome, plan: Plan) -> Outcome:
    """Return the outcome; a service that runs another image than the one that was proven then is not proven now."""
    return replace(outcome, services=tuple(_held_to(service, plan) for service in outcome.services))


def _held_to(service: ServiceOutcome, plan: Plan) -> ServiceOutcome:
    proof, wanted = service.proof, plan.target.service.digest
    if service.name != plan.service.name or service.result is not Result.SERVING or proof is None:
        return service
    if not proof.digest or not wanted or proof.digest == wanted:
        return service
    missing = f"it runs {proof.digest[:19]}…, and {plan.target.revision} ran {wanted[:19]}…"
    return replace(
        service,
        result=Result.NOT_PROVEN,
        proof=replace(proof, state=ServingState.NOT_PROVEN, missing=(*proof.missing, missing)),
    )


def _current(reader: Reads, service: ServiceTarget) -> str | None:
    try:
        shape = reader.describe_service(service.cluster, service.name)
    except ReadError as refused:
        raise RollbackRefusedError(f"what {service.name} runs now cannot be read: {refused.answer}") from refused
    if shape is None or shape.get("status") != "ACTIVE":
        raise RollbackRefusedError(
            f"there is no service {service.name} in the cluster {tail(service.cluster)} any more"
        )
    primary: Shape = next((each for each in shape["deployments"] if each.get("status") == "PRIMARY"), {})
    return primary.get("taskDefinition") or shape.get("taskDefinition")


def _by_service(request: Request, opened: OpenStack, plan: Plan, progress: Progress) -> Outcome:
    service, revision = plan.service, plan.target.task_definition
    target = replace(service, wanted=revision, operation=Operation.UPDATE, deploys=True)
    # Clients of its own: the driver's are used in another thread.
    clients = Clients(session_of(request.environment))
    actions = Actions(
        deploy=lambda: clients.writer(target).deploy_revision(target.cluster, target.name, revision),
        describe=lambda: clients.of(target).describe_service(target.cluster, target.name),
    )
    messages: queue.Queue[Any] = queue.Queue()
    rollback = ServiceRollback(target, actions, request.clock, messages)

    def judge(outcome: Outcome) -> Outcome:
        progress.say(f"{service.name}: the stack's state takes what ECS says of the service")
        error = refresh_service(opened, service)
        unrefreshed = error and f"the stack's state does not know what the service runs now: {error}"
        told = "\n".join(filter(None, (outcome.update_error, unrefreshed))) or None
        calls = Counter(outcome.api_calls) + clients.api_calls
        return held_to(replace(outcome, update_error=told, api_calls=calls), plan)

    site = site_of(request, opened.stack.name, rollback.watched)
    running = Running(rollback, site, messages)
    return drive(replace(request, judge=judge), opened, plan.target.record.configuration, running, progress)
