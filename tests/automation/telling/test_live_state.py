"""A scene follows the messages of a run: resources, services, looks, proofs; nothing secret gets into it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from automation.engine.update import Ended, Operation, ResourceEnded, ResourceStarted, ServiceStarted, ServiceTarget
from automation.telling.live_state import Proved, Told, after
from automation.watcher import Looked
from diagnostics.evidence import Evidence
from diagnostics.fleet import FleetLook
from diagnostics.model import Diagnosis, Gap, Quote, Verdict
from diagnostics.scene import Mood, Scene, ServiceView
from diagnostics.serving import Serving, ServingState
from diagnostics.watch import Look, WatchState

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)
URN = "urn:pulumi:dev::shop::aws:ecs/service:Service::shop-service"
KEY = "urn:pulumi:dev::shop::failwell:index:FargateService$aws:kms/key:Key::shop-key"
TARGET = ServiceTarget(URN, "shop", "arn:aws:ecs:eu-west-1:1:cluster/prod", None, Operation.UPDATE, None, deploys=True)
WRONG = Diagnosis(Verdict.SUSPECT, "the check fails", "", "", root_cause="elb-health-timeout")
NOTHING = Diagnosis(Verdict.UNKNOWN, "nothing has failed so far", "", "")
MINE, OLD = "ecs-svc/2", "ecs-svc/1"
SECRET = "hunter2-hunter2"


def evidence(**parts: Any) -> Evidence:
    service = {
        "serviceName": "shop",
        "deploymentConfiguration": {"alarms": {"alarmNames": ["a/5xx", "a/cpu"], "enable": True}},
        "deployments": [
            {"id": OLD, "status": "ACTIVE", "taskDefinition": "td/shop:1", "rolloutState": "COMPLETED"},
            {"id": MINE, "status": "PRIMARY", "taskDefinition": "td/shop:2", "desiredCount": 2, "failedTasks": 1},
        ],
        "events": [
            {"id": "2", "createdAt": (AT + timedelta(seconds=9)).isoformat(), "message": f"PASSWORD={SECRET} later"},
            {"id": "1", "createdAt": AT.isoformat(), "message": "first"},
        ],
    }
    whole = {
        "serviceDeploymentArn": "arn",
        "targetServiceRevision": {"arn": "r/2"},
        "deploymentCircuitBreaker": {"status": "MONITORING", "failureCount": 2, "threshold": 3},
        "alarms": {"triggeredAlarmNames": ["a/cpu"]},
    }
    return Evidence.parse({"schema": "evidence/1", "service": service, "service_deployment": whole} | parts)


def look(seen: Evidence, state: WatchState = WatchState.IN_PROGRESS, diagnosis: Diagnosis = WRONG, **more: Any) -> Look:
    return Look(AT, state, seen, diagnosis, Serving(ServingState.NOT_PROVEN), MINE, AT, **more)


def play(*messages: Any, scene: Scene | None = None) -> Scene:
    scene = scene or Scene("up", AT)
    for message in messages:
        scene = after(scene, message, AT)
    return scene


def only(scene: Scene) -> ServiceView:
    (service,) = scene.services
    return service


def task(number: int, **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"arn/task-{number}",
        "startedBy": MINE,
        "createdAt": AT.isoformat(),
        "lastStatus": "RUNNING",
    } | more


def log(number: int, *lines: str) -> dict[str, Any]:
    return {"task_arn": f"arn/task-{number}", "container": "app", "events": [{"message": line} for line in lines]}


def test_a_resource_is_under_way_until_it_ended() -> None:
    scene = play(ResourceStarted(KEY, "aws:kms/key:Key", "create-replacement"))
    assert [(each.doing, each.type, each.name) for each in scene.working] == [
        ("creating", "aws:kms/key:Key", "shop-key")
    ]
    scene = play(ResourceEnded(KEY, "aws:kms/key:Key", "create-replacement", failed=False), scene=scene)
    assert (scene.working, scene.done, scene.unchanged, scene.failed) == ((), 1, 0, ())


def test_a_replacement_counts_as_what_the_engine_did_and_the_stack_itself_as_nothing() -> None:
    ended = [
        ResourceEnded(KEY, "aws:kms/key:Key", operation, failed=False)
        for operation in ("create-replacement", "replace", "delete-replaced", "same")
    ]
    stack = ResourceEnded(
        "urn:pulumi:dev::shop::pulumi:pulumi:Stack::shop-dev", "pulumi:pulumi:Stack", "same", failed=False
    )
    scene = play(*ended, stack)
    assert (scene.done, scene.unchanged) == (2, 1)


def test_what_failed_is_named_and_nothing_is_under_way_after_the_end() -> None:
    scene = play(
        ResourceStarted(KEY, "aws:kms/key:Key", "create"),
        ResourceEnded(URN, "aws:ecs/service:Service", "update", failed=True),
        Ended("exit status 255"),
    )
    assert (scene.failed, scene.working, scene.ended) == (("aws:ecs/service:Service shop-service",), (), True)


def test_a_look_shows_deployments_breaker_alarms_and_events() -> None:
    scene = play(ServiceStarted(TARGET), Looked(URN, look(evidence())))
    service = only(scene)
    assert (service.name, service.cluster, service.mood) == ("shop", "prod", Mood.WARNING)
    assert service.thought == "it may recover: the check fails"
    assert service.breaker == "2 of 3"
    assert dict(service.alarms) == {"a/5xx": "", "a/cpu": "ALARM"}
    assert [(row.revision, row.mine, row.failed) for row in service.deployments] == [
        ("shop:2", True, 1),
        ("shop:1", False, 0),
    ]
    assert [event.text.split()[-1] for event in service.events] == ["first", "later"]


def test_no_credential_gets_into_the_scene() -> None:
    definition = {"containerDefinitions": [{"name": "app", "environment": [{"name": "DB_PASSWORD", "value": SECRET}]}]}
    seen = evidence(
        task_definition=definition,
        tasks=[task(1, lastStatus="STOPPED", stoppedReason=f"could not use {SECRET}", stoppedAt=AT.isoformat())],
        logs=[log(1, f"login with {SECRET} failed", "x" * 590 + f" {SECRET}")],
    )
    scene = play(
        ServiceStarted(TARGET),
        Looked(URN, look(seen)),
        Told("AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
    )
    assert "hunter2" not in repr(scene)
    assert "wJalrXUtnFEMI" not in repr(scene)
    assert only(scene).log is not None


def test_the_log_is_that_of_the_task_that_failed_last_and_stays_when_ecs_forgets_the_task() -> None:
    dead = {"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited"}
    seen = evidence(
        tasks=[
            task(1, **dead, stoppedAt=AT.isoformat()),
            task(2, **dead, stoppedAt=(AT + timedelta(seconds=5)).isoformat()),
            task(3),
        ],
        logs=[log(1, "old"), log(2, "new"), log(3, "fine")],
    )
    scene = play(ServiceStarted(TARGET), Looked(URN, look(seen)), Looked(URN, look(evidence())))
    kept = only(scene).log
    assert kept is not None
    assert [line.text for line in kept.lines] == ["new"]


@pytest.mark.parametrize(("diagnosis", "shown"), [(WRONG, True), (NOTHING, False)], ids=["wrong", "well"])
def test_the_log_of_a_task_that_runs_is_shown_where_something_is_wrong(diagnosis: Diagnosis, shown: bool) -> None:
    seen = evidence(tasks=[task(1)], logs=[log(1, "listening on 5201")])
    scene = play(ServiceStarted(TARGET), Looked(URN, look(seen, diagnosis=diagnosis)))
    assert (only(scene).log is not None) is shown


def test_a_task_says_its_target_s_health_and_why_it_ended() -> None:
    address = [{"details": [{"name": "privateIPv4Address", "value": "10.0.0.7"}], "type": "ElasticNetworkInterface"}]
    exited = [{"name": "app", "exitCode": 1}]
    seen = evidence(
        tasks=[
            task(
                2,
                lastStatus="STOPPED",
                stopCode="EssentialContainerExited",
                stoppedReason="Essential",
                containers=exited,
            ),
            task(1, attachments=address),
        ],
        target_health=[
            {
                "target_group_arn": "g",
                "descriptions": [{"Target": {"Id": "10.0.0.7"}, "TargetHealth": {"State": "unhealthy"}}],
            }
        ],
    )
    rows = only(play(ServiceStarted(TARGET), Looked(URN, look(seen)))).tasks
    assert [(row.health, row.reason) for row in rows] == [("unhealthy", ""), ("", "app exited with 1; Essential")]


def test_a_look_that_could_not_read_the_service_keeps_its_figures() -> None:
    blind = Evidence(gaps=(Gap("the service", "AccessDenied"),))
    failed = Look(
        AT, WatchState.IN_PROGRESS, blind, NOTHING, Serving(ServingState.NOT_PROVEN), MINE, AT, gaps=blind.gaps
    )
    service = only(play(ServiceStarted(TARGET), Looked(URN, look(evidence())), Looked(URN, failed)))
    assert service.thought == "could not read the service: AccessDenied"
    assert service.breaker == "2 of 3"


@pytest.mark.parametrize(
    ("state", "diagnosis", "thought"),
    [
        (WatchState.WAITING, NOTHING, "no deployment of this update is seen yet"),
        (WatchState.IN_PROGRESS, NOTHING, "nothing has failed so far"),
        (WatchState.IN_PROGRESS, replace(WRONG, verdict=Verdict.STALLED), "stalled: the check fails"),
        (
            WatchState.IN_PROGRESS,
            replace(NOTHING, what="no rule knows this", evidence=(Quote("e", "x"),)),
            "no rule knows this",
        ),
        (WatchState.DOOMED, WRONG, "waiting cannot help: the check fails"),
        (WatchState.ROLLED_BACK, WRONG, "ECS went back to shop:2: the check fails"),
        (WatchState.FAILED, WRONG, "ECS gave the deployment up: the check fails"),
        (WatchState.AT_ZERO, NOTHING, "the deployment is completed, and no task is wanted of it"),
    ],
)
def test_what_the_watcher_thinks(state: WatchState, diagnosis: Diagnosis, thought: str) -> None:
    service = only(play(ServiceStarted(TARGET), Looked(URN, look(evidence(), state, diagnosis))))
    assert service.thought == thought


def test_what_is_proven_in_the_end_is_not_unsaid_by_a_later_look() -> None:
    proof = Serving(ServingState.PROVEN, task_definition="td/shop:1", desired=2, running=2)
    failed = Looked(URN, look(evidence(), WatchState.ROLLED_BACK))
    service = only(play(ServiceStarted(TARGET), failed, Proved(URN, proof), failed))
    assert service.thought == "shop:1 serves again, proven: 2 of 2 tasks run"


def test_services_of_a_fleet_are_told_apart_by_name() -> None:
    looks: Sequence[tuple[str, Look]] = [("a", look(evidence())), ("b", look(evidence(), WatchState.DOOMED))]
    scene = play(FleetLook(AT, 2, tuple(looks), 1), FleetLook(AT, 2, tuple(looks[:1]), 1))
    assert [each.name for each in scene.services] == ["a", "b"]
    assert scene.focus is scene.services[1]
