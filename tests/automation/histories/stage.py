"""The stage of a history: AWS in this process, a stepped engine, the driver's clients, and what everybody else does."""

import json
import queue
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError
from pulumi.automation import EngineEvent

from automation.aws.site import AwsSite
from automation.ending.interrupts import Choice, Interrupted
from automation.engine.update import Ended, ServiceTarget, provider_of, translate
from automation.engine.workspace import OpenStack
from automation.mending.creates import Creates
from automation.mending.journal import Journal, Kind
from automation.mending.repair import AwsOfStack, How, make_ready, repair
from automation.outcome import Outcome
from automation.proof.extra_tasks import Wish
from automation.request import Request
from automation.telling.progress import Progress
from automation.up import Running, drive
from automation.watcher import BaselineTaken, Looked
from diagnostics.aws import Reader
from diagnostics.reads import SessionSettings
from diagnostics.serving import Serving
from sandbox.images import load_catalogue
from tests.automation.histories.actor import Actor
from tests.automation.histories.engine import DEAD, REGION, Engine, Wanted
from tests.automation.histories.story import BAD, GOOD, Act, History, Moment, Run
from tests.sandbox.ecs.conftest import ACCOUNT, World

NAMES = ("web", "side")
_CODES = {
    "throttle": ("ThrottlingException", "Rate exceeded"),
    "error": ("ServerException", "Service Unavailable. Please try again later."),
    "expired": ("ExpiredTokenException", "The security token included in the request is expired"),
    "denied": ("AccessDeniedException", "User is not authorized to perform this action"),
}
LONGEST = timedelta(hours=4)
"""Of ECS's clock, for one run; a driver that takes longer never ends."""


class KilledError(BaseException):
    """The driver's process is gone: nothing that it does from now on has any effect."""


class _Hooks:
    """What is told of the driver's calls; one session serves all histories, as making clients takes longest."""

    def __init__(self) -> None:
        self.stage: Stage | None = None

    def before(self, model: Any, params: Any, **_more: Any) -> None:
        if self.stage:
            self.stage.before_call(model, params)

    def after(self, **_more: Any) -> None:
        if self.stage:
            self.stage.after_call()


HOOKS = _Hooks()


@cache
def reader_of(settings: SessionSettings) -> Reader:
    """Return a reader whose calls are told to the stage that is on."""
    reader = Reader(settings)
    session = reader.session
    session.events.register("before-call", HOOKS.before)
    session.events.register("after-call", HOOKS.after)
    return reader


@cache
def _provider_client(service: str) -> Any:
    session = boto3.Session("provider", "provider", region_name=REGION)
    return session.client(service, config=Config(retries={"total_max_attempts": 1}))


class Connection:
    """What the stand-in provider has instead of its own clients and clock."""

    region = REGION

    def __init__(self, pace: Any) -> None:
        self.pace = pace
        self.default_tags: dict[str, str] = {}

    def client(self, service: str, _region: str | None = None) -> Any:
        return _provider_client(service)


class SteppedWatcher:
    """A watcher without a thread: the stage has it look when it is due."""

    def __init__(self, stage: "Stage", urn: str, watch: Any, clock: Any, messages: "queue.Queue[Any]") -> None:
        self._stage, self._urn, self._watch, self._clock, self._messages = stage, urn, watch, clock, messages
        self._due: datetime | None = None

    def start(self) -> None:
        self._stage.watchers.append(self)

    def stop(self) -> None:
        if self in self._stage.watchers:
            self._stage.watchers.remove(self)

    def step(self) -> None:
        now = self._clock.now()
        if self._due is None:
            self._messages.put(BaselineTaken(self._urn, self._watch.begin()))
        if self._due is None or now >= self._due:
            self._messages.put(Looked(self._urn, self._watch.look()))
            self._due = now + timedelta(seconds=self._watch.interval)


class WitnessedSite(AwsSite):
    """The driver's own site, each proof of which is held against what ECS really has at that moment."""

    stage: "Stage"

    def prove(self, target: ServiceTarget, task_definition: str | None, deployment_id: str | None) -> Serving:
        proof = super().prove(target, task_definition, deployment_id)
        if proof.proven:
            really = self.stage.serves(target.name)
            assert really == proof.task_definition, f"proven is {proof.task_definition}, and {really} serves"
        return proof


class SteppedUpdate:
    """`automation.engine.update.Update` without its thread."""

    def __init__(self, stage: "Stage", program: list[Wanted]) -> None:
        self._stage, self._program = stage, program
        self.creates = Creates(stage.project, "dev")
        self._providers: dict[str, Any] = {}

    def start(self) -> None:
        self._stage.engine.start(self._program, self._take, self._end)

    def interrupt(self) -> bool:
        return self._stage.engine.interrupt()

    def refresh(self, urn: str) -> None:
        self._stage.engine.refresh([urn])

    def _take(self, event: EngineEvent) -> None:
        if self._stage.dead:
            return
        if provider := provider_of(event):
            self._providers[provider.urn] = provider
        self.creates.take(event)
        for message in translate(event, self._providers):
            self._stage.messages.put(message)

    def _end(self, error: str | None) -> None:
        if not self._stage.dead:
            self.creates.forget_failed()
            self._stage.messages.put(Ended(error))


class Feed(queue.Queue[Any]):
    """The driver's queue; where the driver waits on it, time passes."""

    def __init__(self, stage: "Stage") -> None:
        super().__init__()
        self._stage = stage

    def get(self, block: bool = True, timeout: float | None = None) -> Any:  # noqa: ARG002
        if block and self.empty():
            self._stage.pass_time()
        return super().get(block=False)


class Clock:
    """ECS's clock, for the driver."""

    def __init__(self, stage: "Stage") -> None:
        self._stage = stage

    def now(self) -> datetime:
        return self._stage.world.clock.now()

    def real(self, seconds: float) -> float:
        return seconds / self._stage.speed


class Stage:
    """One history, from an empty account on."""

    def __init__(self, history: History, project: Path) -> None:
        self.layout, self.project = history.layout, project
        self.speed = history.layout.speed
        catalogue = load_catalogue()
        catalogue.add(load_catalogue(Path(__file__).with_name("images.yaml")).images)
        self.world = World(seed=history.layout.seed, catalogue=catalogue)
        self.region = self.world.world.region(ACCOUNT, REGION)
        self.clock = Clock(self)
        self.seconds = 0.0
        self.engine = Engine(project, self.world.clock.now, self.monotonic, self.speed, self._connect)
        self.watchers: list[SteppedWatcher] = []
        self.messages: queue.Queue[Any] = Feed(self)
        self.dead = False
        self.run: Run | None = None
        self.began = self.world.clock.now()
        self.waiting: list[Moment] = []
        self.faults: list[tuple[Moment, datetime]] = []
        self.said: list[str] = []
        self.touched: set[str] = set()
        """Services that somebody else scaled, deployed, deleted or stopped in this history, since the last run."""
        self.alarm_rang = False
        self.asked: Callable[[Choice | None], object] | None = None
        self.dying: Moment | None = None
        self.wanted: dict[str, str] = {}
        """Service -> the task definition that this run asks for."""
        groups = [self.world.target_group() if self.layout.balanced else None for _ in range(self.layout.services)]
        self.groups = dict(zip(NAMES, groups, strict=False))
        self.revisions = {tag: self.world.register(tag) for tag in (*GOOD, *BAD)}
        self.world.client("cloudwatch").put_metric_alarm(
            AlarmName="errors", MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
            Threshold=1, ComparisonOperator="GreaterThanThreshold",
        )  # fmt: skip
        HOOKS.stage = self

    # --- time

    def monotonic(self) -> float:
        return self.seconds

    def pass_time(self) -> None:
        """Let a turn pass, for everybody."""
        self.check_alive()
        assert self.world.clock.now() - self.began < LONGEST, "the run does not end"
        self.world.step(self.layout.step)
        self.seconds += self.layout.step / self.speed
        self._act()
        self.engine.step()
        for watcher in list(self.watchers):
            watcher.step()

    def _connect(self, actor: Actor | None) -> Connection:
        return Connection(actor or SimpleNamespace(now=self.world.clock.now, sleep=self.world.step))

    # --- the driver's calls

    def check_alive(self) -> None:
        if self.dead:
            raise KilledError

    def before_call(self, model: Any, params: Any) -> None:
        self.check_alive()
        if self.dying and not self.dying.after:
            self._die()
        if model.name == "StopServiceDeployment":
            self._check_stop(params)
        if model.name == "UpdateService":
            self._check_count(json.loads(params["body"]))
        for moment, until in self.faults:
            everything = moment.operation == "*" and model.service_model.service_name == "ecs"
            if self.world.clock.now() < until and (everything or moment.operation == model.name):
                code, text = _CODES[moment.fault]
                raise ClientError({"Error": {"Code": code, "Message": text}}, model.name)

    def after_call(self) -> None:
        self.check_alive()
        if self.dying:
            self._die()

    def _die(self) -> None:
        self.dead, self.dying = True, None
        raise KilledError

    def _check_stop(self, params: Any) -> None:
        """No healthy deployment is aborted, and nobody else's."""
        arn = json.loads(params["body"])["serviceDeploymentArn"]
        found = [
            (service, each)
            for service in self.region.services.values()
            for each in service.service_deployments
            if each.arn == arn
        ]
        ((service, rollout),) = found
        tag = self.tag_of(rollout.deployment.revision.task_definition.arn)
        assert rollout.created_at >= self.began, "it stops a deployment that was there before"
        assert self.run
        asked = any(each.act is Act.INTERRUPT for each in self.run.moments)
        late = self.world.clock.now() - self.began >= timedelta(minutes=30)
        if tag in GOOD and not (asked or late):
            assert self.disturbed, f"it aborts the healthy deployment of {tag} to {service.name}"

    def _check_count(self, asked: dict[str, Any]) -> None:
        """No service that is healthy, or may become so, is scaled to zero."""
        name = str(asked["service"])
        service = self.region.services.get(("main", name))
        wanted = {0, None} & {self.counts_wanted.get(name), *self.counts_before.get(name, ())}
        if asked.get("desiredCount") != 0 or service is None or wanted or self.disturbed:
            return
        primary = service.primary
        healthy = self.tag_of(primary.revision.task_definition.arn) in GOOD and primary.rollout_state != "FAILED"
        assert not healthy, f"it scales {name} to zero, whose deployment is {primary.rollout_state}"

    @property
    def disturbed(self) -> bool:
        return bool(self.alarm_rang or self.touched)

    def tag_of(self, revision: str) -> str:
        return next(tag for tag, each in self.revisions.items() if each == revision)

    # --- what happens

    def _act(self) -> None:
        since = (self.world.clock.now() - self.began).total_seconds()
        while self.waiting and self.waiting[0].at <= since:
            self._do(self.waiting.pop(0))

    def _do(self, moment: Moment) -> None:
        name = NAMES[moment.service]
        match moment.act:
            case Act.INTERRUPT:
                if self.asked:
                    self.messages.put(Interrupted(moment.source))
                else:
                    self.answer = moment.answer
                    self.messages.put(Interrupted(moment.source))
            case Act.KILL_DRIVER:
                self.dying = moment
            case Act.KILL_ENGINE:
                self.engine.kill()
            case Act.KILL_PROVIDER:
                self.engine.kill_provider()
            case Act.FAULT:
                until = self.world.clock.now() + timedelta(seconds=moment.seconds)
                self.faults.append((moment, until))
            case Act.RING:
                self.alarm_rang = self.layout.alarms
                self._alarm("ALARM")
            case _:
                self._by_somebody_else(moment, name)

    def _by_somebody_else(self, moment: Moment, name: str) -> None:
        service = self.region.services.get(("main", name))
        if service is None or service.status != "ACTIVE":
            return
        ecs, place = self.world.ecs, {"cluster": "main", "service": name}
        match moment.act:
            case Act.DEPLOY:
                ecs.update_service(**place, taskDefinition=self.revisions[moment.tag])
            case Act.SCALE:
                ecs.update_service(**place, desiredCount=moment.count)
            case Act.DELETE:
                ecs.delete_service(**place, force=True)
            case Act.STOP:
                if service.current.status in {"PENDING", "IN_PROGRESS"}:
                    ecs.stop_service_deployment(serviceDeploymentArn=service.current.arn)
            case Act.KILL_TASK:
                live = [task for task in service.tasks if task.live]
                if live:
                    ecs.stop_task(cluster="main", task=live[-1].arn)
                return  # one task that somebody stops makes no deployment unhealthy
        self.touched.add(name)

    def _alarm(self, state: str) -> None:
        self.world.client("cloudwatch").set_alarm_state(AlarmName="errors", StateValue=state, StateReason="test")

    # --- the terminal

    @property
    def can_ask(self) -> bool:
        return bool(self.run and self.run.person)

    def ask(self, _question: str, answer: Callable[[Choice | None], object]) -> None:
        answer(self.answer)

    def withdraw(self) -> None:
        """The question is not shown any more."""

    # --- runs

    def up(self, run: Run) -> Outcome | None:
        """Run `up` once; None where it was killed."""
        self._begin(run)
        opened: Any = OpenStack(self.engine, None, self._environment)  # type: ignore[arg-type]
        site = WitnessedSite(
            SessionSettings(region=REGION), self.clock, self.project / "evidence", "dev", new_reader=reader_of
        )
        site.stage = self
        program = list(self._program(run))
        update = SteppedUpdate(self, program)
        running = Running(
            update,
            site,
            self.messages,
            lambda: bool(update.creates.open()),
            self.monotonic,
            lambda urn, watch, clock, messages, _floor: SteppedWatcher(self, urn, watch, clock, messages),
        )
        request = Request(
            project=SimpleNamespace(name="shop", directory=self.project),  # type: ignore[arg-type]
            stack="dev",
            engine=None,  # type: ignore[arg-type]
            environment=self._environment,
            clock=self.clock,
            abort=run.abort,
            on_interrupt=run.on_interrupt,
            first_failure=run.first_failure,
            asker=self,
            extra_tasks=Wish(run.surge, run.verify_at_zero),
        )
        try:
            make_ready(opened, self.said.append)
            return drive(request, opened, {}, running, Progress(self.said.append))
        except KilledError:
            return None
        finally:
            self.run_out()

    def run_out(self) -> None:
        """Let an engine that outlives its driver come to its end: it holds the lock so long."""
        self.watchers.clear()
        self.dying = None
        while self.engine.running:
            assert self.world.clock.now() - self.began < LONGEST, "the engine does not end"
            self.world.step(self.layout.step)
            self.seconds += self.layout.step / self.speed
            self.engine.step()
        if self.dead:
            (self.project / ".failwell" / "runs" / str(DEAD)).mkdir(parents=True, exist_ok=True)

    def _begin(self, run: Run) -> None:
        self.run, self.dead, self.dying, self.asked = run, False, None, None
        self.counts_wanted = dict(zip(NAMES, run.counts, strict=False))
        self.answer = Choice.WATCH
        self.began = self.world.clock.now()
        self.waiting = list(run.moments)
        self.faults = []
        self.touched = set()
        counts = {name: self.desired(name) for name in NAMES}
        self.counts_before = {name: {count} for name, count in counts.items() if count is not None}
        for change in self.noted():  # what a killed run changed is put back first
            self.counts_before.setdefault(change.target.name, set()).add(change.desired_before)
        self.messages = Feed(self)
        self.said.append(f"--- up {run.tags} {run.counts}")

    def calm(self) -> None:
        """Mend whatever is wrong with AWS."""
        self.faults = []
        self.alarm_rang = False
        self._alarm("OK")

    def repair(self) -> Any:
        """Run `repair`, as a person does after a kill."""
        self.dead = False
        opened: Any = OpenStack(self.engine, None, self._environment)  # type: ignore[arg-type]
        return repair(opened, AwsOfStack(self._environment), How(), self.said.append)

    @property
    def _environment(self) -> dict[str, str]:
        return {"AWS_REGION": REGION, "PULUMI_BACKEND_URL": f"file://{self.engine.backend}"}

    def _program(self, run: Run) -> Iterator[Wanted]:
        layout = self.layout
        self.wanted = {}
        for name, tag, count in zip(NAMES, run.tags, run.counts, strict=False):
            self.wanted[name] = self.revisions[tag]
            balancers = [{"targetGroupArn": self.groups[name], "containerName": "app", "containerPort": 5001}]
            inputs = {
                "name": name,
                "cluster": "main",
                "taskDefinition": self.revisions[tag],
                "desiredCount": count,
                "launchType": "FARGATE",
                "networkConfiguration": {"subnets": [self.world.subnet]},
                "deploymentCircuitBreaker": {"enable": layout.breaker, "rollback": layout.breaker},
                "deploymentController": {"type": "ECS"},
                "waitForSteadyState": layout.waits,
            }
            if self.groups[name]:
                inputs |= {"loadBalancers": balancers, "healthCheckGracePeriodSeconds": 60}
            if layout.alarms:
                inputs["alarms"] = {"alarmNames": ["errors"], "enable": True, "rollback": True}
            yield Wanted(name, "aws:ecs/service:Service", inputs)
        parameter = {"type": "String", "value": "-".join(run.tags)}
        kind = "aws:ssm/parameter:Parameter"
        yield Wanted("after", kind, parameter | {"name": "after"}, after=NAMES[0])
        if layout.beside:
            yield Wanted("beside", kind, parameter | {"name": "beside"}, takes=layout.beside)

    # --- the truth

    def serves(self, name: str) -> str | None:
        """Return the task definition that a service really serves with, by ECS's own books; None: none does."""
        service = self.region.services.get(("main", name))
        if service is None or service.status != "ACTIVE" or service.desired == 0:
            return None
        primary = service.primary
        healthy = [
            task
            for task in service.tasks
            if task.deployment is primary and task.running and self.region.scheduler._health.healthy(task)
        ]
        if primary.rollout_state != "COMPLETED" or len(healthy) < service.desired:
            return None
        return str(primary.revision.task_definition.arn)

    def desired(self, name: str) -> int | None:
        service = self.region.services.get(("main", name))
        return service.desired if service and service.status == "ACTIVE" else None

    def noted(self) -> list[Any]:
        return list(Journal(self.project, "dev").outstanding())

    def changes_left(self) -> list[Any]:
        """What was changed for a while and is noted still; a first deployment scaled to zero is left on purpose."""
        return [each for each in self.noted() if each.kind is not Kind.SCALED_TO_ZERO]
