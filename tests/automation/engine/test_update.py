"""Engine events, as the CLI streams them, and what the driver makes of them."""

from typing import Any

import pytest
from pulumi.automation import EngineEvent

from automation.engine.update import (
    Operation,
    ResourceEnded,
    ResourceStarted,
    Said,
    ServiceStarted,
    ServiceTarget,
    Started,
    provider_of,
    translate,
)

PROVIDER = "urn:pulumi:dev::shop::pulumi:providers:aws::west"
URN = "urn:pulumi:dev::shop::aws:ecs/service:Service::shop"
CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/prod"
REVISION = "arn:aws:ecs:eu-west-1:123456789012:task-definition/shop:7"


def metadata(
    op: str,
    inputs: dict[str, Any],
    old: dict[str, Any] | None = None,
    kind: str = "aws:ecs/service:Service",
    urn: str = URN,
    provider: str = "",
) -> Any:
    state = {"urn": urn, "type": kind, "id": "", "parent": "", "provider": provider}
    found = {"op": op, "urn": urn, "type": kind, "provider": provider}
    found["new"] = {**state, "inputs": inputs, "outputs": {}}
    if old is not None:
        found["old"] = {**state, "inputs": {}, "outputs": old}
    return found


def pre(*arguments: Any, **options: Any) -> EngineEvent:
    return EngineEvent.from_json({"resourcePreEvent": {"metadata": metadata(*arguments, **options)}})


def test_a_service_is_named_with_its_cluster_region_and_wanted_revision() -> None:
    event = pre("update", {"name": "shop", "cluster": CLUSTER, "taskDefinition": REVISION})
    assert translate(event) == [
        ServiceStarted(
            ServiceTarget(
                URN, "shop", CLUSTER, REVISION, Operation.UPDATE, "eu-west-1", deploys=False, account="123456789012"
            )
        )
    ]


def test_a_service_has_the_region_and_the_settings_of_its_provider() -> None:
    inputs = {"region": "us-west-2", "allowedAccountIds": '["123456789012"]'}
    shown = provider_of(pre("same", inputs, kind="pulumi:providers:aws", urn=PROVIDER))
    assert shown is not None
    event = pre("update", {"name": "shop", "taskDefinition": "shop:7"}, provider=f"{PROVIDER}::0a1b-2c3d")
    (started,) = translate(event, {PROVIDER: shown})
    assert isinstance(started, ServiceStarted)
    assert (started.target.region, started.target.account) == ("us-west-2", None)
    assert started.target.provider == shown
    own = pre("update", {"name": "shop", "region": "eu-north-1"}, provider=f"{PROVIDER}::0a1b-2c3d")
    assert [each.target.region for each in translate(own, {PROVIDER: shown}) if isinstance(each, ServiceStarted)] == [
        "eu-north-1"
    ]


@pytest.mark.parametrize(
    "event",
    [
        pre("create", {"region": "eu-west-1"}, kind="pulumi:providers:random"),
        pre("create", {"name": "shop"}),
        EngineEvent.from_json({"preludeEvent": {"config": {}}}),
    ],
)
def test_other_events_show_no_provider(event: EngineEvent) -> None:
    assert provider_of(event) is None


def test_a_service_of_the_cloud_control_provider_is_followed_by_its_own_names() -> None:
    kind = "aws-native:ecs:Service"
    event = pre("create", {"serviceName": "shop", "cluster": CLUSTER, "taskDefinition": REVISION}, kind=kind)
    (started,) = translate(event)
    assert isinstance(started, ServiceStarted)
    assert (started.target.name, started.target.cluster, started.target.wanted) == ("shop", CLUSTER, REVISION)
    named_by_aws = {"serviceArn": "arn:aws:ecs:eu-west-1:123456789012:service/prod/shop-x", "serviceName": "shop-x"}
    (updated,) = translate(pre("update", {"taskDefinition": "shop:8"}, named_by_aws, kind=kind))
    assert isinstance(updated, ServiceStarted)
    assert (updated.target.name, updated.target.account) == ("shop-x", "123456789012")


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


def test_a_replacement_is_not_looked_for_where_the_replaced_one_is() -> None:
    old = {"name": "shop", "id": "arn:aws:ecs:eu-west-1:210987654321:service/prod/shop"}
    moved = translate(pre("create-replacement", {"name": "shop", "taskDefinition": "shop:7"}, old))[0]
    stayed = translate(pre("update", {"name": "shop", "taskDefinition": "shop:7"}, old))[0]
    assert isinstance(moved, ServiceStarted)
    assert isinstance(stayed, ServiceStarted)
    assert (moved.target.region, moved.target.account) == (None, None)
    assert (stayed.target.region, stayed.target.account) == ("eu-west-1", "210987654321")


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
