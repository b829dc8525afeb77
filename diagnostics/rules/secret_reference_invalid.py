"""
A secret or parameter is named or filled in a way that ECS cannot use.

## What it looks for
`retrieved secret from Secrets Manager did not contain json key`, a value that is not JSON although a key is asked for
(`invalid character … looking for beginning of value`), a binary secret, an ARN of an unexpected form, a name that does
not match the pattern, no value yet (`AWSCURRENT`).

## Why waiting cannot help
The reference is part of the task definition, and the content of the secret stays as it is until somebody changes it.

## What to do
The form is `SECRET_ARN:JSON_KEY:VERSION_STAGE:VERSION_ID`, with the six random characters at the end of the ARN, and
empty parts kept: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf:password::`. To see which keys there are,
without the values:

    aws secretsmanager get-secret-value --secret-id NAME --query SecretString --output text | jq keys

## What it is not
- A secret that does not exist: `secret-not-found`.
- A refusal: `secrets-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_by_aws, tasks_of

ID = "secret-reference-invalid"
VERDICT = Verdict.DOOMED

_SECRET = r"(?:secret|\bssm\b|\basm\b|parameter|valueFrom)"
_WORDINGS = (
    Wording.of("did not contain json key", r"did not contain json key:? ?'?(?P<key>[\w.-]+)"),
    Wording.of("looking for beginning of", rf"{_SECRET}[^\n]*invalid character[^\n]*looking for beginning of"),
    Wording.of("unmarshal", rf"{_SECRET}[^\n]*(?:cannot|failed to|unable to|could not)? ?unmarshal"),
    Wording.of("unexpected end of json", rf"{_SECRET}[^\n]*unexpected end of JSON"),
    Wording.of("not valid json", rf"{_SECRET}[^\n]*not (?:a )?valid JSON"),
    Wording.of("unexpected arn format"),
    Wording.of("arn", rf"{_SECRET}[^\n]*(?:invalid|malformed|unexpected|incorrect) ARN|(?:invalid|malformed) ARN[^\n]*{_SECRET}"),
    Wording.of("validationexception", rf"{_SECRET}[^\n]*ValidationException|ValidationException[^\n]*(?:parameter|secret)"),
    Wording.of("should match", rf"{_SECRET}[^\n]*should match|should match[^\n]*{_SECRET}"),
    Wording.of("failed to satisfy constraint", rf"{_SECRET}[^\n]*failed to satisfy constraint"),
    Wording.of("invalid name", r"invalid name\. Must be a valid name|parameter name[^\n]*(?:invalid|must)"),
    Wording.of("secretbinary"),
    Wording.of("binary", r"secret[^\n]{0,60}binary"),
    Wording.of("the secret value", r"secret value[^\n]{0,60}(?:not a string|empty|null)"),
    Wording.of("the secret name must not be empty"),
    Wording.of("invalid secret", r"invalid secret (?:reference|name|arn|value ?from)|secret[^\n]{0,40}valueFrom[^\n]{0,60}(?:invalid|must|empty)"),
    Wording.of("valuefrom", r"valueFrom[^\n]{0,80}(?:invalid|must|empty|null|blank)"),
    Wording.of("does not match the region", rf"{_SECRET}[^\n]*does not match the region"),
)  # fmt: skip
_OTHER = re.compile(r"AccessDenied|not authorized|can't find|ResourceNotFound|deadline|timeout|dial tcp", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the secret that cannot be used as it is named."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    key = said[0].group("key").rstrip(".")
    recovered = started_since(evidence, said[0].passage)
    return Finding(
        what=_what(evidence, key, said[0].passage.lower),
        why="the reference is part of the task definition, and what the secret holds does not fit it",
        fix="correct `valueFrom`: `SECRET_ARN:JSON_KEY:VERSION_STAGE:VERSION_ID`, empty parts kept; the keys that there are:\n"
        "aws secretsmanager get-secret-value --secret-id NAME --query SecretString --output text | jq keys",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if recovered else None,
    )


def _what(evidence: Evidence, key: str, text: str) -> str:
    if key:
        references = [
            value
            for each in (evidence.task_definition.containers if evidence.task_definition else ())
            for _, value in each.secrets
        ]
        secret = next((value.partition(f":{key}")[0] for value in references if f":{key}:" in f"{value}:"), "")
        return (
            f"the secret {quoted(secret)} has no JSON key {quoted(key)}"
            if secret
            else f"the secret has no JSON key {quoted(key)}"
        )
    if "json" in text or "beginning of" in text or "unmarshal" in text:
        return "the secret is not the JSON object that the reference expects"
    if "binary" in text:
        return "the secret is binary, and ECS can only use a text"
    return "the reference to a secret or parameter has a form that cannot be read"
