"""The evaluation of policies, without a sandbox."""

from typing import Any

import pytest

from sandbox.ecs.conditions import holds
from sandbox.ecs.iam import Caller, Policies, Request, key_refusal, parse, refusal, trusts

ROLE = "arn:aws:iam::123456789012:role/path/execution"
BUCKET = "arn:aws:ecr:eu-west-1:123456789012:repository/shop"
PULL = "ecr:BatchGetImage"
SAID = (
    "User: arn:aws:sts::123456789012:assumed-role/execution/0123abcd is not authorized to perform: ecr:BatchGetImage "
    f"on resource: {BUCKET} "
)
NO_IDENTITY = SAID + "because no identity-based policy allows the ecr:BatchGetImage action"


def request(owner: str = "", **context: str) -> Request:
    return Request(Caller(ROLE, "0123abcd"), PULL, BUCKET, context, owner)


def document(effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "*", "Resource": "*"} | statement}


def principal(effect: str = "Allow", **statement: Any) -> dict[str, Any]:
    return {"Statement": [{"Effect": effect, "Action": "ecr:*", **statement}]}


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": PULL, "Resource": BUCKET},
        {"Action": "ECR:batch*"},
        {"Action": ["s3:*", "ecr:BatchGetImag?"]},
        {"Resource": ["arn:aws:ecr:*:123456789012:repository/sh??"]},
        {"Resource": "arn:aws:ecr:eu-west-1:${aws:PrincipalAccount}:repository/*"},
    ],
)
def test_a_statement_that_covers_the_call_allows_it(statement: dict[str, Any]) -> None:
    assert refusal(request(), Policies([document(**statement)])) is None


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": "ecr:BatchGet"},
        {"Resource": BUCKET + "/*"},
        {"Resource": BUCKET.replace("shop", "Shop")},
        {"Resource": "arn:aws:ecr:eu-west-1:${aws:username}:repository/*"},
        {"Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}},
    ],
)
def test_a_statement_that_does_not_cover_the_call_leaves_it_refused(statement: dict[str, Any]) -> None:
    assert refusal(request(**{"aws:RequestedRegion": "eu-west-1"}), Policies([document(**statement)])) == NO_IDENTITY


def test_what_is_excepted_is_not_covered() -> None:
    every = {"Statement": [{"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:s3:::*"}]}
    assert refusal(request(), Policies([every])) is None
    assert refusal(request(), Policies([{"Statement": [{**every["Statement"][0], "NotAction": "ecr:*"}]}]))
    assert refusal(request(), Policies([{"Statement": [{**every["Statement"][0], "NotResource": BUCKET}]}]))


def test_no_policy_refuses_and_a_deny_beats_every_allow() -> None:
    assert refusal(request(), Policies()) == NO_IDENTITY
    both = Policies([document(), document("Deny", Action="ecr:Batch*")])
    assert refusal(request(), both) == SAID + "with an explicit deny in an identity-based policy"


def test_a_boundary_allows_nothing_by_itself_and_bounds_what_is_allowed() -> None:
    assert refusal(request(), Policies([], document())) == NO_IDENTITY
    bounded = Policies([document()], document(Action="logs:*"))
    assert refusal(request(), bounded) == SAID + "because no permissions boundary allows the ecr:BatchGetImage action"
    denied = Policies([document()], document("Deny"))
    assert refusal(request(), denied) == SAID + "with an explicit deny in a permissions boundary"


def test_a_policy_of_the_same_account_s_resource_is_enough_where_it_names_the_role() -> None:
    assert refusal(request(), Policies(), principal(Principal={"AWS": ROLE})) is None
    assert refusal(request(), Policies(), principal(Principal="*")) is None
    root = principal(Principal={"AWS": "arn:aws:iam::123456789012:root"})
    assert refusal(request(), Policies(), root) == NO_IDENTITY
    denies = principal("Deny", Principal={"AWS": [ROLE]})
    assert refusal(request(), Policies([document()]), denies) == (
        SAID + "with an explicit deny in a resource-based policy"
    )
    others = principal("Deny", NotPrincipal={"AWS": ROLE})
    assert refusal(request(), Policies([document()]), others) is None


def test_another_account_s_resource_needs_both_sides() -> None:
    foreign, root = request("999999999999"), principal(Principal={"AWS": ["123456789012"]})
    assert refusal(foreign, Policies([document()]), root) is None
    assert refusal(foreign, Policies(), root) == NO_IDENTITY
    assert refusal(foreign, Policies([document()])) == (
        SAID + "because no resource-based policy allows the ecr:BatchGetImage action"
    )


def test_a_key_that_does_not_name_the_account_cannot_be_used_by_it() -> None:
    wanted = Request(Caller(ROLE, "0123abcd"), "kms:Decrypt", "arn:aws:kms:eu-west-1:123456789012:key/k")
    root = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": "123456789012"}, "Action": "kms:*"}]}
    direct = {"Statement": [{"Effect": "Allow", "Principal": {"AWS": ROLE}, "Action": "kms:Decrypt"}]}
    assert key_refusal(wanted, Policies([document()]), root) is None
    assert key_refusal(wanted, Policies(), root)
    assert key_refusal(wanted, Policies(), direct) is None
    assert str(key_refusal(wanted, Policies([document()]), {})).endswith(
        "because no resource-based policy allows the kms:Decrypt action"
    )


def test_a_document_that_cannot_be_read_grants_nothing() -> None:
    assert parse("{") == parse("[]") == parse(None) == {}


TRUST = {"Effect": "Allow", "Principal": {"Service": ["ecs-tasks.amazonaws.com"]}, "Action": "sts:AssumeRole"}
ECS = {"aws:SourceAccount": "123456789012", "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"}


@pytest.mark.parametrize(
    ("statements", "trusted"),
    [
        ([TRUST], True),
        ([{**TRUST, "Principal": {"Service": "ec2.amazonaws.com"}}], False),
        ([{**TRUST, "Principal": {"AWS": "*"}}], False),
        ([{**TRUST, "Action": "sts:AssumeRoleWithWebIdentity"}], False),
        ([TRUST, {**TRUST, "Effect": "Deny"}], False),
        ([{**TRUST, "Condition": {"StringEquals": {"aws:SourceAccount": "123456789012"}}}], True),
        ([{**TRUST, "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}], False),
        ([{**TRUST, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"}}}], True),
        ([{**TRUST, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:us-east-1:123456789012:*"}}}], False),
        ([{**TRUST, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:*:cluster/main"}}}], False),
        ([{**TRUST, "Condition": {"StringEquals": {"sts:ExternalId": "x"}}}], False),
    ],
)
def test_a_role_is_assumed_only_where_its_trust_policy_says_so(statements: list[Any], trusted: bool) -> None:
    assert trusts({"Statement": statements}, "ecs-tasks.amazonaws.com", ECS) is trusted


KEYS = {"a": "one", "n": "7", "ip": "10.1.2.3", "when": "2030-01-01T00:00:00Z", "flag": "true", "many": ["x", "y"]}


@pytest.mark.parametrize(
    ("block", "met"),
    [
        ({"StringEquals": {"A": ["two", "one"]}}, True),
        ({"StringNotEquals": {"a": ["two", "one"]}}, False),
        ({"StringNotEquals": {"absent": "one"}}, True),
        ({"StringEquals": {"absent": "one"}}, False),
        ({"StringEqualsIfExists": {"absent": "one"}}, True),
        ({"StringEqualsIgnoreCase": {"a": "ONE"}}, True),
        ({"StringLike": {"a": "o?*"}, "Bool": {"flag": True}}, True),
        ({"StringLike": {"a": "o*"}, "Bool": {"flag": "false"}}, False),
        ({"StringNotLike": {"a": "o*"}}, False),
        ({"NumericLessThanEquals": {"n": 7}, "NumericGreaterThan": {"n": "6.5"}}, True),
        ({"NumericEquals": {"a": 7}}, False),
        ({"IpAddress": {"ip": ["10.1.0.0/16"]}}, True),
        ({"NotIpAddress": {"ip": "10.1.0.0/16"}}, False),
        ({"DateLessThan": {"when": "2031-01-01"}}, True),
        ({"DateGreaterThan": {"when": "2031-01-01T00:00:00Z"}}, False),
        ({"Null": {"absent": "true", "a": "false"}}, True),
        ({"ForAnyValue:StringEquals": {"many": ["y", "z"]}}, True),
        ({"ForAllValues:StringEquals": {"many": ["y", "z"]}}, False),
        ({"ForAllValues:StringEquals": {"absent": "y"}}, True),
        ({"ForAnyValue:StringEquals": {"absent": "y"}}, False),
        ({"ArnLike": {"a": "arn:*"}}, False),
        ({"NoSuchOperator": {"a": "one"}}, False),
    ],
)
def test_conditions_hold_as_the_documentation_says(block: dict[str, Any], met: bool) -> None:
    assert holds(block, KEYS) is met
