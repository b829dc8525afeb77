"""Whom a service's own `aws` provider talks to, as a program outside the update needs to be told.

An explicit provider is asked for what the stack gave it, the default one for the stack's `aws:` settings; what neither
has comes from the environment, for them as for us. The SDK does not give back the roles of an explicit provider, and in
a plugin such a provider is a mere reference: there the environment decides, and another account's cluster is refused.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

_ENDPOINTS = {
    "ecs": "ECS",
    "elbv2": "ELASTIC_LOAD_BALANCING_V2",
    "elasticloadbalancingv2": "ELASTIC_LOAD_BALANCING_V2",
    "logs": "CLOUDWATCH_LOGS",
    "cloudwatchlog": "CLOUDWATCH_LOGS",
    "cloudwatchlogs": "CLOUDWATCH_LOGS",
    "sts": "STS",
}
"""The provider's name of a service (pulumi_aws `ProviderEndpointArgs`) and the AWS SDKs' in `AWS_ENDPOINT_URL_…`."""
_KEYS = {
    "access_key": "AWS_ACCESS_KEY_ID",
    "secret_key": "AWS_SECRET_ACCESS_KEY",
    "token": "AWS_SESSION_TOKEN",
}
"""A provider's own credentials, and the variables that they go in: a command line is seen by every user."""
_SETTINGS = ("region", "profile", "assume_roles", "endpoints", *_KEYS)


@dataclass(frozen=True)
class Access:
    """Where a provider looks and as whom; None leaves it to the environment."""

    region: str | None = None
    profile: str | None = None
    role_arn: str | None = None
    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Environment variables: credentials and endpoints."""

    def environment(self, inherited: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which AWS's SDKs do as the provider does.

        A provider's profile or keys win over the keys of its environment; to the SDKs keys win over a profile.
        """
        replaced = set(_KEYS.values()) if self.profile or self.variables.keys() & set(_KEYS.values()) else set()
        return {key: value for key, value in inherited.items() if key not in replaced} | dict(self.variables)


def read_access(provider: pulumi.ProviderResource | None) -> pulumi.Output[Access]:
    """Return what the provider, or for None the default one, was told."""
    if provider is None:
        config = pulumi.Config("aws")
        given: dict[str, Any] = {
            name: (config.get_secret if name in _KEYS else config.get)(_camel(name)) for name in _SETTINGS
        }
    else:  # what `pulumi_aws.Provider` has no attribute for is there all the same, by the name of its argument
        given = {name: provider.__dict__.get(name) for name in _SETTINGS}
    return pulumi.Output.all(**given).apply(_access)


def _access(given: Mapping[str, Any]) -> Access:
    roles = _parsed(given["assume_roles"])
    variables = {variable: str(given[name]) for name, variable in _KEYS.items() if given[name]}
    for endpoints in _parsed(given["endpoints"]):
        for service, address in endpoints.items():
            if address and service.lower() in _ENDPOINTS:
                variables[f"AWS_ENDPOINT_URL_{_ENDPOINTS[service.lower()]}"] = str(address)
    role = roles[-1] if roles else {}  # roles are assumed one after the other; the last one asks
    return Access(given["region"], given["profile"], role.get("roleArn") or role.get("role_arn"), variables)


def _parsed(value: Any) -> list[dict[str, Any]]:
    """Return a list of maps: a provider keeps it as JSON, and so do a stack's settings."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return []
    items = value if isinstance(value, list) else [value]
    return [item for item in items if isinstance(item, dict)]


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
