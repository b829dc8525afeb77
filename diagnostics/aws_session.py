"""Opens the session that AWS is asked with: profile, files, assumed roles, and whether it is of the right account."""

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any

import boto3
from botocore.config import Config
from botocore.credentials import (
    AssumeRoleCredentialFetcher,
    AssumeRoleWithWebIdentityCredentialFetcher,
    CredentialProvider,
    CredentialResolver,
    Credentials,
    DeferredRefreshableCredentials,
    FileWebIdentityTokenLoader,
)
from botocore.exceptions import BotoCoreError, ClientError, NoCredentialsError
from botocore.loaders import Loader, create_loader
from botocore.session import Session as CoreSession

from diagnostics.reads import Answer, ReadError, RoleToAssume, SessionSettings

OTHER_ACCOUNT = "OtherAccount"
"""The code of a read that was not tried, because the caller is of another account than the service."""
_SESSION_NAME = "failwell"
_PATIENT = Config(connect_timeout=5, read_timeout=10, retries={"mode": "standard", "total_max_attempts": 3})
_BRIEFLY = Config(connect_timeout=2, read_timeout=4, retries={"mode": "standard", "total_max_attempts": 2})
"""For the question who asks, which must not keep the watch from looking: some networks reach ECS and not STS."""


def _machine_now() -> datetime:
    return datetime.now(UTC)


def open_session(
    settings: SessionSettings, calls: Counter[str], now: Callable[[], datetime] = _machine_now
) -> boto3.Session:
    """Return a session with the settings' region and credentials; those of roles are renewed before they expire.

    Args:
        settings: where, and as whom.
        calls: counts the calls that this makes, now and when credentials are renewed.
        now: reads the machine's clock, by which STS's credentials expire.
    """
    core = _core(settings)
    if settings.profile:
        core.set_config_variable("profile", settings.profile)
    for role in settings.roles:
        core = _assuming(role, core, settings, calls, now)
    return boto3.Session(botocore_session=core, region_name=_region(settings))


def verify_account(session: boto3.Session, settings: SessionSettings, calls: Counter[str]) -> Answer | None:
    """Hold the caller's account against those that are expected; return why it could not be asked, or None.

    Raises:
        ReadError: the caller is of another account, so what it reads is not about the service.
    """
    calls["GetCallerIdentity"] += 1
    try:
        sts: Any = session.client("sts", endpoint_url=settings.endpoint_of("sts"), config=_BRIEFLY)
        caller = sts.get_caller_identity()
    except ClientError as refused:
        error = refused.response.get("Error", {})
        return Answer("GetCallerIdentity", error.get("Code", ""), error.get("Message", str(refused)))
    except BotoCoreError as failed:
        return Answer("GetCallerIdentity", type(failed).__name__, str(failed))
    if caller["Account"] in settings.accounts:
        return None
    expected = " or ".join(settings.accounts)
    said = f"{caller['Arn']} is of account {caller['Account']}, and the service of {expected}: nothing was read"
    raise ReadError(Answer("GetCallerIdentity", OTHER_ACCOUNT, said))


def _region(settings: SessionSettings) -> str | None:
    """Return the region: boto3 alone does not know AWS_REGION, which the provider and the AWS CLI take first."""
    return settings.region or os.environ.get("AWS_REGION") or None


@cache
def _models() -> Loader:
    """Return the one reader of the services' models for all sessions: reading them takes longest of making a client."""
    loader: Loader = create_loader(os.environ.get("AWS_DATA_PATH"))
    return loader


def _core(settings: SessionSettings) -> CoreSession:
    core = CoreSession()
    core.register_component("data_loader", _models())
    given = {
        "config_file": settings.config_file,
        "credentials_file": settings.credentials_file,
        "use_fips_endpoint": settings.fips,
        "use_dualstack_endpoint": settings.dualstack,
    }
    for name, value in given.items():
        if value:
            core.set_config_variable(name, value)
    return core


class _Assumed(CredentialProvider):  # type: ignore[misc,unused-ignore]
    """The one source of credentials of a session: a role that another session assumes."""

    METHOD = "assume-role"

    def __init__(self, fetch: Callable[[], dict[str, Any]], now: Callable[[], datetime]) -> None:
        super().__init__()
        self._fetch = fetch
        self._now = now

    def load(self) -> Credentials:
        """Return credentials that are fetched when they are first needed, and again before they expire."""
        return DeferredRefreshableCredentials(self._fetch, self.METHOD, self._now)


def _assuming(
    role: RoleToAssume,
    source: CoreSession,
    settings: SessionSettings,
    calls: Counter[str],
    now: Callable[[], datetime],
) -> CoreSession:
    endpoint = settings.endpoint_of("sts")

    def client(service: str, **given: Any) -> Any:
        config = _PATIENT.merge(given.pop("config")) if "config" in given else _PATIENT
        create: Any = source.create_client
        return create(service, region_name=_region(settings), endpoint_url=endpoint, config=config, **given)

    def fetch() -> dict[str, Any]:
        fetcher: Any
        if role.token_file:
            calls["AssumeRoleWithWebIdentity"] += 1
            token = FileWebIdentityTokenLoader(role.token_file)
            fetcher = AssumeRoleWithWebIdentityCredentialFetcher(client, token, role.arn, extra_args=_arguments(role))
        else:
            calls["AssumeRole"] += 1
            credentials: Any = source.get_credentials()
            if credentials is None:
                raise NoCredentialsError
            fetcher = AssumeRoleCredentialFetcher(client, credentials, role.arn, extra_args=_arguments(role))
        fetched: dict[str, Any] = fetcher.fetch_credentials()
        return fetched

    assumed = _core(settings)
    assumed.register_component("credential_provider", CredentialResolver([_Assumed(fetch, now)]))
    return assumed


def _arguments(role: RoleToAssume) -> dict[str, Any]:
    """Return AssumeRole's parameters besides the role.

    Not its duration: sessions are renewed here, and botocore renews those of 15 minutes at each use.
    """
    given = {
        "RoleSessionName": role.session_name or _SESSION_NAME,
        "ExternalId": role.external_id,
        "SourceIdentity": role.source_identity,
        "Policy": role.policy,
        "PolicyArns": [{"arn": arn} for arn in role.policy_arns],
        "Tags": [{"Key": key, "Value": value} for key, value in role.tags],
        "TransitiveTagKeys": list(role.transitive_tags),
    }
    return {key: value for key, value in given.items() if value}
