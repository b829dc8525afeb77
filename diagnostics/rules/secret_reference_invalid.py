"""A secret or parameter is named or filled in a way that ECS cannot use.

## What it looks for
`retrieved secret from Secrets Manager did not contain json key`, a value that is not JSON although a key is asked for
(`invalid character … looking for beginning of value`), a binary secret, an ARN of an unexpected form, a name that
does not match the pattern; a secret of `repositoryCredentials` without a user name and password.

## Why waiting cannot help
The reference is part of the task definition, and the content of the secret stays as it is until somebody changes it.

## What to do
The form is `SECRET_ARN:JSON_KEY:VERSION_STAGE:VERSION_ID`, with the six random characters at the end of the ARN, and
empty parts kept: `arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-AbCdEf:password::`. To see which keys there are,
without the values:

    aws secretsmanager get-secret-value --secret-id NAME --query SecretString --output text | jq keys

## What it is not
- A secret, or a version of it, that does not exist: `secret-not-found`.
- A refusal: `secrets-permission-denied`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html
- https://github.com/aws/amazon-ecs-agent/blob/master/agent/asm/asm.go (the agent's words)
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Said, Wording, said_by_aws, tasks_of

ID = "secret-reference-invalid"
VERDICT = Verdict.DOOMED

_STORE = (
    r"(?:\bfrom (?:asm|ssm)\b|\basm\b|secrets? ?manager|\bssm\b|systems manager|parameter store|valueFrom|secret data"
    r"|pull secrets)"
)
_WORDINGS = (
    # CloudFormation, of a dynamic reference
    Wording.of("associated with jsonkey", r"could not find a value associated with JSONKey(?: in SecretString)?"),
    Wording.of("did not contain json key", r"did not contain json key(?::? ?['\"`]?(?P<key>[\w./-]+))?"),
    Wording.of(
        "looking for beginning of", rf"{_STORE}[^\n]{{0,400}}invalid character[^\n]{{0,300}}looking for beginning of"
    ),
    Wording.of("invalid character", rf"{_STORE}[^\n]{{0,400}}invalid character"),
    Wording.of("unmarshal", rf"{_STORE}[^\n]{{0,400}}unmarshal"),
    Wording.of(
        "retrieved secret from secrets manage", r"retrieved secret from Secrets Manager?(?: d[a-z ]*)?[.\u2026\s]*\Z"
    ),
    Wording.of("unexpected end of json", rf"{_STORE}[^\n]{{0,400}}unexpected end of JSON"),
    Wording.of("valid json", rf"{_STORE}[^\n]{{0,400}}not (?:a )?valid JSON"),
    Wording.of("asm fetching", r"asm fetching[^\n]{0,300}(?:malformed|empty|invalid schema)"),
    Wording.of("unexpected arn format"),
    Wording.of(
        "arn",
        rf"{_STORE}[^\n]{{0,200}}\b(?:invalid|malformed|unexpected|incorrect) ARN|(?:invalid"
        rf"|malformed) ARN[^\n]{{0,200}}{_STORE}",
    ),
    Wording.of(
        "parameter arn specified",
        r"parameter ARN specified for secret (?P<name>[\w.-]+)[^\n]{0,20}(?:is invalid|does not)",
    ),
    Wording.of("parameter arn has a different"),
    Wording.of("cross-account access for arns"),
    Wording.of("arn specified", r"secret(?:s manager)? ARN specified[^\n]{0,100}(?:invalid|does not|must)"),
    Wording.of(
        "validationexception",
        rf"{_STORE}[^\n]{{0,400}}ValidationException|ValidationException[^\n]{{0,100}}parameter name",
    ),
    Wording.of("should match", rf"{_STORE}[^\n]{{0,400}}should match|should match[^\n]{{0,200}}{_STORE}"),
    Wording.of("failed to satisfy constraint", rf"{_STORE}[^\n]{{0,400}}failed to satisfy constraint"),
    Wording.of("invalid name", r"invalid name\. Must be a valid name"),
    Wording.of("parameter name", r"parameter name[^\n]{0,60}(?:is invalid|can't be prefixed|must)"),
    Wording.of(
        "invalidparameterexception",
        rf"{_STORE}[^\n]{{0,400}}InvalidParameterException|GetSecretValue[^\n]{{0,300}}InvalidParameterException",
    ),
    Wording.of("secretbinary"),
    Wording.of("binary", r"\bsecret[^\n]{0,60}\bbinary\b"),
    Wording.of("secret value", r"secret value[^\n]{0,60}(?:not a string|empty|null)"),
    Wording.of("secret name must not be empty"),
    Wording.of("invalid secret", r"invalid secret (?:reference|name|arn|value ?from)"),
    Wording.of("valuefrom", r"valueFrom[^\n]{0,80}(?:invalid|must|empty|null|blank)"),
    Wording.of("does not match the region", rf"{_STORE}[^\n]{{0,200}}does not match the region"),
)
_OTHER = re.compile(
    r"AccessDenied|not authorized|can[\u2019']?t find|ResourceNotFound|deadline|timeout|dial tcp|marked for deletion"
    r"|invalid (?:ssm )?parameters?:|executionRoleArn",
    re.IGNORECASE,
)
_NOT_JSON = re.compile(r"\bjson\b|beginning of|invalid character|unmarshal", re.IGNORECASE)
_CREDENTIALS = re.compile(r"asm fetching|authorization ?data", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the secret that cannot be used as it is named."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    text = said[0].passage.text
    reference = _reference(evidence, said[0].group("key").rstrip("."))
    secret = reference[0] if reference else ""
    known = evidence.secret(reference[1]) if reference else None
    return Finding(
        what=_what(said[0], secret),
        why="ECS uses the secret as the registry's user name and password"
        if _CREDENTIALS.search(text)
        else "the reference is part of the task definition, and what the secret holds does not fit it",
        fix=_fix(text, secret, known.json_keys if known else None),
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
        verdict=Verdict.SUSPECT if started_since(evidence, said[0].passage) else None,
    )


def _reference(evidence: Evidence, key: str) -> tuple[str, str] | None:
    """Return the secret's ARN and the `valueFrom` that takes that JSON key of it; None where that is not clear."""
    defined = evidence.task_definition.containers if evidence.task_definition else ()
    found = {value for each in defined for _, value in each.secrets if key and value.split(":")[7:8] == [key]}
    return (":".join(next(iter(found)).split(":")[:7]), next(iter(found))) if len(found) == 1 else None


def _what(said: Said, secret: str) -> str:
    text, key = said.passage.text, said.group("key").rstrip(".")
    name = f"the secret {quoted(secret)}" if secret else "the secret"
    if key:
        return f"{name} has no JSON key {quoted(key)}"
    if _CREDENTIALS.search(text):
        return "the secret with the registry's credentials has no `username` and `password`"
    if _NOT_JSON.search(text):
        return f"{name} is not the JSON object that the reference expects"
    if "binary" in text.lower():
        return f"{name} is binary, and ECS can only use a text"
    if variable := said.group("name"):
        return (
            f"the reference of the variable {quoted(variable)} to a secret or parameter has a form that cannot be read"
        )
    return "the reference to a secret or parameter has a form that cannot be read"


def _fix(text: str, secret: str, keys: tuple[str, ...] | None) -> str:
    name = pasted(secret or "NAME")
    if _CREDENTIALS.search(text):
        return (
            "give it both:\naws secretsmanager put-secret-value --secret-id NAME --secret-string "
            """'{"username": "USER", "password": "TOKEN"}'"""
        )
    form = "correct `valueFrom`: `SECRET_ARN:JSON_KEY:VERSION_STAGE:VERSION_ID`, empty parts kept"
    if keys:
        return f"{form}; its keys are {', '.join(map(quoted, keys))}"
    if _NOT_JSON.search(text):
        return (
            f"{form}, or store the value as a JSON object; the keys that there are:\n"
            f"aws secretsmanager get-secret-value --secret-id {name} --query SecretString --output text | jq keys"
        )
    return f"{form}, or the full ARN, or the name, of a parameter"
