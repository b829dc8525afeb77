"""Whatever is written for an argument is taken or refused by its path; nothing else is raised."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.arguments import ARGUMENTS
from components.errors import ArgumentError
from components.reading import Group, ListOf
from components.validation import read
from tests.components.conftest import BALANCED

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["app", "ROLLING", "arn:"]),
)


def group_of(reader):
    """Return the group that a reader reads, alone or in a list, and whether it is a list."""
    if isinstance(reader, ListOf) and isinstance(reader.item, Group):
        return reader.item, True
    return (reader, False) if isinstance(reader, Group) else (None, False)


def values(reader, depth=2):
    """Return junk for a reader; for groups, groups of junk under the right keys."""
    group, listed = group_of(reader)
    if group is None or not depth:
        return st.one_of(JUNK, st.lists(JUNK, max_size=2), st.dictionaries(st.text(max_size=3), JUNK, max_size=2))
    keys = {name: values(key.reader, depth - 1) for name, key in group.keys.items()}
    filled = st.fixed_dictionaries({}, optional=keys)
    return st.lists(st.one_of(filled, JUNK), max_size=2) if listed else st.one_of(filled, JUNK)


@pytest.mark.parametrize("argument", ARGUMENTS.keys)
def test_any_value_is_taken_or_refused_by_its_path(argument):
    @settings(max_examples=30, deadline=None, derandomize=True)
    @given(values(ARGUMENTS.keys[argument].reader))
    def try_one(value):
        with contextlib.suppress(ArgumentError):
            read("shop", {**BALANCED, argument: value})

    try_one()
