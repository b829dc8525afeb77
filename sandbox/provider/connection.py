"""How one provider instance reaches AWS: its settings, clients, default tags, and the clock that its waits go by."""

import json
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.provider.errors import MissingError
from sandbox.provider.wire import UNKNOWN, Values

_CLOCK_TIMEOUT = 5
_SHORTEST_SLEEP = 0.02
"""Real seconds. On a very fast clock a wait would otherwise keep the machine busy with asking."""

CREDENTIAL_CHECKS = frozenset(
    {
        "skipCredentialsValidation",
        "skipMetadataApiCheck",
        "skipRegionValidation",
        "skipRequestingAccountId",
        "s3UsePathStyle",
        "maxRetries",
        "retryMode",
        "version",
        "pluginDownloadURL",
    }
)
"""Settings that mean nothing here: there is nothing to validate against."""
_KNOWN = CREDENTIAL_CHECKS | {
    *("region", "accessKey", "secretKey", "token", "endpoints", "defaultTags", "profile"),
    *("assumeRoles", "allowedAccountIds", "forbiddenAccountIds"),
}


class SettingsError(Exception):
    """A setting of the provider that makes no sense, or one that is wanting."""


@dataclass(frozen=True)
class Settings:
    """What a provider instance was configured with; None leaves it to the environment."""

    region: str | None = None
    access_key: str | None = None
    secret_key: str | None = None
    token: str | None = None
    profile: str | None = None
    endpoints: Mapping[str, str] = field(default_factory=dict)
    default_tags: Mapping[str, str] = field(default_factory=dict)
    roles: Sequence[Mapping[str, Any]] = ()
    """Those to assume, each with the credentials of the one before: AssumeRole's parameters."""
    allowed: Sequence[str] = ()
    """The accounts that it may work in; any where none is named."""
    forbidden: Sequence[str] = ()


def settings(values: Values) -> Settings:
    """Return the settings of a provider's inputs; what is no string arrives as a JSON text.

    Raises:
        MissingError: a setting that the stand-in does not have.
        SettingsError: one that cannot be read.
    """
    given = {key: value for key, value in values.items() if value is not UNKNOWN and not key.startswith("__")}
    for key in given:
        if key not in _KNOWN:
            raise MissingError(f"the provider setting `{key}`")
    endpoints = _parsed(given.get("endpoints")) or []
    tags = (_parsed(given.get("defaultTags")) or {}).get("tags") or {}
    return Settings(
        region=given.get("region"),
        access_key=given.get("accessKey"),
        secret_key=given.get("secretKey"),
        token=given.get("token"),
        profile=given.get("profile"),
        endpoints={service: url for group in endpoints for service, url in group.items() if url},
        default_tags=tags,
        roles=[_assumption(role) for role in _parsed(given.get("assumeRoles")) or []],
        allowed=_parsed(given.get("allowedAccountIds")) or (),
        forbidden=_parsed(given.get("forbiddenAccountIds")) or (),
    )


def _assumption(role: Mapping[str, Any]) -> Mapping[str, Any]:
    wanting = set(role) - {"roleArn", "sessionName", "externalId"}
    if wanting:
        raise MissingError(f"the provider setting `assumeRoles[].{min(wanting)}`")
    given = {
        "RoleArn": role.get("roleArn"),
        "RoleSessionName": role.get("sessionName") or "pulumi",
        "ExternalId": role.get("externalId"),
    }
    return {key: value for key, value in given.items() if value}


def _parsed(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError as error:
        raise SettingsError(f"a provider setting is not JSON: {value!r}") from error


class Pace:
    """The clock of the AWS that is talked to: the sandbox's, which may run faster than real time, or the real one."""

    def __init__(self, started: datetime, speed: float, *, sleep: Callable[[float], None] = time.sleep) -> None:
        self._started = started
        self._asked = time.monotonic()
        self._sleep = sleep
        self.speed = speed

    def now(self) -> datetime:
        """Return AWS's time, in UTC."""
        return self._started + timedelta(seconds=(time.monotonic() - self._asked) * self.speed)

    def sleep(self, seconds: float) -> None:
        """Wait for `seconds` of AWS's time."""
        self._sleep(max(seconds / self.speed, _SHORTEST_SLEEP))


def pace_of(endpoint: str | None) -> Pace:
    """Ask the sandbox at `endpoint` for its clock; where there is no sandbox, time is real."""
    if endpoint:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{endpoint.rstrip('/')}/_sandbox/clock", timeout=_CLOCK_TIMEOUT) as answer:
                clock = json.loads(answer.read())
                return Pace(datetime.fromisoformat(clock["now"]), float(clock["speed"]))
        except (OSError, ValueError, KeyError):
            pass  # another AWS than the sandbox: real time is right for it
    return Pace(datetime.now(UTC), 1)


class Connection:
    """The clients of one provider instance in one region. Safe to use from many threads."""

    def __init__(self, settings_: Settings) -> None:
        # boto3 takes 0.1 s to import: only when AWS is asked.
        import boto3

        self._settings = settings_
        self._session = boto3.session.Session(
            aws_access_key_id=settings_.access_key,
            aws_secret_access_key=settings_.secret_key,
            aws_session_token=settings_.token,
            region_name=settings_.region,
            profile_name=settings_.profile,
        )
        for role in settings_.roles:
            given = self._session.client("sts", endpoint_url=self._endpoint("sts")).assume_role(**role)["Credentials"]
            self._session = boto3.session.Session(
                aws_access_key_id=given["AccessKeyId"],
                aws_secret_access_key=given["SecretAccessKey"],
                aws_session_token=given["SessionToken"],
                region_name=self._session.region_name,
            )
        self._lock = threading.Lock()
        self._clients: dict[tuple[str, str], Any] = {}
        self._pace: Pace | None = None
        if not self._session.region_name:
            raise SettingsError("no region: set `aws:region`, or AWS_REGION")
        self.region = str(self._session.region_name)
        if settings_.allowed or settings_.forbidden:
            self._check_account()

    def _check_account(self) -> None:
        """Refuse an account that is not allowed, in the real provider's words (its `verifyAccountIDAllowed`)."""
        account = self.client("sts").get_caller_identity()["Account"]
        allowed, forbidden = self._settings.allowed, self._settings.forbidden
        if account in forbidden or (allowed and account not in allowed):
            raise SettingsError(f"AWS account ID not allowed: {account}")

    @property
    def default_tags(self) -> Mapping[str, str]:
        """The tags that every resource gets."""
        return self._settings.default_tags

    @property
    def pace(self) -> Pace:
        """AWS's clock; asked for once."""
        with self._lock:
            if self._pace is None:
                self._pace = pace_of(self._settings.endpoints.get("ecs") or os.environ.get("AWS_ENDPOINT_URL"))
            return self._pace

    def client(self, service: str, region: str | None = None) -> Any:
        """Return the boto3 client of a service, in the instance's own region unless told otherwise."""
        from botocore.config import Config

        where = region or self.region
        with self._lock:  # making clients is not safe to do from several threads
            if (service, where) not in self._clients:
                self._clients[service, where] = self._session.client(
                    service,  # type: ignore[call-overload]  # the stubs know only literal names
                    region_name=where,
                    endpoint_url=self._endpoint(service),
                    config=Config(
                        retries={"mode": "standard", "total_max_attempts": 8},
                        max_pool_connections=64,
                    ),
                )
            return self._clients[service, where]

    def _endpoint(self, service: str) -> str | None:
        # Terraform's names of services differ from the SDK's in a few places.
        aliases = {"elbv2": ("elbv2", "elb"), "logs": ("logs", "cloudwatchlogs"), "events": ("events", "eventbridge")}
        for name in aliases.get(service, (service,)):
            if url := self._settings.endpoints.get(name):
                return url
        return None
