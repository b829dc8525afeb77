"""Whatever inputs and outputs the engine's events and a state show: they are read, and nothing raises."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from pulumi.automation import EngineEvent

from automation.aws.account import providers_of_state
from automation.aws.stack_services import services_of_state
from automation.engine.update import provider_of, translate
from automation.mending.creates import Creates
from automation.preflight.plan import read_dependencies, read_plan
from automation.preflight.subject import subjects
from tests.fuzz.mutants import fuzzed, mutants, texts

ARN = "arn:aws:ecs:eu-west-1:123456789012"
SERVICE: dict[str, Any] = {
    "name": "web",
    "cluster": f"{ARN}:cluster/main",
    "taskDefinition": f"{ARN}:task-definition/shop:1",
    "desiredCount": 2,
    "loadBalancers": [{"targetGroupArn": "arn:tg", "containerName": "app", "containerPort": 80}],
    "networkConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]},
    "deploymentCircuitBreaker": {"enable": True, "rollback": True},
    "alarms": {"alarmNames": ["errors"], "enable": True, "rollback": True},
    "region": "eu-west-1",
}
DEFINITION: dict[str, Any] = {
    "family": "shop",
    "containerDefinitions": '[{"name": "app", "image": "shop:1", "portMappings": [{"containerPort": 80}]}]',
    "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
}
PROVIDER: dict[str, Any] = {
    "region": "eu-west-1",
    "profile": "prod",
    "assumeRoles": '[{"roleArn": "arn:aws:iam::123456789012:role/deploy"}]',
    "endpoints": '[{"ecs": "http://127.0.0.1:1"}]',
    "allowedAccountIds": '["123456789012"]',
    "assumeRoleWithWebIdentity": {"roleArn": "arn:aws:iam::1:role/x", "webIdentityTokenFile": "/token"},
}
KINDS = {
    "aws:ecs/service:Service": SERVICE,
    "aws:ecs/taskDefinition:TaskDefinition": DEFINITION,
    "pulumi:providers:aws": PROVIDER,
}


def resource(kind: str, inputs: Any, outputs: Any) -> dict[str, Any]:
    return {
        "urn": f"urn:pulumi:dev::shop::{kind}::web",
        "type": kind,
        "id": f"{ARN}:service/main/web",
        "custom": True,
        "parent": "",
        "provider": "urn:pulumi:dev::shop::pulumi:providers:aws::default::id",
        "inputs": inputs,
        "outputs": outputs,
    }


@st.composite
def events(draw: st.DrawFn) -> EngineEvent:
    """Draw an event in whose envelope nothing is wrong: the engine writes that, and the SDK reads it."""
    kind = draw(st.sampled_from(tuple(KINDS)))
    values = mutants(KINDS[kind]).filter(lambda each: isinstance(each, dict))
    new = resource(kind, draw(values), draw(values))
    metadata = {
        "op": draw(st.sampled_from(("create", "update", "same", "replace", "delete", "create-replacement"))),
        "urn": new["urn"],
        "type": kind,
        "provider": new["provider"],
        "new": new,
        "old": draw(st.sampled_from((None, new))),
        "diffs": draw(st.sampled_from((None, [], ["taskDefinition"], ["", "[0].x"]))),
    }
    name = draw(st.sampled_from(("resourcePreEvent", "resOutputsEvent", "resOpFailedEvent")))
    return EngineEvent.from_json({"sequence": 1, "timestamp": 1, name: {"metadata": metadata}})


@fuzzed
@given(st.lists(events(), max_size=4))
def test_events(given: list[EngineEvent]) -> None:
    with TemporaryDirectory() as folder:
        creates = Creates(Path(folder), "dev")
        for event in given:
            provider = provider_of(event)
            translate(event, {provider.urn: provider} if provider else {})
            creates.take(event)
        assert len(creates.open()) <= len(given)
    subjects(read_plan(given))


@fuzzed
@given(st.lists(st.sampled_from(tuple(KINDS)).flatmap(lambda kind: st.builds(
    resource, st.just(kind), mutants(KINDS[kind]), mutants(KINDS[kind]))), max_size=3))  # fmt: skip
def test_a_state(resources: list[dict[str, Any]]) -> None:
    shown = [each for each in resources if isinstance(each["inputs"], dict) and isinstance(each["outputs"], dict)]
    state = {"version": 3, "resources": shown}
    assert len(services_of_state(state)) <= len(shown)
    assert len(providers_of_state(state)) <= len(shown)


@fuzzed
@given(texts({"resourcePlans": {"urn:a": {"goal": {"propertyDependencies": {"x": ["urn:b"]}}}}}))
def test_an_update_plan(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "plan.json"
        file.write_bytes(content)
        assert isinstance(read_dependencies(file), dict)
