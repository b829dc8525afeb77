"""A resource type's whole life through the provider's protocol, told by what a program writes and later changes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from pulumi.runtime.proto import provider_pb2

from sandbox.provider.resources import RESOURCES
from sandbox.provider.wire import UNKNOWN, Values
from tests.sandbox.provider_client import Engine

NONE, SOME = provider_pb2.DiffResponse.DIFF_NONE, provider_pb2.DiffResponse.DIFF_SOME
Place = TypeVar("Place")


@dataclass(frozen=True)
class Story(Generic[Place]):
    """A resource as a program has it, and what the program later changes in it.

    `change` may be a function of the place; empty for a type that has nothing but tags. `lasting`: what it makes goes
    with another resource, or only after days. `importable`: its id alone tells what it is.
    """

    kind: str
    inputs: Callable[[Place], Values]
    change: Values | Callable[[Place], Values]
    replaces: bool = False
    taggable: bool = True
    lasting: bool = False
    importable: bool = True


def lives(story: Story[Place], place: Place, engine: Engine, name: str = "life") -> None:
    """Plan, create, look again, change and delete; nothing differs that the program did not change."""
    kind, resource = story.kind, RESOURCES[story.kind]
    written = {**story.inputs(place), **({"tags": {"team": "shop"}} if story.taggable else {})}
    change = story.change(place) if callable(story.change) else story.change
    inputs, _ = engine.check(kind, name, written)

    _, planned = engine.create(kind, name, written, preview=True)
    unset = [key for key in resource.outputs if planned.get(key) is not UNKNOWN]
    assert unset == [], "a preview tells what only AWS will tell as unknown"

    id_, state = engine.create(kind, name, written)
    assert id_
    assert [key for key in resource.outputs if state.get(key) is None] == []
    difference = engine.diff(kind, name, state, written, inputs)
    assert (difference.changes, list(difference.detailedDiff)) == (NONE, [])

    found, live, live_inputs = engine.read(kind, name, id_, state, inputs)
    assert (found, live, live_inputs) == (id_, state, inputs), "a refresh finds what was made"
    if story.importable:
        found, imported, _ = engine.read(kind, name, id_, {}, {})
        hidden = {key for key, known in resource.schema.items() if known.program_only or known.json}
        assert found == id_
        assert {key: imported.get(key) for key in state if key not in hidden} == {
            key: value for key, value in state.items() if key not in hidden
        }, "an import finds the same"

    if change:
        changed = {**written, **change}
        new_inputs, _ = engine.check(kind, name, changed, inputs)
        difference = engine.diff(kind, name, state, changed, inputs)
        assert difference.changes == SOME
        assert set(difference.diffs) == set(change)
        assert bool(difference.replaces) is story.replaces
        if not story.replaces:
            planned = engine.update(kind, name, id_, state, new_inputs, preview=True)
            before = engine.read(kind, name, id_, state, inputs)
            assert before == (id_, state, inputs), "a preview changes nothing"
            state = engine.update(kind, name, id_, state, new_inputs)
            difference = engine.diff(kind, name, state, changed, new_inputs)
            assert (difference.changes, list(difference.detailedDiff)) == (NONE, [])
            assert engine.read(kind, name, id_, state, new_inputs) == (id_, state, new_inputs)
            assert engine.diff(kind, name, planned, changed, new_inputs).changes == NONE, "the preview foretold it"

    engine.delete(kind, name, id_, state)
    if not story.lasting:
        assert engine.read(kind, name, id_, state, inputs)[0] == ""
    engine.delete(kind, name, id_, state)  # that it is gone already is no error


def retags(story: Story[Place], name: str, place: Place, engine: Engine) -> None:
    """Change tags in place."""
    kind = story.kind
    written = {**story.inputs(place), "tags": {"team": "shop", "old": "1"}}
    id_, state = engine.create(kind, name, written)
    assert state["tagsAll"] == {"team": "shop", "old": "1"}
    changed = {**written, "tags": {"team": "store", "new": "2"}}
    inputs, _ = engine.check(kind, name, written)
    difference = engine.diff(kind, name, state, changed, inputs)
    assert (list(difference.diffs), list(difference.replaces)) == (["tags"], [])
    assert set(difference.detailedDiff) == {"tags.team", "tags.old", "tags.new"}
    inputs, _ = engine.check(kind, name, changed, inputs)
    state = engine.update(kind, name, id_, state, inputs)
    assert state["tags"] == state["tagsAll"] == {"team": "store", "new": "2"}
    engine.delete(kind, name, id_, state)
