"""Conditions that are decided by what is known of ECS's requests are decided, and no others."""

from typing import Any

import pytest

from automation.preflight.conditions import settled
from diagnostics.policies import ALLOWED, IMPLICIT_DENY, decide

KNOWN = {
    "aws:SourceAccount": "123456789012",
    "aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*",
    "kms:ViaService": "ssm.eu-west-1.amazonaws.com",
    "aws:SecureTransport": "true",
}


@pytest.mark.parametrize(
    ("condition", "decision"),
    [
        ({"StringEquals": {"aws:SourceAccount": "123456789012"}}, ALLOWED),
        ({"StringEquals": {"AWS:sourceaccount": ["1", "123456789012"]}}, ALLOWED),
        ({"StringEquals": {"aws:SourceAccount": "210987654321"}}, IMPLICIT_DENY),
        ({"StringNotEquals": {"aws:SourceAccount": "210987654321"}}, ALLOWED),
        ({"StringNotEquals": {"aws:SourceAccount": "123456789012"}}, IMPLICIT_DENY),
        ({"StringEqualsIfExists": {"aws:SourceAccount": "123456789012"}}, ALLOWED),
        ({"StringLike": {"kms:ViaService": "ssm.*.amazonaws.com"}}, ALLOWED),
        ({"StringLike": {"kms:ViaService": "s3.*.amazonaws.com"}}, IMPLICIT_DENY),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:*"}}, ALLOWED),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:*:123456789012:*"}}, ALLOWED),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-north-1:123456789012:*"}}, IMPLICIT_DENY),
        ({"ArnLike": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:task/blue/*"}}, None),
        ({"ArnEquals": {"aws:SourceArn": "arn:aws:ecs:eu-west-1:123456789012:cluster/blue"}}, None),
        ({"Bool": {"aws:SecureTransport": "true"}}, ALLOWED),
        ({"Bool": {"aws:SecureTransport": "false"}}, IMPLICIT_DENY),
        ({"StringEquals": {"aws:PrincipalTag/team": "shop"}}, None),
        ({"ForAnyValue:StringEquals": {"aws:SourceAccount": "123456789012"}}, None),
        ({"NumericLessThan": {"aws:SourceAccount": "5"}}, None),
        (
            {
                "StringEquals": {"aws:SourceAccount": "123456789012", "aws:PrincipalTag/team": "shop"},
                "Bool": {"aws:SecureTransport": "true"},
            },
            None,
        ),
        (
            {"StringEquals": {"aws:PrincipalTag/team": "shop"}, "Bool": {"aws:SecureTransport": "false"}},
            IMPLICIT_DENY,
        ),
    ],
)
def test_a_condition_holds_or_does_not_or_is_not_known(condition: dict[str, Any], decision: str | None) -> None:
    statement = {"Effect": "Allow", "Action": "kms:Decrypt", "Resource": "*", "Condition": condition}
    assert decide([settled({"Statement": statement}, KNOWN)], "kms:Decrypt", "arn:x") == decision


def test_a_statement_without_conditions_stays_as_it_is() -> None:
    document = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "*", "Resource": "*"}]}
    assert settled(document, KNOWN) == document
