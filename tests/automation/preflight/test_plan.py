"""A preview becomes a plan: each resource once, what is hidden marked, unknown values traced to what makes them."""

from pulumi.automation import EngineEvent

from automation.preflight.plan import SECRET, UNKNOWN, Plan, hidden, read_plan, seen
from tests.automation.preflight.recording import DEFINITION, ROLE, SERVICE, recorded


def test_a_first_deployment_is_planned_as_creates_and_its_unknown_values_are_unknown() -> None:
    plan = recorded("create")
    (service,) = plan.of_type(SERVICE)
    assert service.operation == "create"
    assert service.made
    assert service.inputs["taskDefinition"] is UNKNOWN
    assert hidden(service.inputs["loadBalancers"]) is UNKNOWN
    assert hidden(service.inputs["alarms"]) is None
    assert service.old_inputs is None
    assert "would create aws:ecs/service:Service shop-service" in plan.lines()


def test_the_steps_of_a_replacement_are_one_resource_with_its_new_inputs() -> None:
    plan = recorded("replace")
    (definition,) = plan.of_type(DEFINITION)
    assert definition.operation == "replace"
    assert "good-2" in definition.inputs["containerDefinitions"]
    assert "good-1" in (definition.old_inputs or {})["containerDefinitions"]
    assert plan.lines() == [
        "would replace aws:ecs/taskDefinition:TaskDefinition shop-task-definition",
        "would update aws:ecs/service:Service shop-service",
    ]


def test_an_unknown_value_is_traced_to_the_resource_that_it_comes_from() -> None:
    plan = recorded("create")
    (definition,) = plan.of_type(DEFINITION)
    (service,) = plan.of_type(SERVICE)
    assert [each.name for each in plan.sources(definition, "executionRoleArn", ROLE)] == ["shop-execution-role"]
    assert [each.name for each in plan.sources(definition, "taskRoleArn", ROLE)] == ["shop-task-role"]
    assert plan.sources(service, "taskDefinition", DEFINITION) == (definition,)
    assert plan.sources(definition, "cpu", ROLE) == ()


def test_without_dependencies_it_is_the_only_one_that_is_made_or_none() -> None:
    plan = recorded("create", dependencies=False)
    (service,) = plan.of_type(SERVICE)
    (definition,) = plan.of_type(DEFINITION)
    assert plan.sources(service, "taskDefinition", DEFINITION) == (definition,)
    assert plan.sources(definition, "executionRoleArn", ROLE) == (), "there are two roles, and nobody says which"


def test_a_known_output_stands_for_an_input_of_what_is_not_made_anew() -> None:
    (role, *_) = recorded("replace").of_type(ROLE)
    assert str(role.known("name")).startswith("shop-task-2026")
    (made, *_) = recorded("create").of_type(ROLE)
    assert made.known("name") is None


def test_what_is_secret_or_unknown_is_found_at_any_depth() -> None:
    value = seen({"a": ["[secret]", {"b": "3eeb2bf0-c639-47a8-9e75-3b44932eb421"}], "c": "plain"})
    assert value == {"a": [SECRET, {"b": UNKNOWN}], "c": "plain"}
    assert hidden(value) is SECRET
    assert hidden(["plain", {"c": 1}]) is None


def test_what_the_engine_says_besides_is_kept_once() -> None:
    said = {"diagnosticEvent": {"message": "boom\n", "severity": "error", "color": "never", "streamID": 0}}
    events = [EngineEvent.from_json({"sequence": 1, "timestamp": 1, **said}) for _ in range(2)]
    assert read_plan(events) == Plan((), errors=("boom",))


def test_a_resource_that_is_deleted_is_no_longer_of_the_stack() -> None:
    state = {"type": ROLE, "urn": "urn:x::gone", "custom": True, "id": "gone", "parent": "", "provider": ""}
    metadata = {"op": "delete", "urn": "urn:x::gone", "type": ROLE, "provider": ""}
    old = {**state, "inputs": {"name": "gone"}, "outputs": {"name": "gone"}}
    event = {"sequence": 1, "timestamp": 1, "resourcePreEvent": {"metadata": {**metadata, "old": old}}}
    plan = read_plan([EngineEvent.from_json(event)])
    assert plan.of_type(ROLE) == ()
    (gone,) = plan.resources
    assert (gone.deleted, gone.inputs, gone.known("name")) == (True, {}, "gone")
    assert plan.lines() == [f"would delete {ROLE} gone"]
