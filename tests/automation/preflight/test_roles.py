"""A role is judged as it will be: IAM's documents, with what the same update makes, changes and removes."""

import json
from dataclasses import replace
from typing import Any

import pytest

from automation.preflight.plan import UNKNOWN, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.roles import EXECUTION, TaskRole, delegated, granted, known_of, known_of_trust, task_role
from automation.preflight.subject import Subject, look_at
from diagnostics.policies import ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY
from diagnostics.reads import Answer, ReadError
from tests.automation.preflight.recording import DEFINITION, INLINE, ROLE, SERVICE, changed, recorded

ATTACHMENT, POLICY = "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:iam/policy:Policy"
MANAGED = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"
ACTION = "logs:CreateLogStream"


def allow(action: str = ACTION, effect: str = "Allow") -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": "*"}]}


class Iam:
    """Has one role with these inline policies and this boundary, one managed policy, and no services."""

    def __init__(
        self, boundary: dict[str, Any] | None = None, attached: str | None = None, **inline: dict[str, Any]
    ) -> None:
        self.boundary = boundary
        self.attached = attached
        self.inline = inline

    def ask(self, service: str, method: str, /, **asked: Any) -> dict[str, Any]:
        attached = [{"PolicyName": "attached", "PolicyArn": self.attached}] if self.attached else []
        bounded = {"PermissionsBoundary": {"PermissionsBoundaryArn": "arn:boundary"}} if self.boundary else {}
        answers: dict[str, Any] = {
            "describe_services": {"services": []},
            "get_role": {
                "Role": {"Arn": "arn:aws:iam::123456789012:role/x", "AssumeRolePolicyDocument": {}, **bounded}
            },
            "list_attached_role_policies": {"AttachedPolicies": attached},
            "list_role_policies": {"PolicyNames": list(self.inline)},
            "get_policy": {"Policy": {"DefaultVersionId": "v1"}},
        }
        if method == "get_role_policy":
            return {"PolicyDocument": self.inline[asked["PolicyName"]]}
        if method == "get_policy_version":
            document = self.boundary if asked["PolicyArn"] == "arn:boundary" else allow()
            return {"PolicyVersion": {"Document": document}}
        if method not in answers:
            raise ReadError(Answer(f"{service} {method}", "NoSuchEntity", "gone"))
        found: dict[str, Any] = answers[method]
        return found


def resource(type_: str, name: str, operation: str = "create", **more: Any) -> PlannedResource:
    return PlannedResource(f"urn:pulumi:x::x::{type_}::{name}", type_, name, operation, **more)


def adding(plan: Plan, *resources: PlannedResource) -> Plan:
    return replace(plan, resources=(*plan.resources, *resources))


def seen(plan: Plan, iam: Iam | None = None) -> tuple[Subject, TaskRole]:
    reads = PreflightReads(iam or Iam())
    (service,) = plan.of_type(SERVICE)
    subject = look_at(plan, service, reads)
    role = task_role(subject, EXECUTION, reads)
    assert isinstance(role, TaskRole)
    return subject, role


def decision(plan: Plan, iam: Iam | None = None, action: str = ACTION) -> str | None:
    subject, role = seen(plan, iam)
    return role.decision(action, "arn:aws:logs:x", known_of(subject, role))


def bare() -> Plan:
    """A first deployment whose execution role has no policy yet."""
    plan = recorded("create")
    return replace(plan, resources=tuple(each for each in plan.resources if each.type != INLINE))


def test_a_role_that_the_update_makes_has_the_policies_that_it_makes() -> None:
    assert decision(changed(recorded("create"), INLINE, policy=json.dumps(allow()))) == ALLOWED
    assert decision(bare()) == IMPLICIT_DENY
    assert decision(changed(recorded("create"), INLINE, policy=UNKNOWN)) is None


def test_a_managed_policy_is_read_where_the_update_attaches_it() -> None:
    (execution,) = (each for each in bare().of_type(ROLE) if "execution" in each.name)
    depends = {"role": (execution.urn,)}
    attached = resource(ATTACHMENT, "a", inputs={"role": UNKNOWN, "policyArn": MANAGED}, depends=depends)
    assert decision(adding(bare(), attached)) == ALLOWED
    other = replace(attached, depends={"role": ("urn:other",)})
    assert decision(adding(bare(), other)) == IMPLICIT_DENY


def test_a_policy_of_the_stack_is_judged_by_its_planned_text() -> None:
    (execution,) = (each for each in bare().of_type(ROLE) if "execution" in each.name)
    policy = resource(POLICY, "p", inputs={"policy": json.dumps(allow())})
    depends = {"role": (execution.urn,), "policyArn": (policy.urn,)}
    attached = resource(ATTACHMENT, "a", inputs={"role": UNKNOWN, "policyArn": UNKNOWN}, depends=depends)
    assert decision(adding(bare(), policy, attached)) == ALLOWED
    assert decision(adding(bare(), attached)) is None


def test_what_the_role_itself_lists_counts_too() -> None:
    assert decision(changed(bare(), ROLE, "execution", managedPolicyArns=[MANAGED])) == ALLOWED
    assert decision(changed(bare(), ROLE, "execution", inlinePolicies=[{"policy": json.dumps(allow())}])) == ALLOWED


@pytest.mark.parametrize("listed", ["managedPolicyArns", "inlinePolicies"])
def test_policies_that_the_role_lists_and_nobody_sees_leave_it_open(listed: str) -> None:
    assert decision(changed(bare(), ROLE, "execution", **{listed: UNKNOWN})) is None
    assert decision(changed(bare(), ROLE, "execution", **{listed: [UNKNOWN]})) is None


def test_what_the_role_lists_no_longer_does_not_count() -> None:
    def changing(before: dict[str, Any], **now: Any) -> Plan:
        plan = changed(recorded("replace"), ROLE, "execution", **now)
        return replace(
            plan,
            resources=tuple(
                replace(each, operation="update", old_inputs={**(each.old_inputs or {}), **before})
                if each.type == ROLE and "execution" in each.name
                else each
                for each in plan.resources
                if each.type != INLINE
            ),
        )

    own = [{"name": "own", "policy": json.dumps(allow())}]
    iam = Iam(own=allow())
    assert decision(changing({}), iam) == ALLOWED
    other = [{"name": "other", "policy": json.dumps(allow("ecr:*"))}]
    assert decision(changing({"inlinePolicies": own}, inlinePolicies=other), iam) == IMPLICIT_DENY
    assert decision(changing({"inlinePolicies": own}, inlinePolicies=own), iam) == ALLOWED
    assert decision(changing({"inlinePolicies": own}), iam) == ALLOWED, "a role that lists none has none taken away"
    before, attached = {"managedPolicyArns": [MANAGED]}, Iam(attached=MANAGED, boundary=allow("ecr:*"))
    assert decision(changing(before, managedPolicyArns=["arn:boundary"]), attached) == IMPLICIT_DENY
    assert decision(changing(before, managedPolicyArns=[MANAGED]), attached) == ALLOWED
    assert decision(changing(before), attached) == ALLOWED


def test_an_attachment_that_the_update_removes_no_longer_counts() -> None:
    plan = recorded("replace")
    plan = replace(plan, resources=tuple(each for each in plan.resources if each.type != INLINE))
    (execution,) = (each for each in plan.of_type(ROLE) if "execution" in each.name)
    given = {"role": (execution.old_outputs or {})["name"], "policyArn": MANAGED}
    kept = resource(ATTACHMENT, "a", "same", inputs=given, old_inputs=given)
    attached = Iam(attached=MANAGED)
    assert decision(adding(plan, kept), attached) == ALLOWED
    gone = resource(ATTACHMENT, "a", "delete", inputs={}, old_inputs=given)
    assert decision(adding(plan, gone), attached) == IMPLICIT_DENY


def test_a_policy_that_is_attached_to_many_roles_leaves_it_open() -> None:
    elsewhere = resource("aws:iam/policyAttachment:PolicyAttachment", "all", inputs={"policyArn": MANAGED})
    assert decision(adding(bare(), elsewhere)) is None
    assert decision(adding(bare(), replace(elsewhere, operation="same"))) == IMPLICIT_DENY, "IAM tells of it itself"


def test_a_boundary_that_nobody_sees_leaves_open_what_the_policies_allow() -> None:
    allowed = changed(recorded("create"), INLINE, policy=json.dumps(allow()))
    assert decision(changed(allowed, ROLE, "execution", permissionsBoundary=UNKNOWN)) is None
    assert decision(changed(bare(), ROLE, "execution", permissionsBoundary=UNKNOWN)) == IMPLICIT_DENY


def test_a_trust_policy_that_nobody_sees_is_neither_right_nor_wrong() -> None:
    subject, role = seen(changed(recorded("create"), ROLE, "execution", assumeRolePolicy=UNKNOWN))
    assert role.trusts_tasks({}) is None
    _, trusted = seen(recorded("create"))
    assert trusted.trusts_tasks(known_of_trust(subject)) is True


def test_a_role_that_is_there_has_what_iam_has_with_what_the_update_changes() -> None:
    plan = changed(recorded("replace"), INLINE, policy=json.dumps(allow("ecr:*")))
    assert decision(plan, Iam(**{"start-tasks": allow()})) == IMPLICIT_DENY, "the update replaces that policy"
    assert decision(plan, Iam(another=allow())) == ALLOWED


def test_a_policy_that_the_update_removes_no_longer_counts() -> None:
    plan = recorded("replace")
    kept = tuple(each for each in plan.resources if each.type != INLINE)
    (gone,) = plan.of_type(INLINE)
    removed = replace(gone, operation="delete", inputs={})
    assert decision(replace(plan, resources=kept), Iam(**{"start-tasks": allow()})) == ALLOWED
    assert decision(replace(plan, resources=(*kept, removed)), Iam(**{"start-tasks": allow()})) == IMPLICIT_DENY


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [(allow(), ALLOWED), (allow("ecr:*"), IMPLICIT_DENY), (allow(effect="Deny"), EXPLICIT_DENY)],
)
def test_a_boundary_bounds_what_the_policies_allow(boundary: dict[str, Any], expected: str) -> None:
    plan = changed(recorded("replace"), DEFINITION, executionRoleArn="arn:aws:iam::123456789012:role/other")
    assert decision(plan, Iam(boundary, own=allow())) == expected


def test_a_policy_that_is_not_seen_leaves_open_what_another_allows_but_not_what_one_denies() -> None:
    role = TaskRole("execution role", "x", "", exists=True, policies=(allow(), None))
    assert role.decision(ACTION, "arn:x", {}) is None
    denied = replace(role, policies=(allow(effect="Deny"), None))
    assert denied.decision(ACTION, "arn:x", {}) == EXPLICIT_DENY


def test_a_resources_own_policy_lets_the_role_and_a_keys_policy_may_let_its_account() -> None:
    role = TaskRole("execution role", "x", "arn:aws:iam::123456789012:role/x", exists=True)
    root = {"Effect": "Allow", "Principal": {"AWS": "arn:aws:iam::123456789012:root"}, "Action": "*", "Resource": "*"}
    itself = {**root, "Principal": {"AWS": [role.arn]}}
    other = {**root, "Principal": {"AWS": "arn:aws:iam::210987654321:root"}}
    for statement, direct, handed_on in (
        (root, IMPLICIT_DENY, ALLOWED),
        (itself, ALLOWED, ALLOWED),
        (other, IMPLICIT_DENY, IMPLICIT_DENY),
        ({**root, "Principal": "*", "Effect": "Deny"}, EXPLICIT_DENY, EXPLICIT_DENY),
    ):
        document = {"Statement": [statement]}
        assert granted(document, "kms:Decrypt", "arn:key", role, {}) == direct
        assert delegated(document, "kms:Decrypt", "arn:key", role, {}) == handed_on
