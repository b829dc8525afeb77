"""The condition keys of a request to the API, beside those that its caller has.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html and, for ECS,
https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
A key that is not here is absent from every request.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from sandbox.callers.held import resource_tags
from sandbox.callers.naming import DEFAULTS, Place, values
from sandbox.callers.parameters import Given, tags

Keys = dict[str, str | Sequence[str]]


def request_keys(service: str, operation: str, given: Given, place: Place, now: datetime) -> Keys:
    """Return the keys of a request, whatever resource of it is looked at.

    Args:
        service: the prefix of its action.
        operation: AWS's name of it.
        given: its parameters.
        place: where it was sent to.
        now: the sandbox's time.
    """
    keys: Keys = {
        "aws:RequestedRegion": place.region,
        "aws:CurrentTime": now.isoformat(),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SourceIp": "127.0.0.1",
    }
    asked = tags(given)
    if asked:
        keys["aws:TagKeys"] = list(asked)
        keys |= {f"aws:RequestTag/{name}": value for name, value in asked.items()}
    special = _SPECIAL.get(service)
    return keys | special(operation, given, place) if special else keys


def resource_keys(arn: str) -> Keys:
    """Return the tags of a resource as keys, where the sandbox has it and it has tags."""
    return {f"aws:ResourceTag/{name}": value for name, value in resource_tags(arn).items()}


def _ecs(operation: str, given: Given, place: Place) -> Keys:
    keys: Keys = {}
    named = {**DEFAULTS["ecs"], **values("ecs", operation, given, place)}
    prefix = f"arn:{place.partition}:ecs:{place.region}:{place.account}"
    for parameter in ("cluster", "service", "serviceDeploymentArn"):
        kind, *parts = str(given.get(parameter) or "").split("/")
        if kind.startswith("arn:") and parts:
            named["ClusterName"] = parts[:1]
            if len(parts) > 1:
                named["ServiceName"] = parts[1:2]
    cluster = named["ClusterName"][0]
    keys["ecs:cluster"] = f"{prefix}:cluster/{cluster}"
    if named.get("ServiceName"):
        keys["ecs:service"] = f"{prefix}:service/{cluster}/{named['ServiceName'][0]}"
    definition = str(given.get("taskDefinition") or "")
    if definition:
        keys["ecs:task-definition"] = (
            definition if definition.startswith("arn:") else f"{prefix}:task-definition/{definition}"
        )
    if given.get("enableExecuteCommand") is not None:
        keys["ecs:enable-execute-command"] = str(given["enableExecuteCommand"]).lower()
    for member, key in (("cpu", "ecs:task-cpu"), ("memory", "ecs:task-memory")):
        if operation == "RegisterTaskDefinition" and given.get(member):
            keys[key] = str(given[member])
    return keys | _network(given)


def _network(given: Given) -> Keys:
    awsvpc = (given.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}
    keys: Keys = {}
    if awsvpc.get("subnets"):
        keys["ecs:subnet"] = [str(each) for each in awsvpc["subnets"]]
        keys["ecs:auto-assign-public-ip"] = str(awsvpc.get("assignPublicIp") == "ENABLED").lower()
    return keys


def _given(names: Mapping[str, str]) -> Callable[[str, Given, Place], Keys]:
    def read(_operation: str, given: Given, _place: Place) -> Keys:
        return {key: str(given[parameter]) for key, parameter in names.items() if given.get(parameter)}

    return read


_SPECIAL: Mapping[str, Callable[[str, Given, Place], Keys]] = {
    "ecs": _ecs,
    "iam": _given({"iam:PolicyARN": "PolicyArn", "iam:PermissionsBoundary": "PermissionsBoundary"}),
    "kms": _given({"kms:RequestAlias": "KeyId"}),
    "secretsmanager": _given({"secretsmanager:SecretId": "SecretId", "secretsmanager:Name": "Name"}),
    "sts": _given({"sts:ExternalId": "ExternalId", "sts:RoleSessionName": "RoleSessionName"}),
}
