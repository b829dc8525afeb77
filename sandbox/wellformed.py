"""Refuses what AWS refuses before it looks at a request: unknown operations, wrong types, absent members.

They are compared with the service's model in botocore. A `null` is an absent member, an unknown member is ignored, a
value of another type is a `SerializationException` ("Start of structure or map found where not expected.":
https://github.com/mhart/kinesalite/issues/101), and only then does the operation see it. ECS's words for absent
members follow its own "TaskDefinition can not be blank." and "Tasks cannot be empty."; those for a value that is in no
enumeration are the common ones of AWS's JSON protocols.
"""

import io
import json
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from sandbox.front import AwsError, fail
from sandbox.requests import Request, read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_BAD = "400 Bad Request"
_SCOPE = re.compile(r"AWS4-HMAC-SHA256 Credential=[^/\s,]+/[^/\s,]+/[^/\s,]+/[^/\s,]+/aws4_request[, ]")
_JAVA = {
    "string": "a String",
    "integer": "an Integer",
    "long": "a Long",
    "boolean": "a Boolean",
    "blob": "a ByteBuffer",
}
_LONGEST = {"integer": 2**31, "long": 2**63}


class Malformed(Exception):  # noqa: N818 - it carries AWS's error, and is none of ours
    """A request is not what the service's model says; `error` is AWS's answer."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.error = AwsError(_BAD, code, message)


class WellFormed:
    """A WSGI application in front of AWS that lets only requests through which the service's model allows."""

    def __init__(self, aws: "WSGIApplication") -> None:
        self._aws = aws

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        try:
            body = check(environ)
        except Malformed as malformed:
            return fail(environ, start_response, malformed.error)
        if body is not None:
            environ["wsgi.input"], environ["CONTENT_LENGTH"] = io.BytesIO(body), str(len(body))
            environ["CONTENT_TYPE"] = "application/x-amz-json-1.1"  # moto reads no parameters from any other
        return self._aws(environ, start_response)


def check(environ: "WSGIEnvironment") -> bytes | None:
    """Return the body without its nulls, or None where it is not a JSON protocol's and stays as it is.

    Raises:
        Malformed: AWS would not hand it to the operation.
    """
    signature = str(environ.get("HTTP_AUTHORIZATION") or "")
    target = str(environ.get("HTTP_X_AMZ_TARGET") or "")
    # SigV2 and tokens of other kinds are left to who knows them; an operation of a JSON protocol has SigV4.
    if signature and (target or signature.startswith("AWS4-")) and not _SCOPE.match(signature):
        raise Malformed(
            "IncompleteSignatureException",
            f"Authorization header requires 'Credential' parameter. Authorization={signature}",
        )
    request = read_request(environ)
    model = _model(request, target) if target else None
    if (model and request.operation not in model.operation_names) or (target and "." not in target):
        raise Malformed(
            "UnknownOperationException", f"The operation {request.operation} is not one that the sandbox has."
        )
    if model is None:
        return None
    shape = model.operation_model(request.operation).input_shape
    given = _parse(request.body)
    if shape is not None:
        _check(shape, given)
        for problem in _refused(request.service, shape, given, ""):
            raise problem
    return json.dumps(given).encode()


def _model(request: Request, target: str) -> Any:
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_service_model

    if not re.fullmatch(r"[a-z0-9-]+", request.service):
        return None
    try:
        model = get_service_model(request.service)
    except UnknownServiceError:
        return None
    prefix = model.metadata.get("targetPrefix")
    return model if prefix and prefix == target.rpartition(".")[0] else None


def _parse(body: bytes) -> dict[str, Any]:
    try:
        given = _without_nulls(json.loads(body or b"{}"))
    except (ValueError, RecursionError) as error:
        raise Malformed("SerializationException", "Unexpected token received from parser") from error
    if not isinstance(given, dict):
        raise Malformed("SerializationException", "Unexpected token received from parser")
    return given


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_without_nulls(each) for each in value if each is not None]
    return value


def _check(shape: Any, value: Any) -> None:
    """Compare a value with its shape (Malformed: it is of another type)."""
    if getattr(shape, "is_document_type", False):
        return
    match shape.type_name:
        case "structure":
            for name, each in _collection(value, dict).items():
                if name in shape.members:
                    _check(shape.members[name], each)
        case "map":
            for each in _collection(value, dict).values():
                _check(shape.value, each)
        case "list":
            for each in _collection(value, list):
                _check(shape.member, each)
        case _:
            _check_scalar(shape, value)


def _collection(value: Any, kind: type) -> Any:
    if isinstance(value, kind):
        return value
    if isinstance(value, dict | list):
        raise Malformed("SerializationException", "Start of structure or map found where not expected.")
    raise Malformed("SerializationException", "Unexpected field type")


def _check_scalar(shape: Any, value: Any) -> None:
    if isinstance(value, dict | list):
        raise Malformed("SerializationException", "Start of structure or map found where not expected.")
    kind = shape.type_name
    number = isinstance(value, int | float) and not isinstance(value, bool)
    fits = {
        "string": isinstance(value, str),
        "blob": isinstance(value, str),
        "boolean": isinstance(value, bool),
        "integer": number and value == int(value),
        "long": number and value == int(value),
    }.get(kind, number)
    if fits and (kind not in _LONGEST or abs(value) < _LONGEST[kind]):
        return
    token = "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"
    if isinstance(value, bool):
        token = f"{value}_VALUE".upper()
    wanted = _JAVA.get(kind, "milliseconds since epoch" if kind == "timestamp" else "a Double")
    raise Malformed("SerializationException", f"{token} can not be converted to {wanted}")


def _refused(service: str, shape: Any, value: Any, where: str) -> Iterator[Malformed]:
    """Give what the service says of absent members and, for ECS, of values that its enumerations do not have."""
    match shape.type_name:
        case "structure":
            absent = (name for name in shape.required_members if name not in value)
            yield from (_absent(service, shape.members[name], name, where) for name in absent)
            for name in value.keys() & shape.members.keys():
                yield from _refused(service, shape.members[name], value[name], f"{where}.{name}".lstrip("."))
        case "map":
            for each in value.values():
                yield from _refused(service, shape.value, each, where)
        case "list":
            for index, each in enumerate(value, 1):
                yield from _refused(service, shape.member, each, f"{where}.{index}.member")
        case "string" if service == "ecs" and getattr(shape, "enum", None) and value not in shape.enum:
            yield Malformed(
                "InvalidParameterException",
                f"1 validation error detected: Value '{value}' at '{where}' failed to satisfy constraint: "
                f"Member must satisfy enum value set: [{', '.join(shape.enum)}]",
            )


def _absent(service: str, shape: Any, name: str, where: str) -> Malformed:
    if service == "ecs":
        said = "cannot be empty" if shape.type_name == "list" else "can not be blank"
        return Malformed("InvalidParameterException", f"{name[0].upper()}{name[1:]} {said}.")
    path = f"{where}.{name}".lstrip(".")
    return Malformed(
        "ValidationException",
        f"1 validation error detected: Value null at '{path}' failed to satisfy constraint: Member must not be null",
    )
