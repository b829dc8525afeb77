"""Where records are kept besides this machine: an option's word, else the environment's, else the project's."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from automation.errors import UsageError
from automation.history.store import Store

VARIABLE = "FAILWELL_HISTORY"
LOCAL = "local"
"""What says that this machine is enough, where the environment or the project says otherwise."""
_FORMS = "write `s3://BUCKET/PREFIX`, `dynamodb://TABLE` (both may end in `?region=REGION`) or `local`"
_BUCKET = re.compile(r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$")
"""Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html"""
_TABLE = re.compile(r"^[A-Za-z0-9_.-]{3,255}$")
"""Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html"""


@dataclass(frozen=True)
class Place:
    """A shared store, before anything is asked of it."""

    scheme: str
    name: str
    prefix: str = ""
    region: str | None = None

    def store(self, environment: Mapping[str, str]) -> Store:
        """Return the store, in the environment's region where the place names none; AWS is not asked yet."""
        from automation.history.shared import DynamoDbStore, S3Store

        region = self.region or environment.get("AWS_REGION")  # boto3 itself knows AWS_DEFAULT_REGION alone
        if self.scheme == "s3":
            return S3Store(self.name, self.prefix, region)
        return DynamoDbStore(self.name, region)


def shared_place(option: str | None, environment: Mapping[str, str], project: str | None) -> Place | None:
    """Return where records are shared, or None: on this machine alone.

    Args:
        option: what `--history` says.
        environment: the process's.
        project: what `Pulumi.yaml` says.

    Raises:
        UsageError: it is no place that records can be kept in.
    """
    asked = (("--history", option), (VARIABLE, environment.get(VARIABLE)), ("Pulumi.yaml, failwell.history", project))
    source, url = next(((source, url) for source, url in asked if url), ("", ""))
    return parse_place(url, source) if url else None


def parse_place(url: str, source: str) -> Place | None:
    """Return the place that a URL names; None for `local`.

    Raises:
        UsageError: it names none.
    """
    if url == LOCAL:
        return None
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    region = options.pop("region", [None])[0]
    prefix = parts.path.strip("/")
    valid = {"s3": _BUCKET, "dynamodb": _TABLE}.get(parts.scheme)
    if valid is None or not valid.match(parts.netloc) or options or parts.fragment:
        raise UsageError(f"{source} {url}: this is no place for records; {_FORMS}")
    if parts.scheme == "dynamodb" and prefix:
        raise UsageError(f"{source} {url}: a table has no folders; write `dynamodb://{parts.netloc}`")
    return Place(parts.scheme, parts.netloc, prefix, region)
