"""The resources that a request has to be allowed on: the ARNs that IAM compares with those of the policies.

An action's required types are always asked for, with `*` for what the request does not name (a new subnet is
`subnet/*`); the others where the request names one. An action without types is on `*`.
https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
"""

from collections.abc import Sequence
from itertools import product

from sandbox.callers.naming import DEFAULTS, Place, Values, ec2_resources, values
from sandbox.callers.parameters import Given, texts
from sandbox.callers.reference import Template, Type, templates, types

EVERYTHING = "*"
_BALANCERS = {"application": "loadbalancer/app/", "network": "loadbalancer/net/", "gateway": "loadbalancer/gwy/"}
_NOT_NAMED = {("ecs", "ListTasks")}
"""On `*` unless they name what their type is of: https://github.com/cdklabs/construct-hub/pull/1207."""
_TAGS_OF_LOGS = {"TagResource", "UntagResource", "ListTagsForResource"}


def resources(service: str, operation: str, given: Given, place: Place) -> list[str] | None:
    """Return the ARNs, at least one; None where IAM knows no such action."""
    found = types(service, operation)
    if found is None:
        return None
    if service == "logs" and operation not in _TAGS_OF_LOGS:
        return _log_resources(operation, found, given, place)
    arns = _of_ec2(found, given, place) if service == "ec2" else _named(service, operation, found, given, place)
    return list(dict.fromkeys(arns)) or [EVERYTHING]


def _named(service: str, operation: str, found: Sequence[Type], given: Given, place: Place) -> list[str]:
    arns = [text for text in texts(given) if text.startswith("arn:")]
    named = values(service, operation, given, place)
    every = {**DEFAULTS.get(service, {}), **_told(arns, templates(service)), **named}
    resources: list[str] = []
    for each in _chosen(service, operation, found, given, named):
        exact = [arn for arn in arns if each.template.values(arn) is not None]
        own = any(named.get(variable) for variable in each.template.variables[-1:])
        # What only another resource's ARN tells of is asked for where the action is always on it.
        filled = _filled(each.template, every if each.required and (own or not exact) else named, place)
        resources += exact + filled
        if each.required and not (exact or filled) and (service, operation) not in _NOT_NAMED:
            resources.append(each.template.fill(_first(each.template, every) | place.scope))
    return resources


def _chosen(service: str, operation: str, found: Sequence[Type], given: Given, known: Values) -> list[Type]:
    """Return the types that this request is on, where they exclude each other."""
    if (service, operation) == ("elasticloadbalancing", "CreateLoadBalancer"):
        wanted = _BALANCERS.get(str(given.get("Type") or "application"), "")
        return [Type(each.name, each.template, required=True) for each in found if each.name == wanted]
    if service == "events" and any(each.name.startswith("rule-on-") for each in found):
        own = any(bus != "default" for bus in known.get("EventBusName", []))
        kept = "rule-on-custom-event-bus" if own else "rule-on-default-event-bus"
        return [each for each in found if each.name == kept or not each.name.startswith("rule-on-")]
    return list(found)


def _told(arns: Sequence[str], every: Sequence[Template]) -> Values:
    """Return what the ARNs in a request tell of others: a service deployment's has its service and cluster in it."""
    told: Values = {}
    for arn in arns:
        for template in every:
            for variable, value in (template.values(arn) or {}).items():
                told.setdefault(variable, []).append(value)
    return {variable: list(dict.fromkeys(given)) for variable, given in told.items()}


def _filled(template: Template, known: Values, place: Place) -> list[str]:
    """Return the ARNs of all combinations of what the request names; none where a part is not named."""
    variables = template.variables
    if not variables or not all(known.get(variable) for variable in variables):
        return []
    combinations = product(*(known[variable] for variable in variables))
    return [template.fill(dict(zip(variables, each, strict=True)) | place.scope) for each in combinations]


def _first(template: Template, known: Values) -> dict[str, str]:
    return {variable: known[variable][0] for variable in template.variables if known.get(variable)}


def _of_ec2(found: Sequence[Type], given: Given, place: Place) -> list[str]:
    named = ec2_resources(given)
    resources: list[str] = []
    for each in found:
        ids = [identifier for name, identifier in named if name == each.name]
        resources += [
            each.template.fill(dict.fromkeys(each.template.variables, identifier) | place.scope)
            for identifier in ids or (["*"] if each.required else [])
        ]
    return resources


def _log_resources(operation: str, found: Sequence[Type], given: Given, place: Place) -> list[str]:
    """CloudWatch Logs asks for a group as for a stream without a name, and for no group where none is named.

    https://github.com/hashicorp/terraform-provider-aws/issues/8804
    """
    kinds = {each.name for each in found}
    if kinds and not kinds & {"log-group", "log-stream"}:
        return _named("logs", operation, found, given, place) or [EVERYTHING]
    groups = values("logs", operation, given, place).get("LogGroupName") or [
        text.partition(":log-group:")[2].removesuffix(":*") for text in texts(given) if ":log-group:" in text
    ]
    stream = str(given.get("logStreamName") or "") if "log-stream" in kinds else ""
    prefix = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group"
    return [f"{prefix}:{group}:log-stream:{stream}" for group in groups or [""]]
