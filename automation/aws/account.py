"""Whose account a service is in, as its own provider resource says: the region, the caller, and the account."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from diagnostics.model import Gap
from diagnostics.reads import RoleToAssume, SessionSettings

PROVIDER_TYPES = frozenset({"pulumi:providers:aws", "pulumi:providers:aws-native"})
_HIDDEN = (
    "[secret]",  # in the engine's events
    "4dabf18193072939515e22adb298388d",  # the key of an encrypted value, in a state
    "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # not known yet, in a preview
    "output<string>",
)
"""What stands in the place of a value that is not shown. Source: Pulumi's `sdk/go/common/resource/{sig,plugin}`."""
_ENDPOINTS = {"elb": "elbv2", "cloudwatchlogs": "logs", "eventbridge": "events"}
"""The provider's further names of services, and boto3's.

Source: the aliases of https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/custom-service-endpoints
"""
_CREDENTIALS = ("accessKey", "secretKey", "token")
"""Always secrets in pulumi_aws (`provider.py`), so that the events hide them."""
_TELLING = (
    *_CREDENTIALS,
    *("region", "profile", "assumeRole", "assumeRoles", "assumeRoleWithWebIdentity", "endpoints"),
    *("sharedConfigFiles", "sharedCredentialsFiles", "allowedAccountIds"),
)
"""The settings that say where a service is and as whom it is asked about."""
_NOT_FOLLOWED = ("customCaBundle", "httpProxy", "httpsProxy", "noProxy", "insecure")
"""Settings of how AWS is reached that the watcher takes from the environment alone."""


@dataclass(frozen=True)
class Provider:
    """A provider resource of AWS, as an engine's event shows its inputs."""

    urn: str
    settings: SessionSettings
    """What it says; None and empty where it leaves that to the environment."""
    hidden: tuple[str, ...] = ()
    """Its settings whose values the engine does not show."""
    not_followed: tuple[str, ...] = ()
    """Its settings that it shows and the watcher cannot use."""


@dataclass(frozen=True)
class Place:
    """Where a service is asked about, and as whom."""

    settings: SessionSettings
    gaps: tuple[Gap, ...] = ()


def read_provider(urn: str, inputs: Mapping[str, Any]) -> Provider:
    """Read the inputs of a provider resource of `aws` (version 6 or 7) or `aws-native`.

    Structures are JSON texts in the events of `aws`, and structures where a stack's configuration holds them.
    """
    shown = {key: _parsed(value) for key, value in inputs.items() if not _is_hidden(value)}
    hidden = {key for key in _TELLING if _is_hidden(inputs.get(key))}
    web = shown.get("assumeRoleWithWebIdentity")
    web_role = _role(web) if isinstance(web, Mapping) and web.get("webIdentityTokenFile") else None
    roles = [_role(each) for each in _each(shown.get("assumeRoles", shown.get("assumeRole")))]
    files = {key: _texts(shown.get(key)) for key in ("sharedConfigFiles", "sharedCredentialsFiles")}
    not_followed = {key for key in _NOT_FOLLOWED if shown.get(key)} | {key for key in files if len(files[key]) > 1}
    if web and web_role is None:
        not_followed.add("assumeRoleWithWebIdentity")  # a token of its own, which is a secret
    return Provider(
        urn=urn,
        settings=SessionSettings(
            region=_text(shown.get("region")),
            profile=_text(shown.get("profile")),
            roles=tuple(role for role in [web_role, *roles] if role),
            endpoints=tuple(sorted(_endpoints(shown.get("endpoints")).items())),
            config_file=next(iter(files["sharedConfigFiles"]), None),
            credentials_file=next(iter(files["sharedCredentialsFiles"]), None),
            fips=_is_true(shown.get("useFipsEndpoint")),
            dualstack=_is_true(shown.get("useDualstackEndpoint")),
            accounts=_texts(shown.get("allowedAccountIds")),
        ),
        hidden=tuple(sorted(hidden)),
        not_followed=tuple(sorted(not_followed)),
    )


def providers_of_state(deployment: Mapping[str, Any]) -> dict[str, Provider]:
    """Return the providers of AWS that an exported state holds, by URN: where there are no events to learn them from.

    A resource names its provider as `URN::id` (`provider` of its entry).
    """
    found = [each for each in deployment.get("resources") or [] if each.get("type") in PROVIDER_TYPES]
    return {each["urn"]: read_provider(each["urn"], each.get("inputs") or {}) for each in found}


def provider_urn(resource: Mapping[str, Any]) -> str:
    """Return the URN of the provider that a resource of a state, or one that was being made, is of; "" for none."""
    return str(resource.get("provider") or "").rpartition("::")[0]


def account_of_provider(deployment: Mapping[str, Any], urn: str) -> str | None:
    """Return the account that what a provider has made is in, by the ARNs in an exported state; None where none tells.

    What a program only reads (`external`) may be another's.
    """
    of_it = [each for each in deployment.get("resources") or [] if provider_urn(each) == urn]
    made = [each for each in of_it if not each.get("external")]
    return account_of(arn for each in made for arn in (each.get("id"), (each.get("outputs") or {}).get("arn")))


def provider_of_document(document: Mapping[str, Any]) -> Provider:
    """Return the provider of which this is `dataclasses.asdict`, after JSON."""
    given = _as_tuples(document)
    settings = given["settings"]
    roles = tuple(RoleToAssume(**each) for each in settings["roles"])
    return Provider(**(given | {"settings": SessionSettings(**(settings | {"roles": roles}))}))


def place_of(
    service: str, region: str | None, account: str | None, provider: Provider | None, environment: SessionSettings
) -> Place:
    """Return where a service is asked about.

    Args:
        service: its name, for the gaps.
        region: the service's own region, by its input, its provider or an ARN.
        account: the account that ARNs of it name.
        provider: its provider; None where no event showed one.
        environment: what holds where the provider says nothing.
    """
    if provider is None:
        why = "no event of the engine showed its provider, so the environment's credentials are used"
        accounts = (account,) if account else ()
        settings = replace(environment, region=region or environment.region, accounts=accounts)
        return Place(settings, (Gap(f"the provider of {service}", why),))
    said = provider.settings
    settings = replace(
        said,
        region=region or environment.region,
        profile=said.profile or environment.profile,
        endpoint_url=environment.endpoint_url,
        accounts=(account,) if account else said.accounts,
    )
    return Place(settings, tuple(_gaps(service, provider, settings.accounts)))


def account_of(arns: Iterable[Any]) -> str | None:
    """Return the account that the first ARN among some values names."""
    accounts = (parts[4] for arn in arns if len(parts := _arn(arn)) > 4)  # noqa: PLR2004
    return next((each for each in accounts if each.isdigit()), None)  # AWS's own policies are of the account `aws`


def region_of(arns: Iterable[Any]) -> str | None:
    """Return the region that the first ARN among some values names."""
    return next((parts[3] for arn in arns if len(parts := _arn(arn)) > 3 and parts[3]), None)  # noqa: PLR2004


def in_full(name: str, region: str | None, account: str | None) -> str:
    """Return a service's name with its place: `web (eu-west-1, 123456789012)`."""
    place = ", ".join(part for part in (region, account) if part)
    return f"{name} ({place})" if place else name


def _arn(value: Any) -> list[str]:
    return str(value).split(":") if str(value).startswith("arn:") else []  # arn:partition:service:region:account:…


def _gaps(service: str, provider: Provider, accounts: tuple[str, ...]) -> Iterable[Gap]:
    name = provider.urn.rsplit("::", 1)[-1]
    what = f"the provider `{name}` of {service}"
    if provider.hidden:
        listed = ", ".join(f"`{key}`" for key in provider.hidden)
        unnamed = "" if accounts else ", and nothing names the account that they have to be of"
        yield Gap(what, f"the engine hides {listed}; the environment's are used{unnamed}")
    if provider.not_followed:
        listed = ", ".join(f"`{key}`" for key in provider.not_followed)
        yield Gap(what, f"the watcher cannot use its {listed}")


def _is_hidden(value: Any) -> bool:
    """Whether a value, or a part of it, is not shown."""
    text = value if isinstance(value, str) else json.dumps(value)
    return any(each in text for each in _HIDDEN)


def _parsed(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in {"[", "{"}:
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def _role(given: Any) -> RoleToAssume | None:
    if not isinstance(given, Mapping) or not given.get("roleArn"):
        return None
    tags = given.get("tags") or {}
    pairs = tags.items() if isinstance(tags, Mapping) else ((each.get("key"), each.get("value")) for each in tags)
    return RoleToAssume(
        arn=str(given["roleArn"]),
        session_name=_text(given.get("sessionName")),
        external_id=_text(given.get("externalId")),
        source_identity=_text(given.get("sourceIdentity")),
        policy=_text(given.get("policy")),
        policy_arns=_texts(given.get("policyArns")),
        tags=tuple((str(key), str(value)) for key, value in pairs),
        transitive_tags=_texts(given.get("transitiveTagKeys")),
        token_file=_text(given.get("webIdentityTokenFile")),
    )


def _endpoints(given: Any) -> dict[str, str]:
    """Return single services' endpoints by boto3's names; the provider takes a list of maps."""
    groups = [each for each in _each(given) if isinstance(each, Mapping)]
    return {_ENDPOINTS.get(str(name), str(name)): str(url) for group in groups for name, url in group.items() if url}


def _each(given: Any) -> list[Any]:
    return list(given) if isinstance(given, list) else [given] if given else []


def _text(given: Any) -> str | None:
    return str(given) if given else None


def _texts(given: Any) -> tuple[str, ...]:
    return tuple(str(each) for each in _each(given) if each)


def _as_tuples(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _as_tuples(each) for key, each in value.items()}
    return tuple(_as_tuples(each) for each in value) if isinstance(value, list) else value


def _is_true(given: Any) -> bool:
    return given is True or given == "true"
