"""The parameters of a request, by the service's model, whatever its protocol."""

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from sandbox.requests import Request

Given = Mapping[str, Any]

_CLASSIC = "2012-06-01"
"""The version of the API of Classic Load Balancers, which have the prefix of the others."""


def read_parameters(request: Request) -> Given | None:
    """Return what a request gives to its operation; None where it is no such request, which AWS refuses by itself."""
    if request.protocol == "json":
        given = _json(request.body)
        return {**(given or {}), **request.path} if request.path else given
    return _query(request)


def _json(body: bytes) -> Given | None:
    try:
        given = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return None
    return given if isinstance(given, dict) else None


def _query(request: Request) -> Given | None:
    from botocore.model import OperationNotFoundError
    from moto.core.parse import PROTOCOL_PARSERS
    from moto.core.utils import get_service_model

    values = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
    name = request.service
    if name == "elasticloadbalancing":
        name = "elb" if values.get("Version") == _CLASSIC else "elbv2"
    try:
        operation = get_service_model(name).operation_model(request.operation)
        given = PROTOCOL_PARSERS[request.protocol](operation).parse({"values": values})
    except (OperationNotFoundError, ValueError, TypeError, KeyError):
        return None
    return given if isinstance(given, dict) else None


def texts(value: Any) -> Iterator[str]:
    """Give every text in a value, however deep."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from texts(each)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from texts(each)


def tags(given: Given) -> dict[str, str]:
    """Return the tags that a request puts on what it makes or names, in whichever of AWS's shapes."""
    found: dict[str, str] = {}
    for specification in given.get("TagSpecifications") or []:
        found |= _pairs(specification.get("Tags"))
    return found | _pairs(given.get("Tags") or given.get("tags"))


def _pairs(value: Any) -> dict[str, str]:
    if isinstance(value, Mapping):
        return {str(key): str(each) for key, each in value.items()}
    pairs = {}
    for each in value if isinstance(value, list) else ():
        if isinstance(each, Mapping):
            known = {str(key).lower().removeprefix("tag"): text for key, text in each.items()}
            pairs[str(known.get("key", ""))] = str(known.get("value") or "")
    return pairs
