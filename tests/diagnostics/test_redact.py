"""Credentials are masked, and nothing that a reader needs is."""

import pytest

from diagnostics.redact import redact_document, redact_text

KEY = "AKIA" + "IOSFODNN7EXAMPLE"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("postgres://app:s3cr3t@db.internal:5432/shop", "postgres://app:***@db.internal:5432/shop"),
        ("redis://:s3cr3t@cache:6379", "redis://:***@cache:6379"),
        (f"key {KEY} refused", "key *** refused"),
        ("aws_secret_access_key = " + "a1B2" * 10, "aws_secret_access_key = ***"),
        ("Authorization: Bearer abcdef.1234567890", "Authorization: Bearer ***"),
        ("Authorization: Basic dXNlcjpwYXNzd29yZA==", "Authorization: Basic ***"),
        ("token eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.SflKxwRJSM", "token ***"),
        ("got ghp_" + "a" * 36, "got ***"),
        ("?X-Amz-Signature=0123abc&x=1", "?X-Amz-Signature=***&x=1"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----\nafter", "***\nafter"),
        ("-----BEGIN PRIVATE KEY-----\nMIIE cut off", "***"),
    ],
)
def test_shapes_of_credentials_are_masked(text: str, masked: str) -> None:
    assert redact_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbC12d",
        "Secrets Manager can't find the specified secret.",
        "http://0.0.0.0:5001/healthz",
        "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop@sha256:" + "ab" * 32,
        "at https://docs.aws.amazon.com/x and user@example.org",
        "the token is missing",
    ],
)
def test_what_is_no_credential_stays(text: str) -> None:
    assert redact_text(text) == text


def test_a_variable_that_is_taken_from_a_secret_loses_its_value_wherever_it_is_assigned() -> None:
    document = {
        "task_definition": {
            "containerDefinitions": [{"name": "app", "secrets": [{"name": "STRIPE", "valueFrom": "arn:aws:x"}]}]
        },
        "logs": [{"events": [{"message": "env: STRIPE=rk_12 PORT=5001"}, {"message": '{"STRIPE": "rk_12", "a": 1}'}]}],
    }
    redacted = redact_document(document)
    assert [event["message"] for event in redacted["logs"][0]["events"]] == [
        "env: STRIPE=*** PORT=5001",
        '{"STRIPE": "***", "a": 1}',
    ]
    assert redacted["task_definition"] == document["task_definition"]


def test_the_value_of_a_variable_named_like_a_credential_is_masked_everywhere() -> None:
    environment = [
        {"name": "ADMIN_PASSWORD", "value": "correct-horse"},
        {"name": "PORT", "value": "5001"},
        {"name": "DB_SECRET_ARN", "value": "arn:aws:secretsmanager:eu-west-1:1:secret:x"},
        {"name": "API_KEY_HEADER", "value": "x-api-key"},
        {"name": "PWD", "value": "/srv/shop"},
    ]
    document = {
        "task_definition": {"containerDefinitions": [{"environment": environment}]},
        "tasks": [{"overrides": {"containerOverrides": [{"environment": [{"name": "TOKEN", "value": "override-1"}]}]}}],
        "logs": [{"events": [{"message": "tried correct-horse and override-1 in /srv/shop"}]}],
    }
    redacted = redact_document(document)
    values = [each["value"] for each in redacted["task_definition"]["containerDefinitions"][0]["environment"]]
    assert values == ["***", "5001", environment[2]["value"], "x-api-key", "/srv/shop"]
    assert redacted["logs"][0]["events"][0]["message"] == "tried *** and *** in /srv/shop"


def test_a_document_without_credentials_is_unchanged() -> None:
    document = {"schema": "evidence/1", "tasks": [{"taskArn": "t/1", "containers": [{"exitCode": 1}]}], "gaps": []}
    assert redact_document(document) == document


def test_a_document_of_the_wrong_shape_is_masked_as_far_as_it_can_be() -> None:
    odd = {"task_definition": [], "tasks": [1, {"overrides": 3}], "logs": [f"{KEY}"]}
    assert redact_document(odd)["logs"] == ["***"]
