"""Controls over the two roles of a task: who may take them, and what the one that starts it may do."""

from collections.abc import Iterator

from .model import Control, Fault, Level, Node, NotKnownError, Resource, Stack
from .policies import WILD, conditions, principals, statements
from .types import ROLE, ROLE_ATTACHMENT, ROLE_POLICY, TASK_DEFINITION

_TASKS = "ecs-tasks.amazonaws.com"
_ON_ANYTHING = {"ecr:GetAuthorizationToken"}
"""What has no resource to be limited to (Service Authorization Reference, Amazon ECR)."""


def task_role(role: Resource, _stack: Stack) -> bool:
    """Tell whether ECS's tasks may take a role."""
    return any(_TASKS in principals(statement) for statement in statements(role["assumeRolePolicy"]))


def _trusts_ecs_alone(role: Resource, _stack: Stack) -> Iterator[Fault]:
    for statement in statements(role["assumeRolePolicy"]):
        if other := sorted(set(principals(statement)) - {_TASKS}):
            yield Fault("assumeRolePolicy", f"lets {', '.join(other)} take it")
        accounts = conditions(statement, "StringEquals") | conditions(statement, "StringLike")
        sources = conditions(statement, "ArnLike") | conditions(statement, "ArnEquals")
        sources |= {key: values for key, values in accounts.items() if key == "aws:sourcearn"}
        if not _named(accounts.get("aws:sourceaccount", [])):
            yield Fault("assumeRolePolicy", "does not ask for aws:SourceAccount")
        arns = sources.get("aws:sourcearn", [])
        if not arns or not all(_of_ecs(arn) for arn in arns):
            yield Fault("assumeRolePolicy", "does not ask for aws:SourceArn of ECS in this account")


def _named(values: list[str]) -> bool:
    return bool(values) and all(value and WILD not in value for value in values)


def _of_ecs(arn: str) -> bool:
    """Tell whether an ARN names ECS in one region and account, whatever the resource."""
    parts = arn.split(":", 5)
    whole = 6
    return len(parts) == whole and parts[2] == "ecs" and _named([parts[1], parts[3], parts[4]])


def execution_roles(stack: Stack) -> set[str]:
    """Return the ARNs of the roles that start the tasks."""
    return {definition["executionRoleArn"].text for definition in stack.need(TASK_DEFINITION)}


def _of_execution_role(each: Resource, stack: Stack) -> bool:
    arns = execution_roles(stack)
    name = each["role"].text
    if any(arn.endswith(f"/{name}") for arn in arns):
        return True
    for role in stack.of(ROLE):
        if role.names & arns:
            return name in role.names or role["name"].text == name
    raise NotKnownError("role")


def _scoped(each: Resource, _stack: Stack) -> Iterator[Fault]:
    if each.type == ROLE_ATTACHMENT:
        yield Fault("policyArn", f"is {each['policyArn'].text}, which is not limited to this service")
        return
    for place, statement in enumerate(statements(each["policy"])):
        yield from _wide(statement, f"policy, statement {place}")


def _wide(statement: Node, path: str) -> Iterator[Fault]:
    actions = statement["Action"].texts
    if any(WILD in action for action in actions) or statement["NotAction"].items:
        yield Fault(path, f"allows {', '.join(actions) or 'all but some actions'}")
    if WILD in statement["Resource"].texts and (wide := sorted(set(actions) - _ON_ANYTHING)):
        yield Fault(path, f"allows {', '.join(wide)} on every resource")
    if statement["NotResource"].items:
        yield Fault(path, "allows all but some resources")


def _bounded(role: Resource, _stack: Stack) -> Iterator[Fault]:
    if not role["permissionsBoundary"].text:
        yield Fault("permissionsBoundary", "is not set")


CONTROLS = (
    Control(
        id="IAM-01",
        level=Level.MUST,
        requires="only ECS of this account and region may take the roles of a task",
        reason="another account's ECS could be made to use the role: the confused deputy",
        instead="Condition: StringEquals aws:SourceAccount, ArnLike aws:SourceArn arn:PARTITION:ecs:REGION:ACCOUNT:*",
        catalogues=(
            "prowler iam_role_cross_service_confused_deputy_prevention",
            "prowler iam_role_service_trust_restricts_source_to_account",
        ),
        types=(ROLE,),
        judge=_trusts_ecs_alone,
        applies=task_role,
    ),
    Control(
        id="IAM-02",
        level=Level.MUST,
        requires="the role that starts a task may pull its image, write its log, read its secrets, and nothing else",
        reason="with AWS's managed policy every task can pull every image and write to every log",
        instead="an inline policy with the ARNs; only ecr:GetAuthorizationToken on `*`",
        catalogues=("CKV_AWS_274", "CKV_AWS_286", "CKV_AWS_290", "CKV_AWS_355", "FSBP IAM.21", "FSBP KMS.2"),
        types=(ROLE_POLICY, ROLE_ATTACHMENT),
        judge=_scoped,
        applies=_of_execution_role,
    ),
    Control(
        id="IAM-03",
        level=Level.WARN,
        requires="the roles of a task have a permissions boundary",
        reason="a boundary limits a role whatever its policies say",
        instead="permissionsBoundary: ARN",
        types=(ROLE,),
        judge=_bounded,
        applies=task_role,
    ),
)
