"""What a request to AWS asks for: its service, operation, region, protocol and the resource that it names."""

import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import parse_qs

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

# AWS4-HMAC-SHA256 Credential=KEY/20261120/eu-west-1/ecs/aws4_request, …
_SCOPE = re.compile(r"Credential=(?P<key>[^/]+)/\d+/(?P<region>[^/]+)/(?P<service>[^/]+)/aws4_request")
_FAMILY = {"elasticloadbalancing": "elasticloadbalancing", "monitoring": "cloudwatch"}
"""The prefix of a service's actions in IAM, where it is not the name that requests are signed for."""

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
    form = "form-urlencoded" in str(environ.get("CONTENT_TYPE") or "")
    text = body.decode("utf-8", "replace") if form else str(environ.get("QUERY_STRING") or "")
    action = parse_qs(text).get("Action", [""])[0]
    protocol: Protocol = "ec2" if signed_for == "ec2" else "query"
    return Request(_FAMILY.get(signed_for, signed_for), action, region, protocol, body, key)


def _body(environ: "WSGIEnvironment") -> bytes:
    length = str(environ.get("CONTENT_LENGTH") or "")
    if not length.isdigit():
        return b""
    body: bytes = environ["wsgi.input"].read(int(length))
    environ["wsgi.input"] = io.BytesIO(body)
    return body
