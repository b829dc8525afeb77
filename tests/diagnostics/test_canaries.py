"""Secrets of many shapes stand wherever a program or AWS may write them, and appear in no output and no recording."""

import json
from pathlib import Path
from typing import Any

import pytest

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.recorder import Recorder
from diagnostics.render.plain import to_text
from diagnostics.render.printing import _text_of
from diagnostics.story import Story

# Made up, and put together here so that no scanner takes this file for a leak.
LETTERS = "c4n4RyZq7XwVu2TsKr9PoNm5LkJhG3fDbA8e"
CANARIES = {
    "AWS access key": "AKIA" + "C4N4RYZQ7XWVU2TS",
    "AWS temporary key": "ASIA" + "C4N4RYZQ7XWVU2TS",
    "AWS secret key": "aws_secret_access_key=" + LETTERS[:36] + "/+aB",
    "GitHub token": "ghp_" + LETTERS,
    "GitHub fine-grained token": "github_pat_" + LETTERS + LETTERS[:12],
    "GitLab token": "glpat-" + LETTERS[:20],
    "Slack token": "xoxb-" + "123456789012-" + LETTERS[:24],
    "Slack webhook": "https://hooks.slack.com/services/T0CANARY1/B0CANARY2/" + LETTERS[:24],
    "Stripe key": "sk_live_" + LETTERS[:24],
    "Stripe test key": "sk_test_" + LETTERS[:24],
    "JSON web token": "eyJ" + LETTERS[:20] + ".eyJ" + LETTERS[:20] + "." + LETTERS[:30],
    "bearer token": "Authorization: Bearer " + LETTERS,
    "basic credentials": "Authorization: Basic " + LETTERS[:32],
    "password in a URL": "postgres://app:" + LETTERS[:20] + "@db.internal:5432/shop",
    "password alone in a URL": "redis://:" + LETTERS[:20] + "@cache:6379/0",
    "signed URL": "https://b.s3.amazonaws.com/o?X-Amz-Signature=" + LETTERS + "&X-Amz-Expires=60",
    "key in a query": "https://maps.example.com/x?api_key=" + LETTERS[:24] + "&q=1",
    "private key": "-----BEGIN RSA PRIVATE KEY-----\n" + LETTERS + "\n-----END RSA PRIVATE KEY-----",
    "Google key": "AIza" + LETTERS[:35],
    "OpenAI key": "sk-proj-" + LETTERS,
    "Anthropic key": "sk-ant-api03-" + LETTERS,
    "SendGrid key": "SG." + LETTERS[:22] + "." + LETTERS[:30],
    "npm token": "npm_" + LETTERS,
    "PyPI token": "pypi-AgEIcHlwaS5vcmc" + LETTERS,
    "Azure storage key": "DefaultEndpointsProtocol=https;AccountKey=" + LETTERS + "==;EndpointSuffix=core",
    "password in a setting": "password=" + LETTERS[:20],
    "password in JSON": '{"user": "app", "password": "' + LETTERS[:20] + '"}',
    "client secret": "client_secret=" + LETTERS[:20] + "&grant_type=x",
}
TASK = "arn:aws:ecs:eu-west-1:1:task/prod/0123456789abcdef0123456789abcdef"


def bare(canary: str) -> str:
    """Return the part that must not be seen: what is secret in it, without what leads to it."""
    pieces = [piece for piece in ("c4n4RyZq7XwVu2", "C4N4RYZQ7XWVU2") if piece in canary]
    return pieces[0]


def leaks(canary: str) -> dict[str, Any]:
    """Return a document with the canary at every place where somebody's text stands."""
    stopped = {
        "taskArn": TASK,
        "lastStatus": "STOPPED",
        "stopCode": "EssentialContainerExited",
        "stoppedReason": f"CannotPullContainerError: not found ({canary})",
        "containers": [{"name": "app", "exitCode": 1, "reason": f"failed with {canary}"}],
        "overrides": {"containerOverrides": [{"name": "app", "command": ["run", canary]}]},
    }
    container = {"name": "app", "image": "shop:2", "command": ["serve", canary]}
    return {
        "schema": "evidence/1",
        "service": {"serviceName": "web", "events": [{"id": "1", "message": f"(service web) failed: {canary}"}]},
        "task_definition": {"taskDefinitionArn": "a/web:2", "containerDefinitions": [container]},
        "previous_task_definition": {"taskDefinitionArn": "a/web:1", "containerDefinitions": [{"name": "app"}]},
        "tasks": [stopped],
        "logs": [
            {
                "task_arn": TASK,
                "container": "app",
                "events": [{"message": f"error: cannot use {canary}"}, {"message": f"KeyError: {canary}"}],
            }
        ],
        "errors": [{"operation": "X", "code": "Denied", "message": f"no: {canary}"}],
        "gaps": [{"what": "secret", "why": f"refused: {canary}"}],
    }


@pytest.mark.parametrize("kind", sorted(CANARIES))
def test_no_output_and_no_recording_has_it(kind: str, tmp_path: Path) -> None:
    secret = bare(CANARIES[kind])
    evidence = Evidence.parse(leaks(CANARIES[kind]))
    recorder = Recorder(tmp_path / "recording.jsonl")
    assert recorder.write(evidence)
    assert secret not in recorder.path.read_text(encoding="utf-8")
    diagnosis = diagnose(evidence)
    outputs = [_text_of(form)(diagnosis, ()) for form in ("json", "markdown", "github")]
    story = Story()
    story.add(evidence)
    told = story.with_gaps(evidence.gaps)
    assert told is not None
    for output in (*outputs, to_text(told), to_text(diagnosis), json.dumps(diagnosis.to_document())):
        assert secret not in output
    assert diagnosis.evidence, "something is quoted, so there was something to mask"


@pytest.mark.parametrize("name", ["DB_PASSWORD", "STRIPE_SECRET", "DD_API_KEY", "AWS_SESSION_TOKEN", "DATABASE_DSN"])
def test_a_variable_named_like_a_credential_is_masked_wherever_its_value_stands(name: str, tmp_path: Path) -> None:
    value = "plain-" + LETTERS[:20]
    document = leaks(value)
    document["task_definition"]["containerDefinitions"][0]["environment"] = [{"name": name, "value": value}]
    evidence = Evidence.parse(document)
    recorder = Recorder(tmp_path / "recording.jsonl")
    recorder.write(evidence)
    assert value not in recorder.path.read_text(encoding="utf-8")
    assert value not in json.dumps(diagnose(evidence).to_document())


def test_an_option_of_a_log_driver_that_is_a_credential_is_masked_wherever_it_stands(tmp_path: Path) -> None:
    value = "plain-" + LETTERS[:20]
    document = leaks(value)
    logging = {"logDriver": "splunk", "options": {"splunk-token": value, "splunk-url": "https://splunk.example.com"}}
    document["task_definition"]["containerDefinitions"][0]["logConfiguration"] = logging
    recorder = Recorder(tmp_path / "recording.jsonl")
    recorder.write(Evidence.parse(document))
    text = recorder.path.read_text(encoding="utf-8")
    assert value not in text
    assert "https://splunk.example.com" in text
