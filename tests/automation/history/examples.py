"""Records that the tests of history and rollback are made of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from automation.history.record import Actor, Commit, Record, ServiceRecord

FAMILY = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"
AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
SERVICE = ServiceRecord(
    cluster=CLUSTER,
    name="shop",
    result="serving",
    proven=True,
    revision_before=None,
    revision_wanted=f"{FAMILY}:1",
    revision_after=f"{FAMILY}:1",
    digest="sha256:" + "1" * 64,
    deployment_id="ecs-svc/1",
    service_deployment_arn="arn:aws:ecs:eu-west-1:123456789012:service-deployment/prod/shop/x",
    desired=2,
    running=2,
    root_cause=None,
    what=None,
    timing={"first_evidence": None, "explained": None, "abort_asked": None, "previous_serves": None},
    evidence="evidence.jsonl",
)
COMMIT = Commit("a" * 40, dirty=False, branch="main", directory=".")


def service(revision: int, result: str = "serving", **more: Any) -> ServiceRecord:
    proven = result in {"serving", "rolled-back"}
    return replace(SERVICE, result=result, proven=proven, revision_after=f"{FAMILY}:{revision}", **more)


def record(number: int, *services: ServiceRecord, **more: Any) -> Record:
    """Return the record of the run that was the number-th."""
    made = Record(
        id=f"20261120T12{number:02d}00000Z-{number:08x}",
        project="shop",
        stack="prod",
        command="up",
        exit_code=0,
        began_at=AT + timedelta(minutes=number),
        ended_at=AT + timedelta(minutes=number, seconds=30),
        services=services or (service(number),),
        configuration={"shop:image": f"shop:{number}"},
        absent_configuration=(),
        commit=COMMIT,
        actor=Actor("arn:aws:sts::123456789012:assumed-role/deploy/jo", "gitlab", "jo", "https://ci.example/1"),
    )
    return replace(made, **more)
