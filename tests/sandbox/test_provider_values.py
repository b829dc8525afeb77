"""Wire values, kinds of properties, names and differences: the parts of the provider that ask nobody."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from sandbox.provider import naming
from sandbox.provider.diff import Change, What, changes
from sandbox.provider.resources import RESOURCES
from sandbox.provider.resources.task_definition import TaskDefinition
from sandbox.provider.schema import Properties, block, blocks, coerce_all, flag, mapping, problems, text, texts, whole
from sandbox.provider.wire import UNKNOWN, Values, from_wire, holds_unknown, to_wire

_UNKNOWN_ON_THE_WIRE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"

_plain = st.recursive(
    st.booleans() | st.integers(-(2**50), 2**50) | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)


@given(st.dictionaries(st.text(), _plain, max_size=4))
def test_values_come_back_from_the_wire_as_they_went(values: Values) -> None:
    assert from_wire(to_wire(values)) == values


def test_an_unknown_is_the_engines_sentinel_wherever_it_stands() -> None:
    wire = to_wire({"arn": UNKNOWN, "list": [{"a": UNKNOWN}]})
    assert wire["arn"] == _UNKNOWN_ON_THE_WIRE
    assert from_wire(wire) == {"arn": UNKNOWN, "list": [{"a": UNKNOWN}]}
    assert holds_unknown(from_wire(wire)["list"])
    assert not holds_unknown({"a": ["b"]})


def test_a_secret_is_unwrapped() -> None:
    wire = struct_pb2.Struct()
    wire.update({"password": {_SIGNATURE: _SECRET, "value": "hush"}})
    assert from_wire(wire) == {"password": "hush"}


def test_null_is_nothing() -> None:
    wire = struct_pb2.Struct()
    wire.update({"a": None, "b": 1})
    assert from_wire(wire) == {"b": 1}


# Kinds


_SCHEMA: Properties = {
    "name": text(required=True),
    "count": whole(),
    "on": flag(),
    "policy": text(json=True),
    "tags": mapping(),
    "zones": texts(),
    "check": block({"path": text(), "timeout": whole(computed=True), "interval": whole(default=30)}, computed=True),
    "balancers": blocks({"arn": text(), "port": whole()}),
    "vpc": text(force_new=True),
    "delay": whole(default=300),
    "arn": text(computed=True),
}


def test_values_are_taken_as_the_kind_that_they_read_as() -> None:
    given_values = {"name": 1, "count": "3", "on": "true", "policy": {"Version": "1"}, "balancers": [{"port": "80"}]}
    assert coerce_all(_SCHEMA, given_values) == {
        "name": "1",
        "count": 3,
        "on": True,
        "policy": '{"Version": "1"}',
        "balancers": [{"port": 80}],
    }


def test_an_unknown_inside_a_document_makes_its_text_unknown() -> None:
    assert coerce_all(_SCHEMA, {"policy": {"Resource": UNKNOWN}}) == {"policy": UNKNOWN}


@pytest.mark.parametrize(
    ("values", "path", "reason"),
    [
        ({"name": "a", "nme": 1}, "nme", "does not have the property `nme` of aws:x/y:Y"),
        ({"name": "a", "check": {"pth": "/"}}, "check.pth", "does not have the property `check.pth`"),
        ({"name": "a", "balancers": [{}, {"x": 1}]}, "balancers[1].x", "does not have the property `balancers[1].x`"),
        ({"name": "a", "count": "many"}, "count", "`count` must be a whole number, not 'many'"),
        ({"name": "a", "count": 1.5}, "count", "`count` must be a whole number"),
        ({"name": "a", "on": "maybe"}, "on", "`on` must be true or false"),
        ({"name": "a", "zones": "a,b"}, "zones", "`zones` must be a list of strings"),
        ({"name": "a", "check": []}, "check", "`check` must be an object"),
        ({"name": "a", "balancers": {}}, "balancers", "`balancers` must be a list of objects"),
        ({}, "name", "Missing required argument: `name` is required"),
    ],
)
def test_what_a_resource_cannot_take_is_named(values: Values, path: str, reason: str) -> None:
    (found,) = problems(_SCHEMA, values, "aws:x/y:Y")
    assert found.path == path
    assert reason in found.reason


def test_unknowns_are_no_problem_anywhere() -> None:
    values = {"name": UNKNOWN, "count": UNKNOWN, "check": UNKNOWN, "balancers": [UNKNOWN], "zones": [UNKNOWN]}
    assert list(problems(_SCHEMA, values, "aws:x/y:Y")) == []


# Differences


def differing(state: Values, news: Values) -> Mapping[str, What]:
    return {change.path: change.what for change in changes(_SCHEMA, state, news)}


@pytest.mark.parametrize(
    ("state", "news", "expected"),
    [
        ({"name": "a", "arn": "arn:1"}, {"name": "a"}, {}),
        ({"name": "a"}, {"name": "b"}, {"name": What.UPDATE}),
        ({"name": "a"}, {"name": UNKNOWN}, {"name": What.UPDATE}),
        ({}, {"name": "a"}, {"name": What.ADD}),
        ({"on": False, "count": 0, "zones": []}, {}, {}),
        ({}, {"on": False, "count": 0, "zones": []}, {}),
        ({"count": 3}, {}, {"count": What.DELETE}),
        ({"delay": 300}, {}, {}),
        ({"delay": 100}, {}, {"delay": What.UPDATE}),
        ({"zones": ["a", "b"]}, {"zones": ["b", "a"]}, {}),
        ({"zones": ["a", "b"]}, {"zones": ["a"]}, {"zones": What.UPDATE}),
        (
            {"tags": {"a": "1", "b": "2"}},
            {"tags": {"a": "2", "c.d": "3"}},
            {"tags.a": What.UPDATE, "tags.b": What.DELETE, 'tags["c.d"]': What.ADD},
        ),
        ({"policy": '{"a": 1, "b": 2}'}, {"policy": '{"b":2,"a":1}'}, {}),
        ({"policy": '{"a": 1}'}, {"policy": '{"a": 2}'}, {"policy": What.UPDATE}),
        ({"policy": "not json"}, {"policy": '{"a": 2}'}, {"policy": What.UPDATE}),
        ({"check": {"path": "/", "timeout": 5, "interval": 30}}, {"check": {"path": "/"}}, {}),
        ({"check": {"path": "/", "interval": 10}}, {"check": {"path": "/"}}, {"check.interval": What.UPDATE}),
        ({"check": {"path": "/"}}, {}, {}),
        ({"check": {"path": "/", "interval": 30}}, {"check": {"path": "/up"}}, {"check.path": What.UPDATE}),
        ({"balancers": [{"arn": "a"}, {"arn": "b"}]}, {"balancers": [{"arn": "b"}, {"arn": "a"}]}, {}),
        (
            {"balancers": [{"arn": "a", "port": 80}]},
            {"balancers": [{"arn": "a", "port": 81}]},
            {"balancers[0].port": What.UPDATE},
        ),
        ({"balancers": [{"arn": "a"}]}, {"balancers": [{"arn": "a"}, {"arn": "b"}]}, {"balancers": What.UPDATE}),
        ({"balancers": [{"arn": "a"}]}, {"balancers": [{"arn": UNKNOWN}]}, {"balancers[0].arn": What.UPDATE}),
    ],
)  # fmt: skip
def test_only_what_the_program_means_otherwise_differs(
    state: Values, news: Values, expected: Mapping[str, What]
) -> None:
    assert differing(state, news) == expected


def test_a_property_that_cannot_change_in_place_replaces() -> None:
    assert changes(_SCHEMA, {"vpc": "a"}, {"vpc": "b"}) == [Change("vpc", "vpc", What.UPDATE, replaces=True)]


_PORT: dict[str, Any] = {"containerPort": 80}


@pytest.mark.parametrize(
    ("registered", "same"),
    [
        ({"portMappings": [{"containerPort": 80, "hostPort": 80, "protocol": "tcp"}]}, True),
        ({"portMappings": [_PORT], "cpu": 0, "environment": [], "mountPoints": [], "essential": True}, True),
        (
            {"portMappings": [_PORT], "secrets": [{"name": "B", "valueFrom": "b"}, {"name": "A", "valueFrom": "a"}]},
            False,
        ),
        ({"portMappings": [{"containerPort": 81}]}, False),
        ({"portMappings": [_PORT], "essential": False}, False),
    ],
)
def test_container_definitions_are_compared_by_what_they_mean(registered: dict[str, Any], same: bool) -> None:
    written = json.dumps([{"name": "web", "image": "shop:1", "portMappings": [_PORT]}])
    ecs = json.dumps([{"image": "shop:1", "name": "web", **registered}])
    state = {"family": "web", "containerDefinitions": ecs}
    found = TaskDefinition().changes(state, {"family": "web", "containerDefinitions": written})
    assert (found == []) is same


def test_the_order_of_environment_variables_means_nothing() -> None:
    variables = [{"name": "B", "value": "b"}, {"name": "A", "value": "a"}]
    one = json.dumps([{"name": "web", "environment": variables}])
    other = json.dumps([{"name": "web", "environment": variables[::-1]}])
    state = {"family": "web", "containerDefinitions": one}
    assert TaskDefinition().changes(state, {"family": "web", "containerDefinitions": other}) == []


def test_every_change_of_a_task_definition_is_a_new_revision_but_not_how_it_is_kept() -> None:
    old = {"family": "web", "containerDefinitions": "[]", "cpu": "256", "skipDestroy": False}
    grown = TaskDefinition().changes(old, {**old, "cpu": "512"})
    kept = TaskDefinition().changes(old, {**old, "skipDestroy": True})
    assert [change.replaces for change in grown] == [True]
    assert [change.replaces for change in kept] == [False]


# Names


@given(st.text("abcdefghij-", min_size=1, max_size=40), st.binary(max_size=32))
def test_a_made_up_name_is_the_resources_with_seven_hex_digits_and_stays_for_its_seed(name: str, seed: bytes) -> None:
    made = naming.autoname(name, seed, 64)
    assert made == naming.autoname(name, seed, 64)
    assert made.startswith(f"{name}-")
    assert len(made) == len(name) + 8
    int(made[-7:], 16)


def test_a_name_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(naming.NameTooLongError, match="longer than maximum length 32"):
        naming.autoname("a" * 25, b"", 32)
    assert len(naming.autoname("a" * 24, b"", 32)) == 32


def test_names_of_one_prefix_never_meet() -> None:
    assert len({naming.from_prefix("web-") for _ in range(100)}) == 100
    assert len(naming.from_prefix("")) == 26


def test_a_made_up_name_is_kept_on_updates_and_not_when_the_program_had_given_one() -> None:
    groups = RESOURCES["aws:lb/targetGroup:TargetGroup"]
    first, _ = groups.check("web", {}, {}, b"1")
    again, _ = groups.check("web", first, {}, b"2")
    taken_away, _ = groups.check("web", {"name": "mine"}, {}, b"3")
    assert again["name"] == first["name"]
    assert taken_away["name"] not in ("mine", first["name"])


def test_a_given_name_that_would_collide_has_the_old_one_deleted_first() -> None:
    groups = RESOURCES["aws:lb/targetGroup:TargetGroup"]
    named, _ = groups.check("web", {}, {"name": "mine"}, b"1")
    made_up, _ = groups.check("web", {}, {}, b"1")
    assert groups.delete_before_replace({"name": "mine"}, named)
    assert not groups.delete_before_replace({"name": "other"}, named)
    assert not groups.delete_before_replace({"name": made_up["name"]}, made_up)
