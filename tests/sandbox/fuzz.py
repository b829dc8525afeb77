"""Requests that no client sends: random operations, wrong types, broken bodies, bytes that are no HTTP."""

import contextlib
import json
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from botocore.session import Session

PATIENCE_SECONDS = 20
_ECS = "AmazonEC2ContainerServiceV20141113"
_MODEL = Session().get_service_model("ecs")
_OTHERS = {
    "logs": ("Logs_20140328", ("DescribeLogGroups", "PutLogEvents", "GetLogEvents", "Nonsense")),
    "secretsmanager": ("secretsmanager", ("GetSecretValue", "CreateSecret", "Nonsense")),
    "events": ("AWSEvents", ("PutRule", "PutTargets", "PutEvents", "Nonsense")),
    "ecr": ("AmazonEC2ContainerRegistry_V20150921", ("DescribeImages", "PutImage", "Nonsense")),
}
_QUERIES = {
    "ec2": ("2016-11-15", ("DescribeVpcs", "CreateSubnet", "DescribeNetworkInterfaces", "Nonsense")),
    "elasticloadbalancing": ("2015-12-01", ("DescribeTargetGroups", "CreateTargetGroup", "Nonsense")),
    "iam": ("2010-05-08", ("CreateRole", "GetRole", "Nonsense")),
    "sts": ("2011-06-15", ("GetCallerIdentity", "AssumeRole", "Nonsense")),
}
_WORDS = (
    "",
    "sandbox",
    "shop",
    "default",
    "shop:1",
    "shop:x",
    "arn:aws:ecs:eu-west-1:123456789012:service/sandbox/shop",
    "arn:",
    "../..",
    "é☃\u0000",
    "x" * 300,
    "ROLLBACK",
    "RUNNING",
    "FARGATE",
)


@dataclass(frozen=True)
class Reply:
    """What came back; `status` is 0 where the connection was closed without an answer."""

    status: int
    content_type: str
    body: bytes


def value(random: Random, depth: int = 0) -> Any:
    """Return any JSON value."""
    kinds = 9 if depth < 3 else 7
    match random.randrange(kinds):
        case 0:
            return None
        case 1:
            return random.choice((True, False))
        case 2:
            return random.choice((0, 1, -1, 7, 2**31, 2**70, 1.5, -0.0))
        case 7:
            return [value(random, depth + 1) for _ in range(random.randrange(4))]
        case 8:
            return {random.choice(_WORDS): value(random, depth + 1) for _ in range(random.randrange(4))}
        case _:
            return random.choice(_WORDS)


def shaped(random: Random, shape: Any, depth: int = 0) -> Any:  # noqa: PLR0911 - one for each kind of shape
    """Return a value that is nearly what the service model asks for."""
    if random.random() < 0.15 or depth > 5:
        return value(random, depth)
    match shape.type_name:
        case "structure":
            required = set(shape.required_members)
            return {
                name: shaped(random, member, depth + 1)
                for name, member in shape.members.items()
                if random.random() < (0.9 if name in required else 0.25)
            }
        case "list":
            return [shaped(random, shape.member, depth + 1) for _ in range(random.randrange(3))]
        case "map":
            return {random.choice(_WORDS): shaped(random, shape.value, depth + 1) for _ in range(random.randrange(3))}
        case "string":
            return random.choice(tuple(getattr(shape, "enum", None) or _WORDS))
        case "boolean":
            return random.choice((True, False))
        case _:
            return random.choice((0, 1, 2, 100, -5))


def _http(headers: dict[str, str], body: bytes, method: str = "POST", path: str = "/") -> bytes:
    lines = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close"]
    lines += [f"{key}: {each}" for key, each in headers.items()]
    if "Content-Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


def _signed(service: str) -> str:
    scope = f"Credential=a/20261120/eu-west-1/{service}/aws4_request"
    return f"AWS4-HMAC-SHA256 {scope}, SignedHeaders=host, Signature=b"


def ecs(random: Random, operations: Sequence[str] = _MODEL.operation_names) -> bytes:
    """Return a request for one of the operations of ECS."""
    operation = random.choice(operations)
    known = operation in _MODEL.operation_names
    given = shaped(random, _MODEL.operation_model(operation).input_shape) if known else value(random)
    headers = {
        "X-Amz-Target": f"{_ECS}.{operation}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": _signed("ecs"),
    }
    return _http(headers, json.dumps(given).encode())


def _json(random: Random) -> bytes:
    service = random.choice(tuple(_OTHERS))
    prefix, operations = _OTHERS[service]
    headers = {
        "X-Amz-Target": f"{prefix}.{random.choice(operations)}",
        "Content-Type": "application/x-amz-json-1.1",
        "Authorization": _signed(service),
    }
    return _http(headers, json.dumps(value(random)).encode())


def _query(random: Random) -> bytes:
    service = random.choice(tuple(_QUERIES))
    version, operations = _QUERIES[service]
    body = f"Action={random.choice(operations)}&Version={version}&{random.choice(('', 'A=1', 'Name=%ff', '&&=='))}"
    headers = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8", "Authorization": _signed(service)}
    return _http(headers, body.encode())


def _broken_body(random: Random) -> bytes:
    operation = random.choice(_MODEL.operation_names)
    body = random.choice((b"", b"{", b"[]", b"null", b'"text"', b"\xff\xfe", random.randbytes(40), b"{" * 2000))
    headers = {
        "X-Amz-Target": random.choice((f"{_ECS}.{operation}", operation, "..", f"Unknown_2020.{operation}")),
        "Content-Type": random.choice(("application/x-amz-json-1.1", "text/html", "")),
        "Authorization": random.choice((_signed("ecs"), _signed("nonsense"), "Bearer x", "AWS4-HMAC-SHA256 ")),
    }
    return _http(headers, body)


def _odd_http(random: Random) -> bytes:
    method = random.choice(("GET", "PUT", "DELETE", "PATCH", "OPTIONS", "BREW", "POST"))
    path = random.choice(("/", "/?Action=Nonsense", "/nothing/here", "/_sandbox/nonsense", "/%00", "/..%2f", "//", "*"))
    headers = random.choice(
        (
            {},
            {"Authorization": _signed("ecs")},
            {"Authorization": _signed("lambda")},
            {"Content-Length": "many"},
            {"Content-Length": "-1"},
            {"X-Amz-Target": "\tx"},
        )
    )
    return _http(headers, b"", method, path)


def _noise(random: Random) -> bytes:
    return random.choice(
        (
            random.randbytes(random.randrange(1, 200)),
            b"\r\n\r\n",
            b"GET\r\n\r\n",
            b"GET / HTTP/9.9\r\n\r\n",
            b"POST / HTTP/1.1\r\nHost",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + random.randbytes(60),
            b"GET /" + b"x" * 70000 + b" HTTP/1.1\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        )
    )


def _unknown(random: Random) -> bytes:
    return ecs(random, ("Nonsense", "", "describe_services", "__init__", "dispatch"))


_KINDS = (ecs, ecs, ecs, ecs, _unknown, _json, _query, _broken_body, _odd_http, _noise)


def request(random: Random) -> bytes:
    """Return the bytes of one request."""
    return random.choice(_KINDS)(random)


def send(port: int, sent: bytes) -> Reply:
    """Send bytes, say that there are no more, and return what comes back (TimeoutError: nothing did)."""
    answered = bytearray()
    with socket.create_connection(("127.0.0.1", port), PATIENCE_SECONDS) as connection:
        # A server that has had enough closes before it has read everything.
        with contextlib.suppress(ConnectionError):
            connection.sendall(sent)
            connection.shutdown(socket.SHUT_WR)
        with contextlib.suppress(ConnectionError):
            while chunk := connection.recv(65536):
                answered += chunk
    return _read(bytes(answered))


def _read(answered: bytes) -> Reply:
    head, _, body = answered.partition(b"\r\n\r\n")
    if not head.startswith(b"HTTP/"):
        return Reply(0, "", answered)
    status, *lines = head.decode("latin-1").split("\r\n")
    headers = {key.lower(): each.strip() for key, _, each in (line.partition(":") for line in lines)}
    return Reply(int(status.split()[1]), headers.get("content-type", ""), body)
