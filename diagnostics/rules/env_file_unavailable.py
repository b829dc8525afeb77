"""The environment file in S3 cannot be fetched or read.

## What it looks for
`failed to download env files`, and the S3 answer in it: the object or bucket is not there, the execution role may not
read it, its name does not end in `.env`. S3 also refuses (403) what is not there where the role may not list the
bucket.

## Why waiting cannot help
S3 answered. The object's name and the role are settings; a policy that was made a moment ago may take a minute, so a
refusal stays suspect until a task that was made a minute later is refused as well.

## What to do
Upload the file, and let the execution role read it:

    aws s3 ls s3://BUCKET/KEY
    {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": "arn:aws:s3:::BUCKET/KEY"}
    {"Effect": "Allow", "Action": ["s3:GetBucketLocation"], "Resource": "arn:aws:s3:::BUCKET"}

## What it is not
- S3 that cannot be reached: `aws-endpoint-unreachable`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import IAM_SETTLES_AFTER, Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.said import Wording, first_and_last, said_by_aws, tasks_of

ID = "env-file-unavailable"
VERDICT = Verdict.DOOMED

_WORDINGS = (
    *Wording.any_of(("env file", "envfile"), r"(?:download|fetch|retrieve|read|parse|invalid)[^\n]{0,60}env ?files?"),
    Wording.of("envfile", r"(?:download|fetch|retrieve|read|parse|initialize|invalid)[^\n]{0,60}envfile"),
    Wording.of(
        "environment file",
        r"environment files?[^\n]{0,120}(?:fail|unable|could not|cannot|invalid|not found|denied|missing|must|does not)"
        r"|(?:fail\w*+|unable|could not|cannot|invalid)[^\n]{0,80}environment files?",
    ),
    Wording.of(
        "environmentfile", r"environmentFiles?[^\n]{0,120}(?:fail|unable|could not|invalid|not found|denied|must|error)"
    ),
    Wording.of("s3 client for bucket", r"unable to initialize s3 client for bucket"),
)
_OTHER = re.compile(
    r"deadline exceeded|i/o timeout|RequestCanceled|send request failed|request send failed|dial tcp|timed out"
    r"|execution role credentials|Unexpected key|unknown (?:field|property|parameter)",
    re.IGNORECASE,
)
_DENIED = re.compile(r"AccessDenied|access denied|not authorized|\b403\b|forbidden", re.IGNORECASE)
_OBJECT = re.compile(r"arn:aws[\w-]*:s3:::[^\s\"',]+|s3://[^\s\"',]+")
_KEY = re.compile(r"env file with key (?P<key>\S+) from bucket (?P<bucket>[\w.-]+)", re.IGNORECASE)


def match(evidence: Evidence) -> Finding | None:
    """Return the environment file that the task cannot have."""
    said = [each for each in said_by_aws(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    text = said[0].passage.text
    name = _name(evidence, text)
    path = name.partition(":::")[2] or "BUCKET/KEY"
    denied = _DENIED.search(text) is not None
    state = "may not be read by the execution role" if denied else "is not there, or cannot be read"
    return Finding(
        what=f"the environment file {quoted(name)} {state}" if name else f"an environment file {state}",
        why="ECS downloads it with the execution role before the containers start; S3 refuses it, and says the "
        "same of a file "
        "that is not there to a role that may not list the bucket"
        if denied
        else "ECS downloads it before the containers start, and a file that is missing or malformed stops the task",
        fix="let the execution role call `s3:GetObject` on the object and `s3:GetBucketLocation` on its bucket, "
        "and look "
        f"whether it is there:\naws s3 ls {pasted(f's3://{path}')}"
        if denied
        else f"upload the file under exactly that name, ending in `.env`, with one VARIABLE=VALUE a line:\naws "
        f"s3 cp FILE.env"
        f" {pasted(f's3://{path}')}",
        evidence=first_and_last([each.passage for each in said]),
        tasks=tasks_of(said),
        settles_after=IAM_SETTLES_AFTER if denied else None,
    )


def _name(evidence: Evidence, text: str) -> str:
    """Return the file's ARN: as the words have it, else the only one in the task definition; "" where that is open."""
    if found := _KEY.search(text):
        return f"arn:aws:s3:::{found['bucket']}/{found['key']}"
    if named := _OBJECT.search(text):
        return named[0].replace("s3://", "arn:aws:s3:::", 1)
    defined = evidence.task_definition.containers if evidence.task_definition else ()
    files = {each for container in defined for each in container.environment_files}
    return files.pop() if len(files) == 1 else ""
