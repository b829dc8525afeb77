"""What AWS itself shows of a deployment: when it was made, ended and rolled back, and what was to be read of it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from benchmarks.proof.naming import Statement
from benchmarks.proof.stage import Case, Stage


@dataclass(frozen=True)
class Deployed:
    """One deployment, in seconds of ECS's clock since it was created; None: that did not happen while it was looked."""

    created: datetime
    id: str
    status: str
    given_up: float | None
    """When ECS began to roll back, by its breaker or because it was asked to."""
    alone: float | None
    """When a revision that served before serves alone again."""
    facts: tuple[Statement, ...]


def read_deployed(
    stage: Stage, case: Case, since: datetime, targets: tuple[tuple[datetime, str], ...]
) -> Deployed | None:
    """Read what became of the first deployment that was made after a moment; None where there was none.

    Args:
        stage: where.
        case: whose service.
        since: the moment.
        targets: what was seen of its targets meanwhile, which AWS keeps no record of.
    """
    ecs = stage.client("ecs")
    later = stage.deployments(case, since)
    if not later:
        return None
    arns = [each["serviceDeploymentArn"] for each in later]
    found = ecs.describe_service_deployments(serviceDeploymentArns=arns)["serviceDeployments"]
    whole = sorted(found, key=lambda each: each["createdAt"])
    first = whole[0]
    created = first["createdAt"]

    def seconds(moment: datetime | None) -> float | None:
        return round((moment - created).total_seconds(), 1) if moment else None

    definitions = _definitions(ecs, whole)
    back = next((each for each in whole if _went_back(each, first, definitions)), None)
    rollback = first.get("rollback") or {}
    given_up = rollback.get("startedAt") or (first.get("stoppedAt") if first["status"] == "STOPPED" else None)
    facts = sorted(_facts(stage, case, created, targets), key=lambda fact: fact.at)
    return Deployed(
        created=created,
        id=str(first["serviceDeploymentArn"]),
        status=str(first["status"]),
        given_up=seconds(given_up),
        alone=seconds(back["finishedAt"] if back else None),
        facts=tuple(facts),
    )


def _definitions(ecs: Any, whole: Sequence[Mapping[str, Any]]) -> Mapping[str, str]:
    """Return the task definition of each revision that the service deployments come from or lead to."""
    sources = (arn for each in whole for arn in _sources(each))
    arns = sorted({*sources, *(each["targetServiceRevision"]["arn"] for each in whole)})
    found = [
        revision
        for start in range(0, len(arns), 20)
        for revision in ecs.describe_service_revisions(serviceRevisionArns=arns[start : start + 20])["serviceRevisions"]
    ]
    return {each["serviceRevisionArn"]: each["taskDefinition"] for each in found}


def _sources(each: Mapping[str, Any]) -> list[str]:
    return [source["arn"] for source in each.get("sourceServiceRevisions", ())]


def _went_back(each: Mapping[str, Any], first: Mapping[str, Any], definitions: Mapping[str, str]) -> bool:
    """Whether a service deployment ended with the task definition that served before the first one."""
    if each["status"] == "ROLLBACK_SUCCESSFUL":
        return True
    before = {definitions[arn] for arn in _sources(first)}
    target = definitions[each["targetServiceRevision"]["arn"]]
    return each is not first and each["status"] == "SUCCESSFUL" and target in before


def _facts(
    stage: Stage, case: Case, created: datetime, targets: tuple[tuple[datetime, str], ...]
) -> Iterator[Statement]:
    """Give all that AWS shows of the deployment's tasks, each with the moment from which it was to be read."""

    def at(moment: datetime) -> float:
        return round((moment.astimezone(UTC) - created).total_seconds(), 1)

    for moment, text in targets:
        yield Statement(at(moment), text)
    for event in stage.described(case)["events"]:
        if event["createdAt"] >= created:
            yield Statement(at(event["createdAt"]), str(event["message"]))
    for task in _stopped(stage, case, created):
        moment = task.get("stoppingAt") or task.get("stoppedAt")
        if moment is None:
            continue
        yield Statement(at(moment), str(task.get("stoppedReason", "")))
        for container in task["containers"]:
            words = f"{container['name']} exit code {container.get('exitCode')} {container.get('reason', '')}"
            yield Statement(at(moment), words)
    yield from _log_lines(stage, case, created)


def _stopped(stage: Stage, case: Case, created: datetime) -> list[dict[str, Any]]:
    ecs = stage.client("ecs")
    arns = ecs.list_tasks(cluster=case.cluster, desiredStatus="STOPPED")["taskArns"]
    found = ecs.describe_tasks(cluster=case.cluster, tasks=arns[:100])["tasks"] if arns else []
    return [each for each in found if each["createdAt"] >= created]


def _log_lines(stage: Stage, case: Case, created: datetime) -> Iterator[Statement]:
    logs = stage.client("logs")
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=case.log_group):
        for event in page["events"]:
            # When CloudWatch had it counts; on a clock ahead of the machine's, only when it was said is known.
            shown = max(event["timestamp"], event.get("ingestionTime", 0)) / 1000
            seconds = shown - created.timestamp()
            if seconds >= 0:
                yield Statement(round(seconds, 1), str(event["message"]))
