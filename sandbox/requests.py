"""What a request to AWS asks for: its service, operation, region, protocol and the resource that it names."""

import io
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs, unquote

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# AWS4-HMAC-SHA256 Credential=KEY/20261120/eu-west-1/ecs/aws4_request, …
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_FAMILY = {"elasticloadbalancing": "elasticloadbalancing", "monitoring": "cloudwatch"}
"""The prefix of a service's actions in IAM, where it is not the name that requests are signed for."""

_REST = frozenset({"lambda"})
"""Services whose operations are told by method and path, and are read here; those of S3, for example, are not."""
_IN_IAM = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("lambda", "InvokeAsync"): "InvokeFunction",
    ("lambda", "InvokeWithResponseStream"): "InvokeFunction",
}

Protocol = Literal["json", "query", "ec2"]


@dataclass(frozen=True)
class Request:
    """A request; `service` is the prefix of its actions in IAM, `operation` AWS's name, both empty where unknown."""

    service: str
    operation: str
    region: str
    protocol: Protocol
    body: bytes
    access_key: str = ""
    """The id of the key that it is signed with; empty where it is not signed."""
    path: Mapping[str, str] = field(default_factory=dict)
    """What a REST protocol's path names."""

    @property
    def name(self) -> str:
        """The action as IAM names it: `ecs:DescribeServices`."""
        return f"{self.service}:{self.operation}"

    def is_named(self, operation: str) -> bool:
        """Whether it is the operation `ecs:DescribeServices`, `DescribeServices` or, with `*`, any that has a name."""
        return bool(self.operation) and operation in {"*", self.operation, self.name}

    def resource(self, account: str) -> str:
        """Return the ARN that an error about this request names, `*` where the action is on no single resource."""
        if self.service != "ecs":
            return "*"
        try:
            given = json.loads(self.body)
        except ValueError:
            return "*"
        return _ecs_resource(given, self.region, account) if isinstance(given, dict) else "*"


def _ecs_resource(given: dict[str, Any], region: str, account: str) -> str:
    prefix = f"arn:aws:ecs:{region}:{account}:"
    cluster = str(given.get("cluster") or "default").rpartition("/")[2]

    def arn(kind: str, value: Any) -> str:
        return value if str(value).startswith("arn:") else f"{prefix}{kind}/{cluster}/{value}"

    several = {"services": "service", "tasks": "task"}
    for key, kind in several.items():
        if isinstance(given.get(key), list) and given[key]:
            return arn(kind, given[key][0])
    for key, kind in (("service", "service"), ("serviceName", "service"), ("task", "task")):
        if isinstance(given.get(key), str):
            return arn(kind, given[key])
    if isinstance(given.get("serviceDeploymentArn"), str):
        return str(given["serviceDeploymentArn"])
    if isinstance(given.get("taskDefinition"), str):
        named = given["taskDefinition"]
        return named if named.startswith("arn:") else f"{prefix}task-definition/{named}"
    return f"{prefix}cluster/{cluster}" if "cluster" in given else "*"


def read_request(environ: "WSGIEnvironment") -> Request:
    """Read what a request asks for, and put its body back for whoever answers it."""
    scope = _SCOPE.search(str(environ.get("HTTP_AUTHORIZATION") or ""))
    region, signed_for, key = (scope["region"], scope["service"], scope["key"]) if scope else ("", "", "")
    body = _body(environ)
    target = str(environ.get("HTTP_X_AMZ_TARGET") or "")
    if target:
        if target.startswith("AmazonEC2ContainerServiceV"):
            signed_for = "ecs"
        return Request(_FAMILY.get(signed_for, signed_for), target.rpartition(".")[2], region, "json", body, key)
    if signed_for in _REST:
        method, path = str(environ["REQUEST_METHOD"]), str(environ.get("PATH_INFO") or "")
        operation, named = _of_path(signed_for, method, path)
        return Request(signed_for, operation, region, "json", body, key, named)
    form = "form-urlencoded" in str(environ.get("CONTENT_TYPE") or "")
    text = body.decode("utf-8", "replace") if form else str(environ.get("QUERY_STRING") or "")
    action = parse_qs(text).get("Action", [""])[0]
    protocol: Protocol = "ec2" if signed_for == "ec2" else "query"
    return Request(_FAMILY.get(signed_for, signed_for), action, region, protocol, body, key)


def _of_path(service: str, method: str, path: str) -> tuple[str, dict[str, str]]:
    """Return the action that a path of a REST protocol is, as IAM names it, and what it names; "" where it is none."""
    for wanted, pattern, operation in _paths(service):
        found = pattern.fullmatch(path.rstrip("/")) if method == wanted else None
        if found:
            return _IN_IAM.get((service, operation), operation), {
                name: unquote(value) for name, value in found.groupdict().items()
            }
    return "", {}


@cache
def _paths(service: str) -> list[tuple[str, re.Pattern[str], str]]:
    from moto.core.utils import get_service_model

    model = get_service_model(service)
    found = []
    for operation in model.operation_names:
        http = model.operation_model(operation).http
        pieces = re.split(r"\{(\w+)\+?\}", http["requestUri"].partition("?")[0].rstrip("/"))
        pattern = "".join(f"(?P<{each}>[^/]+)" if at % 2 else re.escape(each) for at, each in enumerate(pieces))
        found.append((str(http["method"]), re.compile(pattern), str(operation)))
    return found


def _body(environ: "WSGIEnvironment") -> bytes:
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not length.isdigit():
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
