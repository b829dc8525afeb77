"""One case of one tool: run it, and hold what it said against what AWS shows."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from benchmarks.proof.facts import Deployed, read_deployed
from benchmarks.proof.naming import Statement, statements_of
from benchmarks.proof.running import Ran, run
from benchmarks.proof.stage import Case, Stage
from benchmarks.proof.tools import Tool

_REFUSED = 3
_ENDED = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}
_SHOWN = 240
"""Characters that are kept of a statement."""


@dataclass(frozen=True)
class Measured:
    """What one case came to; times are seconds of ECS's clock since the deployment was created."""

    tool: str
    kind: str
    desired: int
    breaker: bool
    exit_code: int | None
    """None where the tool was still running when the time was over."""
    ended: float | None
    """When the tool ended."""
    right: bool | None
    """Whether its exit code is true: not 0 where the deployment failed. None: it has none, or had not ended."""
    named: float | None
    """When it first named the cause; of a tool that is asked afterwards, real seconds from the question."""
    named_by: str | None
    """The statement."""
    conclusive: float | None
    """When AWS first showed enough to name it."""
    given_up: float | None
    """When ECS began to roll back."""
    alone: float | None
    """When the previous revision served alone again."""
    status: str | None
    """What ECS calls the deployment at the end."""
    refused: tuple[str, ...] | None
    """What was refused before anything was touched; None where the tool does not look."""
    cpu_seconds: float
    mib: float

    def to_document(self) -> dict[str, Any]:
        """Return it as JSON."""
        return {**asdict(self), "refused": None if self.refused is None else list(self.refused)}

    def line(self) -> str:
        """Return it as a line of progress."""
        named = f"named at {self.named:.0f} s" if self.named is not None else "not named"
        return (
            f"{self.tool:11} {self.kind:18} {self.desired} {'on ' if self.breaker else 'off'} exit {self.exit_code}, "
            f"{named} (evidence {_s(self.conclusive)}, ECS gave up {_s(self.given_up)}, alone {_s(self.alone)})"
        )


def _s(seconds: float | None) -> str:
    return "never" if seconds is None else f"{seconds:.0f} s"


def measure(
    tool: Tool,
    stage: Stage,
    case: Case,
    spec: Path,
    until: float,
    turn: AbstractContextManager[object],
    transcripts: Path | None = None,
) -> Measured:
    """Deploy a case with a tool, and return what came of it.

    Args:
        tool: what deploys.
        stage: where.
        case: what is deployed.
        spec: the file of what the service is to become.
        until: the moment when everything is ended.
        turn: held while the tool runs, and not while ECS goes on after it.
        transcripts: a folder for what the tool said, where that is asked for.
    """
    with _watching_targets(stage, case, spec) as targets:
        with turn:
            stage.happens_before(case, stage.read_spec(spec))
            since, ran, refused = _run(tool, stage, case, spec, until)
        if transcripts:
            ran.write(transcripts / tool.id / f"{case.kind.id}-{case.name}.txt")
        _settle(stage, case, since, until)
    deployed = read_deployed(stage, case, since, tuple(targets))
    return judge(tool, stage, case, ran, deployed, refused)


def _run(
    tool: Tool, stage: Stage, case: Case, spec: Path, until: float
) -> tuple[datetime, Ran, tuple[str, ...] | None]:
    """Run the tool; return from when on the deployment was made, what the tool said, and which checks had refused."""
    since = stage.now()
    if tool.after_failure:
        _deploy_and_wait(stage, case, spec, until)
    launch = tool.launch(stage, case, spec)
    ran = run(launch, until)
    if not tool.refuses:
        return since, ran, None
    if ran.exit_code != _REFUSED:
        return since, ran, ()
    return stage.now(), run(tool.unchecked(launch), until), refusals(ran)


def refusals(ran: Ran) -> tuple[str, ...]:
    """Return the ids of the checks that refused."""
    found = (line.removeprefix("error[").partition("]")[0] for _, line in ran.lines if line.startswith("error["))
    return tuple(dict.fromkeys(found))


def judge(
    tool: Tool, stage: Stage, case: Case, ran: Ran, deployed: Deployed | None, refused: tuple[str, ...] | None
) -> Measured:
    """Hold what a tool said against what AWS shows."""
    created = deployed.created if deployed else None

    def at(monotonic: float) -> float:
        if tool.after_failure or created is None:
            return round(monotonic - ran.began, 1)
        return round((stage.ecs_time(monotonic) - created).total_seconds(), 1)

    said = [Statement(at(moment), each) for moment, line in ran.lines for each in statements_of(line)]
    naming, conclusive = case.kind.naming, case.kind.conclusive
    # What was said before there was a deployment is not said of it; what a tool refuses before is counted apart.
    first = naming.first(each for each in said if each.at >= 0) if naming else None
    right = None if ran.exit_code is None or not tool.verdict else (ran.exit_code != 0) is case.kind.fails
    return Measured(
        tool=tool.id,
        kind=case.kind.id,
        desired=case.desired,
        breaker=case.breaker,
        exit_code=ran.exit_code,
        ended=at(ran.ended) if ran.ended else None,
        right=right,
        named=first.at if first else None,
        named_by=first.text.strip()[:_SHOWN] if first else None,
        conclusive=conclusive.complete_at(deployed.facts) if conclusive and deployed else None,
        given_up=deployed.given_up if deployed else None,
        alone=deployed.alone if deployed else None,
        status=deployed.status if deployed else None,
        refused=refused,
        cpu_seconds=round(ran.cpu_seconds, 2),
        mib=round(ran.mib, 1),
    )


def _deploy_and_wait(stage: Stage, case: Case, spec: Path, until: float) -> None:
    """Deploy without a tool, and return when ECS has ended the deployment or the time is over."""
    ecs, definition = stage.client("ecs"), stage.read_spec(spec)["definition"]
    service = stage.read_spec(spec)["service"]
    made = ecs.update_service(cluster=service["cluster"], service=case.name, taskDefinition=stage.register(definition))[
        "service"
    ]["deployments"][0]["id"]
    while time.monotonic() < until - 60:
        mine = next((each for each in stage.described(case)["deployments"] if each["id"] == made), None)
        if mine is None or mine["rolloutState"] != "IN_PROGRESS":
            return
        time.sleep(max(0.5, 5 / stage.speed))


def _settle(stage: Stage, case: Case, since: datetime, until: float) -> None:
    """Wait until ECS has ended the deployment, which goes on where a tool gives up before it."""
    while time.monotonic() < until:
        made = stage.deployments(case, since)
        if all(each["status"] in _ENDED for each in made):
            return
        time.sleep(max(0.5, 5 / stage.speed))


@contextmanager
def _watching_targets(stage: Stage, case: Case, spec: Path) -> Iterator[list[tuple[datetime, str]]]:
    """Look at the targets' health every second of ECS's clock where a cause shows itself there: it is kept nowhere."""
    seen: list[tuple[datetime, str]] = []
    if not case.kind.reaches_targets:
        yield seen
        return
    group = stage.read_spec(spec)["service"]["loadBalancers"][0]["targetGroupArn"]
    over = threading.Event()

    def look() -> None:
        elb, known = stage.client("elbv2"), set[str]()
        while not over.wait(1 / stage.speed):
            for each in elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]:
                health = each["TargetHealth"]
                text = f"target {health['State']} {health.get('Reason', '')} {health.get('Description', '')}"
                if f"{each['Target']['Id']} {text}" not in known:
                    known.add(f"{each['Target']['Id']} {text}")
                    seen.append((stage.now(), text))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        yield seen
    finally:
        over.set()
        looking.join()
