"""Engine events, as the CLI streams them, and what the driver makes of them."""

from typing import Any

import pytest
from pulumi.automation import EngineEvent

from automation.update import Operation, ResourceEnded, Said, ServiceStarted, ServiceTarget, Started, translate

URN = "urn:pulumi:dev::shop::aws:ecs/service:Service::shop"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"
REVISION = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:7"


def metadata(
    op: str, inputs: dict[str, Any], old: dict[str, Any] | None = None, kind: str = "aws:ecs/service:Service"
) -> Any:
    state = {"urn": URN, "type": kind, "id": "", "parent": "", "provider": ""}
    found = {"op": op, "urn": URN, "type": kind, "provider": "", "new": {**state, "inputs": inputs, "outputs": {}}}
    if old is not None:
        found["old"] = {**state, "inputs": {}, "outputs": old}
    return found


def pre(*arguments: Any, **options: Any) -> EngineEvent:
    return EngineEvent.from_json({"resourcePreEvent": {"metadata": metadata(*arguments, **options)}})


def test_a_service_is_named_with_its_cluster_region_and_wanted_revision() -> None:
    event = pre("update", {"name": "shop", "cluster": CLUSTER, "taskDefinition": REVISION})
    assert translate(event) == [
        ServiceStarted(ServiceTarget(URN, "shop", CLUSTER, REVISION, Operation.UPDATE, "eu-west-1", deploys=False))
    ]


@pytest.mark.parametrize(
    ("op", "operation"), [("create", "create"), ("create-replacement", "create"), ("same", "same")]
)
def test_each_operation_that_leaves_a_service_is_followed(op: str, operation: str) -> None:
    started = translate(pre(op, {"name": "shop"}))[0]
    assert isinstance(started, ServiceStarted)
    assert started.target.operation == operation
    assert started.target.cluster == "default"


def test_what_the_inputs_leave_out_is_taken_from_the_state() -> None:
    started = translate(pre("update", {}, {"name": "shop-1a2b3c4", "cluster": CLUSTER}))[0]
    assert isinstance(started, ServiceStarted)
    assert (started.target.name, started.target.cluster) == ("shop-1a2b3c4", CLUSTER)


@pytest.mark.parametrize("hidden", ["[secret]", "shop", None])
def test_a_task_definition_without_a_revision_is_not_taken_for_one(hidden: str | None) -> None:
    started = translate(pre("update", {"name": "shop", "taskDefinition": hidden}))[0]
    assert isinstance(started, ServiceStarted)
    assert started.target.wanted is None


@pytest.mark.parametrize(
    "event",
    [
        pre("delete", {"name": "shop"}),
        pre("update", {"name": "shop"}, kind="aws:ecs/cluster:Cluster"),
        pre("update", {}),
        EngineEvent.from_json({"diagnosticEvent": {"severity": "info", "message": "hello", "color": "never"}}),
        EngineEvent.from_json(
            {
                "diagnosticEvent": {
                    "severity": "warning",
                    "message": "using pulumi-language-python from $PATH at /x",
                    "color": "",
                }
            }
        ),
        EngineEvent.from_json({"stdoutEvent": {"message": "x", "color": "never"}}),
    ],
)
def test_the_rest_means_nothing_to_the_driver(event: EngineEvent) -> None:
    assert translate(event) == []


def test_ends_errors_and_the_prelude_become_messages() -> None:
    ended = {"resOutputsEvent": {"metadata": metadata("update", {})}}
    failed = {"resOpFailedEvent": {"metadata": metadata("update", {}), "status": 1, "steps": 0}}
    kind = "aws:ecs/service:Service"
    assert translate(EngineEvent.from_json(ended)) == [ResourceEnded(URN, kind, "update", failed=False)]
    assert translate(EngineEvent.from_json(failed)) == [ResourceEnded(URN, kind, "update", failed=True)]
    said = {"diagnosticEvent": {"severity": "error", "message": "boom\n", "color": "never", "urn": URN}}
    assert translate(EngineEvent.from_json(said)) == [Said("error", "boom", URN)]
    assert translate(EngineEvent.from_json({"preludeEvent": {"config": {}}})) == [Started()]


@pytest.mark.parametrize(
    ("op", "changed", "deploys"),
    [
        ("create", [], True),
        ("create-replacement", ["name"], True),
        ("same", [], False),
        ("update", ["tags.team"], False),
        ("update", ["desiredCount", "tags"], False),
        ("update", [], False),
        ("update", ["desiredCount", "taskDefinition"], True),
        ("update", ["networkConfiguration.subnets[0]"], True),
        ("update", ["loadBalancers[0].containerPort"], True),
        ("update", ["triggers.redeployment"], True),
    ],
)
def test_whether_a_deployment_is_to_be_expected_is_what_the_engine_says_that_it_changes(
    op: str, changed: list[str], *, deploys: bool
) -> None:
    for told in (
        {"detailedDiff": {path: {"diffKind": "update", "inputDiff": False} for path in changed}},
        {"diffs": changed},
    ):
        found = metadata(op, {"name": "shop", "taskDefinition": REVISION}) | told
        (started,) = translate(EngineEvent.from_json({"resourcePreEvent": {"metadata": found}}))
        assert isinstance(started, ServiceStarted)
        assert started.target.deploys is deploys


def test_the_desired_count_that_the_state_keeps_is_told() -> None:
    found = metadata("update", {"name": "shop"})
    found["new"]["outputs"] = {"desiredCount": 3}
    (ended,) = translate(EngineEvent.from_json({"resOutputsEvent": {"metadata": found}}))
    assert ended == ResourceEnded(URN, "aws:ecs/service:Service", "update", failed=False, desired_count=3)
