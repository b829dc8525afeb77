"""The stage of a history: AWS in this process, a stepped engine, the driver's clients, and what everybody else does."""

import json
import queue
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from automation.ending.interrupts import Choice, Interrupted
from automation.engine.update import SERVICE_TYPE
from automation.engine.workspace import OpenStack
from automation.errors import RepairError, StackLockedError
from automation.mending.creates import Creates
from automation.mending.journal import Journal, Kind
from automation.mending.repair import AwsOfStack, How, make_ready, repair
from automation.outcome import Outcome
from automation.proof.wish import Wish
from automation.request import Request
from automation.telling.progress import Progress
from automation.up import Running, drive
from diagnostics.clock import ServerClock
from diagnostics.reads import SessionSettings
from sandbox.images import load_catalogue
from tests.automation.histories.actor import Actor
from tests.automation.histories.clients import HOOKS, Connection, reader_of
from tests.automation.histories.engine import DEAD, REGION, Engine, Wanted
from tests.automation.histories.faults import DISK, FAULTS, LAG, Faults, unreachable
from tests.automation.histories.run_parts import Feed, SkewedClock, SteppedUpdate, SteppedWatcher, WitnessedSite
from tests.automation.histories.story import BAD, GOOD, Act, History, Moment, Run
from tests.sandbox.ecs.conftest import ACCOUNT, World

NAMES = ("web", "side")
LONGEST = timedelta(hours=4)
"""Of ECS's clock, for one run; a driver that takes longer never ends."""


class KilledError(BaseException):
    """The driver's process is gone: nothing that it does from now on has any effect."""


class EngineFrom:
    """A stack as a checkout of its program has it."""

    def __init__(self, engine: Engine, directory: Path) -> None:
        self._engine = engine
        self.workspace = SimpleNamespace(**vars(engine.workspace) | {"work_dir": str(directory)})

    def __getattr__(self, name: str) -> Any:
        return getattr(self._engine, name)


class Stage:
    """One history, from an empty account on."""

    def __init__(self, history: History, project: Path) -> None:
        self.layout, self.project = history.layout, project
        self.speed = history.layout.speed
        catalogue = load_catalogue()
        catalogue.add(load_catalogue(Path(__file__).with_name("images.yaml")).images)
        self.world = World(seed=history.layout.seed, catalogue=catalogue)
        self.region = self.world.world.region(ACCOUNT, REGION)
        self.seconds = 0.0
        self.ahead = timedelta()
        """How far clocks that were set by the sandbox's are ahead of it, since it was away."""
        self.machine = SkewedClock(self, timedelta(seconds=self.layout.skew))
        self.clock = ServerClock(self.machine)
        self.away = False
        """Whether the sandbox has ended and is not back yet."""
        self.back_at = 0.0
        """When it will be, by `monotonic`."""
        self.engine = Engine(
            project, lambda: self.world.clock.now() + self.ahead, self.monotonic, self.speed, self._connect
        )
        self.watchers: list[SteppedWatcher] = []
        self.messages: queue.Queue[Any] = Feed(self)
        self.dead = False
        self.run: Run | None = None
        self.began = self.world.clock.now()
        self.waiting: list[Moment] = []
        lags = any(each.act is Act.LAG for run in history.runs for each in run.moments)
        self.faults = Faults(self.now, history.layout.seed, lags)
        self.engine.refuse_write = self.faults.refuse_home
        DISK.guard((project / ".failwell", project / "evidence"), self.faults)
        self.happened: list[Act] = []
        """What happened in this history, in its order."""
        self.ended: list[str] = []
        """How the runs ended: an exit code, or that it was killed; and other operators' runs."""
        self.truth: deque[tuple[datetime, dict[str, str | None]]] = deque()
        """What really served lately."""
        self.operating = False
        """Whether another operator's run is under way."""
        self.update: SteppedUpdate | None = None
        self.said: list[str] = []
        self.broken: list[str] = []
        """What must never be asked of AWS, and was, and what was called proven and was not; told after the run, for the
        driver takes whatever a call raises for AWS's answer."""
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

    def now(self) -> datetime:
        return self.world.clock.now()

    def monotonic(self) -> float:
        return self.seconds

    def pass_time(self) -> None:
        """Let a turn pass, for everybody."""
        self.check_alive()
        assert self.world.clock.now() - self.began < LONGEST, "the run does not end"
        self._step_time()
        self._bear_witness()
        self._act()
        self.engine.step()
        for watcher in list(self.watchers):
            watcher.step()

    def _step_time(self) -> None:
        """Let time pass: that of the sandbox only where there is one."""
        DISK.rest()
        self.seconds += self.layout.step / self.speed
        if not self.away:
            self.world.step(self.layout.step)
            return
        self.ahead += timedelta(seconds=self.layout.step)
        if self.seconds >= self.back_at:
            self._come_back()

    def _come_back(self) -> None:
        """Bring the sandbox back: `sandbox/keeping.py` has its clock stand meanwhile, and then be as late as real time.

        One that runs faster is later than that already, and goes on where it was; who reckons with its speed is ahead.
        """
        self.away = False
        if self.speed == 1:
            self.world.step(self.ahead.total_seconds())
            self.ahead = timedelta()

    def _connect(self, actor: Actor | None) -> Connection:
        return Connection(actor or SimpleNamespace(now=self.world.clock.now, sleep=self.world.step))

    # --- the driver's calls

    def check_alive(self) -> None:
        if self.dead:
            raise KilledError

    def before_call(self, model: Any, params: Any) -> Any:
        self.check_alive()
        if self.dying and not self.dying.after:
            self._die()
        self._refuse_while_away(model)
        if model.name == "StopServiceDeployment":
            with self.held():
                self._check_stop(params)
        if model.name == "UpdateService":
            with self.held():
                self._check_count(json.loads(params["body"]))
        self.faults.refuse(model, params["body"])
        return self.faults.old_answer(model, params["body"])

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep what is found broken within."""
        try:
            yield
        except AssertionError as broken:
            self.broken.append(str(broken))
            raise

    def _raise_broken(self) -> None:
        assert not self.broken, self.broken[0]

    def after_call(self, model: Any, params: Any, http: Any, parsed: Any) -> None:
        self.faults.keep_answer(model, params["body"], http, parsed)
        self.check_alive()
        if self.dying:
            self._die()

    def before_call_of_provider(self, model: Any) -> None:
        self._refuse_while_away(model)
        self.faults.refuse_provider(model)

    def _refuse_while_away(self, model: Any) -> None:
        if self.away:
            self.faults.hit[Act.RESTART] += 1
            raise unreachable(model)

    def _die(self) -> None:
        self.dead, self.dying = True, None
        if self.update:
            self.update.deaf = True
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
        late = self.world.clock.now() + self.ahead - self.began >= timedelta(minutes=30)
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
        while not (self.operating or self.away) and self.waiting and self.waiting[0].at <= since:
            moment = self.waiting.pop(0)
            self.happened.append(moment.act)
            self._do(moment)

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
            case act if act in FAULTS:
                self.faults.begin(moment)
            case Act.RESTART:
                self.away, self.back_at = True, self.seconds + moment.seconds / self.speed
            case Act.OPERATOR:
                self._operate(moment)
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
        self.wanted = self._revisions_of(run)
        try:
            outcome = self._run_up(run, self._opened(self.project), self.messages)
        except KilledError:
            self.ended.append("killed")
            return None
        else:
            self.ended.append(str(int(outcome.exit_code)))
            return outcome
        finally:
            self.run_out()
            self._raise_broken()

    def _run_up(self, run: Run, opened: Any, messages: "queue.Queue[Any]", *, looks_first: bool = True) -> Outcome:
        project = Path(opened.stack.workspace.work_dir)
        site = WitnessedSite(
            SessionSettings(region=REGION), self.clock, self.project / "evidence", "dev", new_reader=reader_of
        )
        site.stage = self
        update = SteppedUpdate(self.engine, list(self._program(run)), messages, Creates(project, "dev"))
        if not self.operating:
            self.update = update
        running = Running(
            update,
            site,
            messages,
            update.creates.open,
            self.monotonic,
            lambda urn, watch, clock, messages, _floor: SteppedWatcher(self, urn, watch, clock, messages),
        )
        request = Request(
            project=SimpleNamespace(name="shop", directory=project),  # type: ignore[arg-type]
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
        if looks_first:
            make_ready(opened, self.said.append)
        return drive(request, opened, {}, running, Progress(self.said.append))

    def _opened(self, project: Path) -> Any:
        return OpenStack(EngineFrom(self.engine, project), None, self._environment)  # type: ignore[arg-type]

    def _operate(self, moment: Moment) -> None:
        """Have somebody else run `up` on the stack, from another machine's checkout or in this one."""
        elsewhere = moment.count > 1
        run = Run((moment.tag,) * self.layout.services, (1,) * self.layout.services)
        project = self.project / "other" if elsewhere else self.project
        before = json.dumps(self.engine.state), [each.name for each in self.engine.locks()]
        held = self.engine.running is not None
        self.said.append(f"--- another operator's up {run.tags}{', elsewhere' if elsewhere else ''}")
        self.operating = True
        try:
            with self.engine.seen_from_elsewhere() if elsewhere else nullcontext():
                opened = self._opened(project)
                looks_first = not (elsewhere and moment.after)
                outcome = self._run_up(run, opened, Feed(self), looks_first=looks_first)
        except StackLockedError as refusal:
            self.said.append(str(refusal))
            self.ended.append("another operator's, refused")
            assert held or before[1], "nobody holds the stack, and it is called locked"
            after = json.dumps(self.engine.state), [each.name for each in self.engine.locks()]
            assert before == after, "the other operator changed what was held"
        except RepairError as refusal:  # what a killed run left is put right first, and nothing can be written there
            if not any(self.faults.on(Act.HOME)):
                raise
            self.said.append(str(refusal))
            self.ended.append("another operator's, not begun")
        else:
            assert not held, "two operators updated the stack at once"
            self.touched.update(NAMES)
            self.ended.append(f"another operator's, {int(outcome.exit_code)}")
            self.said.append(f"--- which ended with {outcome.exit_code}")
        finally:
            self.operating = False

    def run_out(self) -> None:
        """Let an engine that outlives its driver come to its end: it holds the lock so long."""
        self.watchers.clear()
        self.dying = None
        while self.engine.running:
            assert self.world.clock.now() - self.began < LONGEST, "the engine does not end"
            self._step_time()
            self.engine.step()
        if self.dead:
            with DISK.lifted():  # a run makes its folder when it begins
                (self.project / ".failwell" / "runs" / str(DEAD)).mkdir(parents=True, exist_ok=True)

    def _begin(self, run: Run) -> None:
        self.run, self.dead, self.dying, self.asked = run, False, None, None
        self.counts_wanted = dict(zip(NAMES, run.counts, strict=False))
        self.answer = Choice.WATCH
        self.ahead = timedelta()  # who begins asks the sandbox for its time
        self.began = self.world.clock.now()
        self.clock = ServerClock(self.machine)
        self.waiting = list(run.moments)
        self.faults.clear()
        self.touched = set()
        counts = {name: self.desired(name) for name in NAMES}
        self.counts_before = {name: {count} for name, count in counts.items() if count is not None}
        for change in self.noted():  # what a killed run changed is put back first
            self.counts_before.setdefault(change.target.name, set()).add(change.desired_before)
        self.messages = Feed(self)
        self.said.append(f"--- up {run.tags} {run.counts}")

    def calm(self) -> None:
        """Mend whatever is wrong with AWS and with the machine."""
        self.faults.clear()
        DISK.rest()
        if self.away:
            self._come_back()
        self.alarm_rang = False
        self._alarm("OK")

    def repair(self) -> Any:
        """Run `repair`, as a person does after a kill."""
        self.dead = False
        try:
            return repair(self._opened(self.project), AwsOfStack(self._environment), How(), self.said.append)
        finally:
            self._raise_broken()

    def make_ready(self) -> None:
        """Put right what a killed run left, as `up` does before it touches anything."""
        make_ready(self._opened(self.project), self.said.append)

    def gone(self) -> list[str]:
        """Return the services that the state has and ECS has no longer."""
        there = {each.arn for each in self.region.services.values() if each.status == "ACTIVE"}
        known = [each["id"] for each in self.engine.state["resources"] if each["type"] == SERVICE_TYPE]
        return [arn for arn in known if arn not in there]

    @property
    def _environment(self) -> dict[str, str]:
        return {"AWS_REGION": REGION, "PULUMI_BACKEND_URL": f"file://{self.engine.backend}"}

    def _program(self, run: Run) -> Iterator[Wanted]:
        layout = self.layout
        for name, tag, count in zip(NAMES, run.tags, run.counts, strict=False):
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
            yield Wanted(name, SERVICE_TYPE, inputs)
        parameter = {"type": "String", "value": "-".join(run.tags)}
        kind = "aws:ssm/parameter:Parameter"
        yield Wanted("after", kind, parameter | {"name": "after"}, after=NAMES[0])
        if layout.beside:
            yield Wanted("beside", kind, parameter | {"name": "beside"}, takes=layout.beside)

    def _revisions_of(self, run: Run) -> dict[str, str]:
        return {name: self.revisions[tag] for name, tag in zip(NAMES, run.tags, strict=False)}

    # --- the truth

    def _bear_witness(self) -> None:
        self.truth.append((self.now(), {name: self.serves(name) for name in NAMES}))
        while self.truth[0][0] < self.now() - 2 * LAG:
            self.truth.popleft()

    def served(self, name: str) -> set[str | None]:
        """Return what a service serves with or, while reads lag, has served with for so long."""
        lately = {serving[name] for _, serving in self.truth} if any(self.faults.on(Act.LAG)) else set()
        return {self.serves(name), *lately}

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
