"""An account that answers a preflight from a table, and a service that is looked at by what is planned of it."""

import json
from collections.abc import Mapping
from typing import Any

from automation.preflight.plan import Hidden, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.reads import Answer, ReadError
from tests.automation.preflight.stage import planned

ACCOUNT, REGION = "123456789012", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/shop:1.4.2"


def error(code: str, message: str = "no") -> ReadError:
    return ReadError(Answer("Asked", code, message))


def statement(*actions: str, resource: Any = "*", effect: str = "Allow") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": list(actions), "Resource": resource}]}


def anyone(*actions: str, effect: str = "Allow") -> str:
    """Return a resource's own policy, for or against everyone, as AWS answers it: as text."""
    said = {"Effect": effect, "Principal": "*", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})


def role(trusted: str = "ecs-tasks.amazonaws.com", policy: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return what IAM answers about a role with one policy of its own."""
    trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    return {
        "get_role": {"Role": {"Arn": ROLE, "AssumeRolePolicyDocument": document}},
        "list_attached_role_policies": {"AttachedPolicies": []},
        "list_role_policies": {"PolicyNames": ["own"] if policy else []},
        "get_role_policy": {"PolicyDocument": policy},
    }


class Answers:
    """Answers each read by its method; what is not in the table is refused."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self._answers = answers

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> Any:
        del service, region
        answer = self._answers.get(method, error("AccessDeniedException", f"not authorized to perform {method}"))
        if callable(answer):
            answer = answer(**arguments)
        if isinstance(answer, ReadError):
            raise answer
        return answer

    def reads(self) -> PreflightReads:
        return PreflightReads(self)


def subject(
    *containers: dict[str, Any],
    definition: dict[str, Any] | Hidden | None = None,
    inputs: dict[str, Any] | None = None,
    plan: tuple[PlannedResource, ...] = (),
    hidden: Hidden | None = None,
    **more: Any,
) -> Subject:
    """Return a service on Fargate with these containers, or with one of `IMAGE`."""
    return Subject(
        plan=Plan(plan),
        planned=planned("aws:ecs/service:Service", "shop", "create", {"launchType": "FARGATE", **(inputs or {})}),
        name="shop",
        cluster="main",
        region=REGION,
        definition={"executionRoleArn": ROLE} if definition is None else definition,
        definition_resource=None,
        containers=hidden or containers or ({"name": "app", "image": IMAGE},),
        account=ACCOUNT,
        **more,
    )
