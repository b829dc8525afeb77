"""What a record keeps of a run's configuration, and how it is put back: secrets are never in it."""

import copy
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automation.history.record import Path
from diagnostics.redact import looks_like_credential


@dataclass(frozen=True)
class Recorded:
    """A configuration without its secrets, and where those were."""

    values: Mapping[str, Any]
    absent: tuple[Path, ...]


def recorded(configuration: Mapping[str, Any]) -> Recorded:
    """Return what may be kept of a run's `config`.

    Left out is what the engine encrypts (`{"secure": …}`), and what by its name or shape is very likely a credential
    that somebody gave in plain text.
    """
    absent = tuple(_secrets(configuration, ()))
    values: Any = copy.deepcopy(dict(configuration))
    for path in reversed(absent):  # later positions of a list first
        del _inner(values, path[:-1])[path[-1]]
    return Recorded(values, absent)


@dataclass(frozen=True)
class PutBack:
    """A configuration made whole again."""

    values: Mapping[str, Any]
    from_now: tuple[Path, ...]
    """Secrets whose values are today's."""
    missing: tuple[Path, ...]
    """Secrets that the stack's settings do not hold either."""


def put_back(values: Mapping[str, Any], absent: Sequence[Path], now: Mapping[str, Any]) -> PutBack:
    """Return a recorded configuration with its secrets taken from the stack's settings of today.

    Args:
        values: what was recorded.
        absent: where secrets were.
        now: the `config` of the stack's settings file.
    """
    whole: Any = copy.deepcopy(dict(values))
    found: list[Path] = []
    missing: list[Path] = []
    for path in absent:
        try:
            value = _inner(now, path)
            place = _inner(whole, path[:-1], make=True)
            if isinstance(place, list):
                place.insert(int(path[-1]), value)
            else:
                place[path[-1]] = value
        except (KeyError, IndexError, TypeError):
            missing.append(path)
        else:
            found.append(path)
    return PutBack(whole, tuple(found), tuple(missing))


def named(path: Path) -> str:
    """Return a path as `--config` writes it."""
    return ".".join(map(str, path))


def _secrets(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, Mapping):
        if path and set(value) == {"secure"}:
            yield path
            return
        for key, item in value.items():
            yield from _secrets(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, (*path, index))
    elif isinstance(value, str) and looks_like_credential(_name(path), value):
        yield path


def _name(path: Path) -> str:
    """Return what the value is called: the last part of its path that is a name, without the project's."""
    last = next((part for part in reversed(path) if isinstance(part, str)), "")
    return last.rpartition(":")[2]


def _inner(value: Any, path: Path, *, make: bool = False) -> Any:
    for part in path:
        if make and isinstance(value, dict):
            value.setdefault(part, {})
        value = value[part]
    return value
