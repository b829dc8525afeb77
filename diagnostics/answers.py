"""Holds AWS's answers to their own service model: what is missing or of another type is as if it were not told."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_KINDS: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "character": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "timestamp": (datetime,),
}
"""What boto3 makes of the scalar types of a model; others, such as blobs, are left as they are."""

_DECODED = frozenset({"policyDocumentType", "TemplateBody"})
"""Texts of the model that boto3 has read as JSON by then (botocore's `handlers.py`)."""
_REFUSED = 300
"""From this status on it is an error, in another shape."""
WRONG = (LookupError, TypeError, AttributeError, ValueError, ArithmeticError)
"""What working with an answer raises where it lacks what its API always tells."""


def as_modelled(answer: Any, shape: Any) -> dict[str, Any]:
    """Return an answer with nothing in it that its model does not allow; a list of the answer itself is always there.

    botocore checks what is sent, and takes what comes as it is: an endpoint that is not AWS's own may leave things out.

    Args:
        answer: what boto3 returned.
        shape: the output shape of the operation, botocore's.
    """
    held: dict[str, Any] = _held(answer, shape) if isinstance(answer, Mapping) else {}
    for name, member in shape.members.items():
        if member.type_name == "list":
            held.setdefault(name, [])
    return held


def hold(http_response: Any, parsed: dict[str, Any], model: Any, **_more: Any) -> None:
    """Hold an answer to its model, in its place: botocore's event `after-call`."""
    if http_response.status_code >= _REFUSED or model.output_shape is None:
        return
    metadata = parsed.get("ResponseMetadata", {})
    held = as_modelled(parsed, model.output_shape)
    parsed.clear()
    parsed.update(held | {"ResponseMetadata": metadata})


def _held(value: Any, shape: Any) -> Any:
    """Return the value without what is wrong; None where it is wrong itself."""
    match shape.type_name:
        case "structure":
            is_document = getattr(shape, "is_document_type", False)
            return value if is_document else _members(value, shape.members.get)
        case "map":
            return _members(value, lambda _key: shape.value)
        case "list":
            items = value if isinstance(value, list) else []
            return [each for each in (_held(each, shape.member) for each in items) if each is not None]
        case _ if shape.name in _DECODED:
            return value
        case kind:
            kinds = _KINDS.get(kind)
            fits = kinds is None or (isinstance(value, kinds) and (kind == "boolean" or not isinstance(value, bool)))
            return value if fits else None


def _members(value: Any, shape_of: Any) -> dict[str, Any] | None:
    if not isinstance(value, Mapping):
        return None
    found = {}
    for key, each in value.items():
        shape = shape_of(key)
        held = each if shape is None else _held(each, shape)  # a newer API may tell more than this model knows
        if held is not None:
            found[key] = held
    return found
