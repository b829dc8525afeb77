"""Values of secrets are read for the names of their keys, where that is asked for, and go no further."""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from moto import mock_aws

from automation.preflight.checks import secrets_json_key
from automation.preflight.model import Finding, Status
from automation.preflight.reading import PreflightReads
from automation.preflight.secret_keys import keys_of
from diagnostics.reads import Answer, ReadError
from tests.automation.preflight.stage import Stage
from tests.e2e.causes.account import Account

CANARY = "canary-7f3a9c"
OBJECT = json.dumps({"url": CANARY, "Password": CANARY, "ports": [1]})
OLD, NEW = "a" * 32, "b" * 32
"""Ids of versions."""


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with mock_aws():
        yield Stage(Account(), completes=False)


def stored(stage: Stage, *versions: str | bytes) -> str:
    """Make a secret with these values, the last one the current; return its ARN."""
    manager = stage.account.client("secretsmanager")
    secret = manager.create_secret(Name=f"db-{len(manager.list_secrets()['SecretList'])}")["ARN"]
    for id_, value in zip((OLD, NEW)[-len(versions) :], versions, strict=True):
        given = {"SecretString": value} if isinstance(value, str) else {"SecretBinary": value}
        manager.put_secret_value(SecretId=secret, ClientRequestToken=id_, **given)
    return str(secret)


def look(stage: Stage, *values_from: str, **settings: Any) -> list[Finding]:
    named = [{"name": f"VALUE_{number}", "valueFrom": each} for number, each in enumerate(values_from)]
    stage.containers[0]["secrets"] = named
    stage.account.reader.api_calls.clear()
    return stage.findings(secrets_json_key, **{"read_secret_keys": True, **settings})


def reads(stage: Stage) -> int:
    return stage.account.reader.api_calls["GetSecretValue"]


def test_no_value_is_read_unless_that_is_asked_for(stage: Stage) -> None:
    secret = stored(stage, OBJECT)
    (found,) = look(stage, f"{secret}:url::", read_secret_keys=False)
    assert (found.status, reads(stage)) == (Status.NOT_DONE, 0)
    assert found.what.endswith("read its value for that with `--read-secret-keys` alone")
    assert look(stage, secret, f"{secret}::AWSCURRENT:", "/shop/url") == []
    assert reads(stage) == 0, "no key is taken of these"
    assert look(stage, f"{secret}:url::", f"{secret}:Password::", f"{secret}:ports::", secret) == []
    assert reads(stage) == 1


@dataclass(frozen=True)
class Wrong:
    """Values of a secret, what a container takes of it, and what is said and advised of that."""

    values: tuple[str | bytes, ...]
    takes: str
    what: str
    fix: str


OTHER = "store a text that is a JSON object with the key `url`, or take the whole value: leave the key out"


@pytest.mark.parametrize(
    "wrong",
    [
        Wrong((OBJECT,), ":uri::", "has no JSON key `uri`", "name `url` in `valueFrom`, or add `uri` to"),
        Wrong((OBJECT,), ":PASSWORD::", "has no JSON key `PASSWORD`", "name `Password` in `valueFrom`"),
        Wrong((OBJECT,), ":token::", "has no JSON key `token`", "name one that it has in `valueFrom`"),
        Wrong((OBJECT, "{}"), ":url::", "has no JSON key `url`", "name one that it has"),
        Wrong((OBJECT, "{}"), ":url:AWSCURRENT:", "has no JSON key `url`", "name one that it has"),
        Wrong(("{}", OBJECT), ":url:AWSPREVIOUS:", "has no JSON key `url`", "name one that it has"),
        Wrong(("{}", OBJECT), f":url::{OLD}", "has no JSON key `url`", "name one that it has"),
        Wrong((CANARY,), ":url::", "is not JSON, and has no key `url`", OTHER),
        Wrong((f"{{'url': '{CANARY}'}}",), ":url::", "is not JSON, and has no key `url`", OTHER),
        Wrong((json.dumps([CANARY]),), ":url::", "is JSON, but not an object, and has no key `url`", OTHER),
        Wrong((json.dumps(CANARY),), ":url::", "is JSON, but not an object, and has no key `url`", OTHER),
        Wrong((OBJECT.encode(),), ":url::", "is binary, and has no key `url`", OTHER),
    ],
    ids=str,
)
def test_a_key_that_is_not_there_is_refused(stage: Stage, wrong: Wrong) -> None:
    (found,) = look(stage, stored(stage, *wrong.values) + wrong.takes)
    assert (found.status, bool(found.why)) == (Status.REFUSED, True)
    assert found.what.endswith(wrong.what)
    assert wrong.fix in found.fix
    assert CANARY not in repr(found)


@pytest.mark.parametrize("takes", [":url:AWSPREVIOUS:", f":url::{OLD}", f":url:AWSPREVIOUS:{OLD}"])
def test_a_key_of_a_version_that_is_not_the_current_one_is_found(stage: Stage, takes: str) -> None:
    assert look(stage, stored(stage, OBJECT, "{}") + takes) == []


def test_no_value_is_said_kept_or_logged(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("automation", "diagnostics"):
        caplog.set_level(logging.DEBUG, logger=name)
    kept = (OBJECT, CANARY, json.dumps([CANARY]), CANARY.encode())
    secrets = [stored(stage, each) for each in kept]
    stage.containers[0]["secrets"] = [{"name": "A", "valueFrom": f"{each}:uri::"} for each in secrets]
    subject, asked = stage.subject(read_secret_keys=True)
    found = list(secrets_json_key.run(subject, asked))
    assert [each.status for each in found] == [Status.REFUSED] * len(kept)
    answers = [each.result() for each in asked._answers.values()]
    assert {type(each).__name__ for each in answers} >= {"SecretKeys"}
    told = repr((found, answers, dict(stage.account.reader.api_calls)))
    assert CANARY not in told + caplog.text
    assert not re.search(r"Password|ports", repr(found)), "no name is told that is not like the one that is asked for"


def test_what_the_update_gives_another_value_is_not_done(stage: Stage) -> None:
    secret = stored(stage, OBJECT)
    version = {"secretId": secret, "secretString": "x"}
    stage.plans("aws:secretsmanager/secretVersion:SecretVersion", "db", "replace", version)
    (found,) = look(stage, f"{secret}:url::")
    assert (found.status, reads(stage)) == (Status.NOT_DONE, 0)
    assert "the update gives it another value" in found.what
    assert look(stage, f"{secret}:url::{NEW}") == [], "a version that is there stays as it is"


@dataclass(frozen=True)
class Refuses:
    """AWS's answer to whoever asks for a value."""

    answer: Answer

    def ask(self, *_: Any, **__: Any) -> dict[str, Any]:
        raise ReadError(self.answer)


@pytest.mark.parametrize(
    ("code", "message", "says"),
    [
        ("AccessDeniedException", "Access to KMS is not allowed", "may not be read (`kms:Decrypt`)"),
        ("AccessDeniedException", "User: x is not authorized", "may not be read (`secretsmanager:GetSecretValue`)"),
        ("InvalidRequestException", "it was marked for deletion", "could not be read"),
    ],
)
def test_what_may_not_be_read_is_not_done_and_names_the_action(
    stage: Stage, code: str, message: str, says: str
) -> None:
    stage.containers[0]["secrets"] = [{"name": "A", "valueFrom": f"{stored(stage, OBJECT)}:url::"}]
    subject, _ = stage.subject()
    refusing = PreflightReads(Refuses(Answer("GetSecretValue", code, message)), read_secret_keys=True)
    (found,) = secrets_json_key.run(subject, refusing)
    assert (found.status, found.what.endswith(says)) == (Status.NOT_DONE, True), found
    assert found.evidence[0].quote == f"{code}: {message}"


def test_an_answer_without_a_value_tells_no_keys() -> None:
    with pytest.raises(ReadError, match="no value"):
        keys_of({"Name": "db"})
