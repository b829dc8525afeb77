"""The engine's wire values as plain Python ones: unknowns, secrets and whole numbers.

The signatures are those of the Pulumi SDK, `sdk/go/common/resource/sig` and `plugin/rpc.go`:
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/plugin/rpc.go
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any

from google.protobuf import struct_pb2

Values = dict[str, Any]
"""Properties by their Pulumi (camelCase) name."""

SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the name of a kind of value
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_UNKNOWNS = {
    _UNKNOWN_STRING,
    "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # bool
    "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
    "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
    "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
    "e48ece36-62e2-4504-bad9-02848725956a",  # archive
    "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
}


class Unknown(Enum):
    """The value of an output that only an update will tell."""

    UNKNOWN = "unknown"


UNKNOWN = Unknown.UNKNOWN


def from_wire(struct: struct_pb2.Struct) -> Values:
    """Return the properties of a message; null properties are left out, as the engine means them."""
    return {key: value for key, field in struct.fields.items() if (value := _from_value(field)) is not None}


def to_wire(values: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return properties as a message; None is left out."""
    struct = struct_pb2.Struct()
    for key, value in values.items():
        if value is not None:
            struct.fields[key].CopyFrom(_to_value(value))
    return struct


def holds_unknown(value: object) -> bool:
    """Return whether a value is unknown, or has an unknown in it."""
    if isinstance(value, Mapping):
        return any(holds_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(holds_unknown(item) for item in value)
    return value is UNKNOWN


def _from_value(value: struct_pb2.Value) -> Any:
    match value.WhichOneof("kind"):
        case "struct_value":
            return _from_object(value.struct_value)
        case "list_value":
            return [_from_value(item) for item in value.list_value.values]
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() else number
        case "string_value":
            return UNKNOWN if value.string_value in _UNKNOWNS else value.string_value
        case "bool_value":
            return value.bool_value
    return None


def _from_object(struct: struct_pb2.Struct) -> Any:
    signature = struct.fields[SIGNATURE].string_value if SIGNATURE in struct.fields else ""
    if signature == _SECRET:
        # The engine marks what is secret by itself for a provider that does not take secrets, as this one says.
        return _from_value(struct.fields["value"])
    if signature == _OUTPUT:
        return _from_value(struct.fields["value"]) if "value" in struct.fields else UNKNOWN
    return from_wire(struct)


def _to_value(value: Any) -> struct_pb2.Value:
    match value:
        case Unknown.UNKNOWN:
            one = struct_pb2.Value(string_value=_UNKNOWN_STRING)
        case bool():
            one = struct_pb2.Value(bool_value=value)
        case int() | float():
            one = struct_pb2.Value(number_value=value)
        case str():
            one = struct_pb2.Value(string_value=value)
        case Mapping():
            one = struct_pb2.Value(struct_value=to_wire(value))
        case list() | tuple():
            one = struct_pb2.Value(list_value=struct_pb2.ListValue(values=[_to_value(item) for item in value]))
        case _:
            one = struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    return one
