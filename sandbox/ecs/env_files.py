"""The environment files of a container: objects of S3 that Fargate loads before the container starts.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/use-environment-file.html
The words: a stopped task's reason that was published with its cure (`HeadObject`, 403); 404 is in the same frame.
Without a way to S3: a comment on issue 12720 of aws/aws-cdk; how long that takes is taken from secrets.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.ecs.execution import Execution, Problem

_FAILED = "ResourceInitializationError: failed to download env files:"
_OBJECT = re.compile(r"arn:aws[\w-]*:s3:::(?P<bucket>[^/]+)/(?P<key>.+)")


def env_file_problem(task: Execution, definition: Mapping[str, Any]) -> Problem | None:
    """Return why one of a container's environment files cannot be had; None where all can."""
    return next((problem for arn in _arns(definition) if (problem := _problem(task, arn))), None)


def env_file_values(account: str, definition: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables of a container's environment files; the first value of a name counts (inferred)."""
    values: dict[str, str] = {}
    for arn in _arns(definition):
        stored = _stored(account, arn)
        for line in stored.decode("utf-8", "replace").splitlines() if stored is not None else ():
            name, equals, value = line.partition("=")
            if equals and not line.startswith("#"):
                values.setdefault(name, value)
    return values


def _arns(definition: Mapping[str, Any]) -> Iterator[str]:
    for each in definition.get("environmentFiles") or []:
        yield str(each["value"])


def _problem(task: Execution, arn: str) -> Problem | None:
    if not task.way("s3", task.region, f"s3.{task.region}.amazonaws.com").open:
        stream = "file download command: non-empty error stream: RequestCanceled: request context canceled"
        return Problem(f"{_FAILED} {stream} caused by: context deadline exceeded", "secrets_timeout")
    bucket = arn.partition("/")[0]
    if task.denied("s3:GetObject", arn) or task.denied("s3:GetBucketLocation", bucket):
        return _answered(task, "403", "Forbidden: Forbidden")
    if _stored(task.account, arn) is not None:
        return None
    # S3 says that there is no such object only to whoever may list the bucket (documented, HeadObject).
    if task.denied("s3:ListBucket", bucket):
        return _answered(task, "403", "Forbidden: Forbidden")
    return _answered(task, "404", "NotFound: Not Found")


def _answered(task: Execution, status: str, error: str) -> Problem:
    return Problem(
        f"{_FAILED} service call has been retried 1 time(s): operation error S3: HeadObject, https response error "
        f"StatusCode: {status}, RequestID: {task.request_id()}, api error {error}"
    )


def _stored(account: str, arn: str) -> bytes | None:
    """Return an object's content; None where there is no such bucket or object."""
    from moto.s3.models import s3_backends

    found = _OBJECT.fullmatch(arn)
    bucket = s3_backends[account]["aws"].buckets.get(found["bucket"]) if found else None
    stored = bucket.keys.get(found["key"]) if bucket is not None and found else None
    return bytes(stored.value) if stored is not None else None
