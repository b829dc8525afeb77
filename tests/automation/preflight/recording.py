"""Plans of the example as the engine told them: recorded from previews on the sandbox, of the types that are judged."""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pulumi.automation import EngineEvent

from automation.preflight.plan import Plan, PlannedResource, read_dependencies, read_plan

RECORDED = Path(__file__).with_name("recorded")
SERVICE, DEFINITION = "aws:ecs/service:Service", "aws:ecs/taskDefinition:TaskDefinition"
ROLE, INLINE = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def recorded(name: str, *, dependencies: bool = True) -> Plan:
    """Return the plan of `create` (a first deployment) or `replace` (another image of a service that is there)."""
    lines = (RECORDED / f"{name}.events.jsonl").read_text(encoding="utf-8").splitlines()
    events = [EngineEvent.from_json(json.loads(line)) for line in lines]
    return read_plan(events, read_dependencies(RECORDED / f"{name}.plan.json") if dependencies else None)


def changed(plan: Plan, type_: str, name: str = "", **inputs: Any) -> Plan:
    """Return the plan with other inputs of the resources of a type (whose names hold `name`)."""

    def change(each: PlannedResource) -> PlannedResource:
        if each.type != type_ or name not in each.name:
            return each
        return replace(each, inputs={**each.inputs, **inputs})

    return replace(plan, resources=tuple(map(change, plan.resources)))


def without(plan: Plan, type_: str) -> Plan:
    """Return the plan without the resources of a type."""
    return replace(plan, resources=tuple(each for each in plan.resources if each.type != type_))


def with_container(plan: Plan, **settings: Any) -> Plan:
    """Return the plan with other settings of the container."""
    text = plan.of_type(DEFINITION)[0].inputs["containerDefinitions"]
    container: Mapping[str, Any] = json.loads(text)[0] | settings
    return changed(plan, DEFINITION, containerDefinitions=json.dumps([container]))
