"""The roles of a task as they will be: what IAM has of them, and what the same update changes of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from automation.preflight.conditions import Known, settled
from automation.preflight.plan import Hidden, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import items, maps, text, texts
from diagnostics.policies import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY, decide
from diagnostics.reads import Shape
from diagnostics.shapes import tail

EXECUTION, TASK = "executionRoleArn", "taskRoleArn"
USES = {EXECUTION: "execution role", TASK: "task role"}
TASKS_SERVICE = "ecs-tasks.amazonaws.com"
ROLE_TYPE = "aws:iam/role:Role"
_POLICY_TYPE = "aws:iam/policy:Policy"
_INLINE_TYPE = "aws:iam/rolePolicy:RolePolicy"
_ELSEWHERE_TYPE = "aws:iam/policyAttachment:PolicyAttachment"
"""Attaches one policy to many roles: what it does to one of them is not looked into."""
_ATTACHMENT_TYPE = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"

Document = Mapping[str, Any]


@dataclass(frozen=True)
class TaskRole:
    """One role of a task definition."""

    use: str
    """`execution role` or `task role`."""
    name: str
    """IAM's name, or the resource's in the program where the update makes it."""
    arn: str
    """"" where the update makes it."""
    exists: bool
    made: bool = False
    """Whether the same update makes it."""
    trust: Document | None = field(default=None, repr=False)
    """None where it is not seen."""
    policies: tuple[Document | None, ...] = field(default=(), repr=False)
    """None for one that is not seen."""
    boundary: Document | None = field(default=None, repr=False)
    bounded: bool = False

    def trusts_tasks(self, known: Known) -> bool | None:
        """Whether ECS may assume it for a task; None where that does not follow from what is seen."""
        if self.trust is None:
            return None
        decision = decide([settled(self.trust, known)], "sts:AssumeRole", None, TASKS_SERVICE)
        return None if decision is None else decision == ALLOWED

    def decision(self, action: str, resource: str, known: Known) -> str | None:
        """Return what its policies and its boundary say; None where that does not follow from what is seen."""
        seen = [settled(each, known) for each in self.policies if each is not None]
        own = decide(seen, action, resource)
        if own == EXPLICIT_DENY:
            return own
        if None in self.policies:
            return None
        if not self.bounded or own != ALLOWED:
            return own
        if self.boundary is None:
            return None
        bound = decide([settled(self.boundary, known)], action, resource)
        return own if bound == ALLOWED else bound


def known_of(subject: Subject, role: TaskRole, via: str = "") -> Known:
    """Return the condition keys that a request with the role has; `via` is the service that decrypts for it.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    account = subject.account
    known = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false"}
    if role.arn:
        known["aws:PrincipalArn"] = role.arn
    if account:
        known |= {"aws:PrincipalAccount": account}
    if subject.region:
        known |= {"aws:RequestedRegion": subject.region}
        if via:
            known["kms:ViaService"] = f"{via}.{subject.region}.amazonaws.com"
    return known


def known_of_trust(subject: Subject) -> Known:
    """Return the condition keys of ECS's own AssumeRole for a task.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
    """
    account = subject.account
    if not account or not subject.region:
        return {}
    return {
        "aws:SourceAccount": account,
        "aws:SourceArn": f"arn:{subject.partition}:ecs:{subject.region}:{account}:*",
    }


def task_role(subject: Subject, use: str, reads: PreflightReads) -> TaskRole | Hidden | None:
    """Return a role of the task definition; None where it has none, what hides it where it is not seen.

    Raises:
        ReadError: IAM may not be asked.
    """
    value = subject.setting(use)
    if value is None or value == "":
        return None
    if isinstance(value, Hidden):
        resource = subject.source(use, ROLE_TYPE)
        return value if resource is None else _planned(subject.plan, resource, USES[use], reads)
    name = tail(str(value))
    for each in subject.plan.of_type(ROLE_TYPE):
        if not each.made and (each.old_outputs or {}).get("arn") == value:
            return _planned(subject.plan, each, USES[use], reads)
    return _live(name, str(value), USES[use], reads)


def _live(name: str, arn: str, use: str, reads: PreflightReads) -> TaskRole:
    role: Shape | None = reads.found("NoSuchEntity", lambda: reads.surroundings.get_role(name))
    if role is None:
        return TaskRole(use, name, arn, exists=False)
    boundary = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return TaskRole(
        use,
        name,
        str(role.get("Arn") or arn),
        exists=True,
        trust=parsed(role.get("AssumeRolePolicyDocument")),
        policies=tuple(parsed(each["PolicyDocument"]) for each in reads.surroundings.role_policies(name)),
        boundary=_managed(boundary, reads) if boundary else None,
        bounded=bool(boundary),
    )


def _planned(plan: Plan, role: PlannedResource, use: str, reads: PreflightReads) -> TaskRole:
    """Return a role of the stack: as IAM has it where it is there, with what the update makes of it."""
    named = role.known("name") if not role.made else role.inputs.get("name")
    name = named if isinstance(named, str) else role.name
    arn = "" if role.made else str((role.old_outputs or {}).get("arn", ""))
    boundary = role.inputs.get("permissionsBoundary")
    return TaskRole(
        use,
        name,
        arn,
        exists=True,
        made=role.made,
        trust=parsed(role.inputs.get("assumeRolePolicy")),
        policies=tuple(_planned_policies(plan, role, name, reads)),
        boundary=_managed(boundary, reads) if isinstance(boundary, str) and boundary else None,
        bounded=bool(boundary),
    )


def _planned_policies(plan: Plan, role: PlannedResource, name: str, reads: PreflightReads) -> Iterator[Document | None]:
    live = [] if role.made else reads.surroundings.role_policies(name)
    yield from _inline(plan, role, name, live).values()
    yield from _attached(plan, role, name, live, reads).values()
    if any(each.operation != "same" for each in plan.of_type(_ELSEWHERE_TYPE)):
        yield None


def _inline(plan: Plan, role: PlannedResource, name: str, live: list[Shape]) -> dict[str, Document | None]:
    """Return the inline policies by name: those that are there, with what the update does to them."""
    found = {each["PolicyName"]: parsed(each["PolicyDocument"]) for each in live if not each.get("PolicyArn")}
    for own in maps((role.old_inputs or {}).get("inlinePolicies")) if role.inputs.get("inlinePolicies") else ():
        found.pop(text(own.get("name")), None)
    for number, own in enumerate(_listed(role, "inlinePolicies")):
        named = text(own.get("name")) if isinstance(own, Mapping) else ""
        found[named or f"{role.urn} {number}"] = parsed(own.get("policy")) if isinstance(own, Mapping) else None
    for each in plan.resources:
        if each.type != _INLINE_TYPE or not _is_of(plan, each, role, name):
            continue
        key = str(each.known("name") or each.urn)
        found.pop(key, None)
        if not each.deleted:
            found[key] = parsed(each.inputs.get("policy"))
    return found


def _attached(
    plan: Plan, role: PlannedResource, name: str, live: list[Shape], reads: PreflightReads
) -> dict[str, Document | None]:
    """Return the attached policies by ARN: those that are there, with what the update does to them."""
    found = {each["PolicyArn"]: parsed(each["PolicyDocument"]) for each in live if each.get("PolicyArn")}
    for arn in texts((role.old_inputs or {}).get("managedPolicyArns")) if role.inputs.get("managedPolicyArns") else ():
        found.pop(arn, None)
    for each in plan.resources:
        if each.type != _ATTACHMENT_TYPE or not _is_of(plan, each, role, name):
            continue
        policy = each.known("policyArn")
        if each.deleted:
            found.pop(str(policy), None)
        else:
            key = each.urn if isinstance(policy, Hidden) else str(policy)
            found[key] = _attached_document(plan, each, policy, reads)
    for arn in _listed(role, "managedPolicyArns"):
        if str(arn) not in found:
            found[str(arn)] = _managed(arn, reads) if isinstance(arn, str) else None
    return found


def _listed(role: PlannedResource, key: str) -> tuple[Any, ...]:
    """Return the items of a list that the role itself has; what hides the whole list is one."""
    # With none listed the provider takes none away: registry.terraform.io/providers/hashicorp/aws, resource iam_role
    return (given,) if isinstance(given := role.inputs.get(key), Hidden) else tuple(items(given))


def _is_of(plan: Plan, policy: PlannedResource, role: PlannedResource, name: str) -> bool:
    """Tell whether a policy or an attachment is of a role."""
    given = policy.known("role")
    if isinstance(given, str):
        return tail(given) == name
    return role in plan.sources(policy, "role", ROLE_TYPE)


def _attached_document(plan: Plan, attachment: PlannedResource, policy: Any, reads: PreflightReads) -> Document | None:
    own = plan.sources(attachment, "policyArn", _POLICY_TYPE)
    for each in own or plan.of_type(_POLICY_TYPE):
        if own or (each.old_outputs or {}).get("arn") == policy:
            return parsed(each.inputs.get("policy"))
    return _managed(policy, reads) if isinstance(policy, str) else None


def _managed(arn: str, reads: PreflightReads) -> Document | None:
    """Return the default version of a managed policy; None where there is no such policy."""

    def read() -> Document | None:
        version = reads.ask("iam", "get_policy", PolicyArn=arn)["Policy"]["DefaultVersionId"]
        answer = reads.ask("iam", "get_policy_version", PolicyArn=arn, VersionId=version)
        return parsed(answer["PolicyVersion"]["Document"])

    found: Document | None = reads.found("NoSuchEntity", read)
    return found


def parsed(text: Any) -> Document | None:
    """Return a policy document, which is a JSON text or an object; None where it is neither, or is hidden."""
    if isinstance(text, str):
        try:
            text = json.loads(text)
        except ValueError:
            return None
    return text if isinstance(text, Mapping) else None


def granted(document: Document | None, action: str, resource: str, role: TaskRole, known: Known) -> str | None:
    """Return what a resource's own policy says of a role: `allowed` where it lets the role itself, not its account.

    Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
    """
    return _of_resource(document, action, resource, ("*", role.arn), known)


def delegated(document: Document | None, action: str, resource: str, role: TaskRole, known: Known) -> str | None:
    """Return what a key's policy says of a role or of its account, which hands on to IAM.

    Source: https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html
    """
    parts = role.arn.split(":")
    account = parts[4] if role.arn.startswith("arn:") else known.get("aws:PrincipalAccount", "")
    root = f"arn:{parts[1] if role.arn else 'aws'}:iam::{account}:root"
    return _of_resource(document, action, resource, ("*", role.arn, account, root), known)


def _of_resource(
    document: Document | None, action: str, resource: str, principals: tuple[str, ...], known: Known
) -> str | None:
    if document is None:
        return IMPLICIT_DENY
    whole = settled(document, known)
    statements = [
        {key: value for key, value in each.items() if key != "Principal"}
        for each in whole["Statement"]
        if isinstance(each, Mapping) and _names(each.get("Principal"), principals)
    ]
    return decide([{"Statement": statements}], action, resource)


def _names(principal: Any, principals: tuple[str, ...]) -> bool:
    named = principal.get("AWS") if isinstance(principal, Mapping) else principal
    return any(each and each in principals for each in (named if isinstance(named, list) else [named]))
