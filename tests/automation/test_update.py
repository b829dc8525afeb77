"""Engine events, as the CLI streams them, and what the driver makes of them."""

from typing import Any

import pytest
from pulumi.automation import EngineEvent

from automation.update import (
    Operation,
    ResourceEnded,
    ResourceStarted,
    Said,
    ServiceStarted,
    ServiceTarget,
    Started,
    translate,
)

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
        ServiceStarted(ServiceTarget(URN, "shop", CLUSTER, REVISION, Operation.UPDATE, "eu-west-1"))
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
        pre("same", {"name": "shop"}, kind="aws:ecs/cluster:Cluster"),
        pre("same", {}),
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


@pytest.mark.parametrize("event", [pre("delete", {"name": "shop"}), pre("update", {})])
def test_what_is_no_deployment_of_a_service_is_in_flight_all_the_same(event: EngineEvent) -> None:
    operation = event.resource_pre_event.metadata.op.value if event.resource_pre_event else ""
    assert translate(event) == [ResourceStarted(URN, "aws:ecs/service:Service", operation)]


def test_another_resource_is_in_flight_from_its_event_on() -> None:
    kind = "aws:ecs/cluster:Cluster"
    assert translate(pre("update", {"name": "shop"}, kind=kind)) == [ResourceStarted(URN, kind, "update")]


def test_ends_errors_and_the_prelude_become_messages() -> None:
    ended = {"resOutputsEvent": {"metadata": metadata("update", {})}}
    failed = {"resOpFailedEvent": {"metadata": metadata("update", {}), "status": 1, "steps": 0}}
    kind = "aws:ecs/service:Service"
    assert translate(EngineEvent.from_json(ended)) == [ResourceEnded(URN, kind, "update", failed=False)]
    assert translate(EngineEvent.from_json(failed)) == [ResourceEnded(URN, kind, "update", failed=True)]
    said = {"diagnosticEvent": {"severity": "error", "message": "boom\n", "color": "never", "urn": URN}}
    assert translate(EngineEvent.from_json(said)) == [Said("error", "boom", URN)]
    assert translate(EngineEvent.from_json({"preludeEvent": {"config": {}}})) == [Started()]
