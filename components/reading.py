"""Readers of arguments: each takes what the program wrote and gives a clean value, or reports what is wrong with it.

A value that is not known yet (an output) is read when it becomes known, inside `apply`; everything else at once.
This is the one place that coerces: through a component provider, whole numbers arrive as floats.
"""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Any, TypeVar

import pulumi

from .complaints import Complaint, Problem
from .errors import ArgumentError

T = TypeVar("T")

Check = Callable[[Any], Complaint | None]
"""Looks at a value of the right type and says what is wrong with it, or nothing."""


def later(value: object) -> bool:
    """Tell whether a value is known only later: an output, or something to await."""
    return isinstance(value, pulumi.Output) or isawaitable(value)


def holds_outputs(value: object) -> bool:
    """Tell whether a value, or anything in it, is known only later."""
    if isinstance(value, Mapping):
        return any(map(holds_outputs, value.values()))
    if isinstance(value, list | tuple):
        return any(map(holds_outputs, value))
    return later(value)


def when_known(function: Callable[..., T], **inputs: Any) -> pulumi.Input[T]:
    """Call the function now if every input is plain, otherwise as soon as they are known: plain in, plain out."""
    if not holds_outputs(inputs):
        return function(**inputs)
    return pulumi.Output.all(**inputs).apply(lambda known: function(**known))


@dataclass
class Report:
    """Collects the problems of one component's arguments; `waived` are the controls that may fail."""

    component: str
    name: str
    waived: frozenset[str] = frozenset()
    problems: list[Problem] = field(default_factory=list)

    def add(self, path: str, complaint: Complaint | None) -> bool:
        """Note a complaint, if it is one that no waiver lifts, about the argument at `path`; tell whether it was."""
        if complaint is None or (complaint.waivable and complaint.control in self.waived):
            return False
        self.problems.append(Problem(path, complaint))
        return True

    def raise_if_any(self) -> None:
        """Raise an `ArgumentError` with everything that was noted."""
        if self.problems:
            raise ArgumentError(self.component, self.name, self.problems)

    def fresh(self) -> "Report":
        """Return an empty report for the same component, for what becomes known later."""
        return Report(self.component, self.name, self.waived)


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Reads one kind of value. `plain` ones must be known when the program runs, because names are built from them.

    `secret` is the complaint about an output that Pulumi keeps secret, where AWS would show the value to anyone.
    """

    check: Check | None = None
    plain: bool = False
    secret: Complaint | None = None

    def read(self, value: object, path: str, report: Report) -> Any:
        """Return the clean value, or note what is wrong with it; an output gives an output, read when it is known."""
        if not later(value):
            return self._read_known(value, path, report)
        if self.plain:
            report.add(path, Complaint("is an output, and must be known when the program runs", "write a plain value"))
            return None

        def read_later(known: Any) -> Any:
            inner = report.fresh()
            inner.add(path, self.secret if known["secret"] else None)
            clean = self._read_known(known["value"], path, inner)
            inner.raise_if_any()
            return clean

        output = pulumi.Output.from_input(value)
        secret = output.is_secret() if self.secret else False
        return pulumi.Output.all(value=output, secret=secret).apply(read_later)

    def _read_known(self, value: object, path: str, report: Report) -> Any:
        clean = self._coerce(value, path, report)
        if clean is not None and self.check is not None and not holds_outputs(clean):
            report.add(path, self.check(clean))
        return clean

    def _coerce(self, value: object, path: str, report: Report) -> Any:
        raise NotImplementedError

    def build(self, value: Any) -> Any:
        """Return a clean value in its final form: groups become what `Group.form` makes of them."""
        return value


def _is(value: object) -> str:
    """Say what a value is, without showing it: it may be a secret in the wrong place."""
    names = {str: "text", bool: "a boolean", int: "a number", float: "a number", type(None): "nothing"}
    if isinstance(value, Mapping):
        return "is a map"
    if isinstance(value, list | tuple):
        return "is a list"
    return f"is {names.get(type(value), f'a {type(value).__name__}')}"


@dataclass(frozen=True, kw_only=True)
class Text(Reader):
    """Reads text that is not empty; where `numbers` are allowed, 3 is read as "3": configuration files write it so."""

    numbers: bool = False
    empty: bool = False

    def _coerce(self, value: object, path: str, report: Report) -> str | None:
        if self.numbers and isinstance(value, int | float) and not isinstance(value, bool):
            return str(int(value)) if float(value).is_integer() else str(value)
        if not isinstance(value, str):
            report.add(path, Complaint(_is(value), 'write text: "…"'))
            return None
        if not value and not self.empty:
            report.add(path, Complaint("is empty", "write a value, or leave the argument out if it is optional"))
            return None
        return str(value)


@dataclass(frozen=True, kw_only=True)
class Flag(Reader):
    """Reads true or false."""

    def _coerce(self, value: object, path: str, report: Report) -> bool | None:
        if isinstance(value, bool):
            return value
        report.add(path, Complaint(_is(value), "write true or false"))
        return None


@dataclass(frozen=True, kw_only=True)
class Number(Reader):
    """Reads a number from `low` to `high`; `over` excludes `low` itself.

    `lowest` and `highest` are AWS's own limits where `control` is narrower: a waiver of it opens the range that far.
    """

    low: float
    high: float
    lowest: float | None = None
    highest: float | None = None
    over: bool = False
    control: str | None = None
    why: str = ""

    def _coerce(self, value: object, path: str, report: Report) -> float | None:
        number = self._number(value)
        if number is None:
            report.add(path, Complaint(_is(value), f"write {self._range()}"))
        elif not self.low <= number <= self.high or (self.over and number == self.low):
            lowest = self.low if self.lowest is None else self.lowest
            highest = self.high if self.highest is None else self.highest
            waivable = self.control is not None and lowest <= number <= highest and not (self.over and number == lowest)
            what, instead = f"is {number}{self.why}", f"write {self._range()}"
            return None if report.add(path, Complaint(what, instead, self.control, waivable=waivable)) else number
        else:
            return number
        return None

    def _number(self, value: object) -> float | None:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        return value

    def _range(self) -> str:
        return (
            f"a number {'over' if self.over else 'from'} {self.low:g} {'and up ' if self.over else ''}to {self.high:g}"
        )


@dataclass(frozen=True, kw_only=True)
class Whole(Number):
    """Reads a whole number from `low` to `high`; 8080.0 is one."""

    def _number(self, value: object) -> int | None:
        number = super()._number(value)
        return int(number) if number is not None and float(number).is_integer() else None

    def _range(self) -> str:
        low, high = int(self.low), int(self.high)
        return f"{low}" if low == high else f"a whole number from {low} to {high}"


@dataclass(frozen=True, kw_only=True)
class ListOf(Reader):
    """Reads a list of at least `least` items; where it is `waivable`, a waiver of `control` makes one enough."""

    item: Reader
    least: int = 0
    why: str = ""
    control: str | None = None
    waivable: bool = False

    def _coerce(self, value: object, path: str, report: Report) -> list[Any] | None:
        if not isinstance(value, list | tuple):
            report.add(path, Complaint(_is(value), "write a list"))
            return None
        if len(value) < self.least:
            what, instead = f"has {len(value)} entries{self.why}", f"give at least {self.least}"
            report.add(path, Complaint(what, instead, self.control, waivable=self.waivable and len(value) > 0))
        return [self.item.read(entry, f"{path}[{index}]", report) for index, entry in enumerate(value)]

    def build(self, value: Any) -> Any:
        """Return the list with each item in its final form."""
        return [self.item.build(item) for item in value] if isinstance(value, list) else value


@dataclass(frozen=True, kw_only=True)
class MapOf(Reader):
    """Reads a map; `entry` looks at the key and, where it is known, the value. The result is sorted by key."""

    value: Reader
    entry: Callable[[str, str | None], Complaint | None] | None = None

    def _coerce(self, value: object, path: str, report: Report) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            report.add(path, Complaint(_is(value), 'write a map: {"NAME": "value"}'))
            return None
        return {str(key): self._entry(str(key), value[key], f"{path}.{key}", report) for key in sorted(value, key=str)}

    def _entry(self, key: str, value: object, path: str, report: Report) -> Any:
        clean = self.value.read(value, path, report)
        check = self.entry
        if check is None:
            return clean
        complaint = check(key, None if later(clean) else clean)
        report.add(path, complaint)
        if complaint is None and later(clean):
            return Anything(check=lambda known: check(key, known)).read(clean, path, report)
        return clean


@dataclass(frozen=True, kw_only=True)
class Anything(Reader):
    """Takes a value as it is: another reader has cleaned it, or AWS will judge it."""

    def _coerce(self, value: object, _path: str, _report: Report) -> object:
        return value


@dataclass(frozen=True)
class Key:
    """One key of a group: how its value is read, and what stands for a missing one."""

    reader: Reader
    required: bool = False
    default: Any = None


@dataclass(frozen=True, kw_only=True)
class Group(Reader):
    """Reads a map with known keys. The map itself must be known when the program runs; its values need not be.

    `form` is what clean values are built into, such as a data class with fields of the same names.
    """

    keys: Mapping[str, Key]
    form: Callable[..., Any] = dict
    plain: bool = True

    def _coerce(self, value: object, path: str, report: Report) -> dict[str, Any] | None:
        if not isinstance(value, Mapping):
            report.add(path, Complaint(_is(value), f"write a map with the keys {', '.join(self.keys)}"))
            return None
        prefix = f"{path}." if path else ""
        for key in value:
            if key not in self.keys:
                report.add(f"{prefix}{key}", _unknown(str(key), list(self.keys)))
        return {name: self._read_key(name, key, value, prefix, report) for name, key in self.keys.items()}

    def _read_key(self, name: str, key: Key, group: Mapping[str, object], prefix: str, report: Report) -> Any:
        given = group.get(name)
        value = key.default if given is None else given
        if value is not None:
            return key.reader.read(value, prefix + name, report)
        if key.required:
            report.add(prefix + name, Complaint("is missing", "give it: nothing can be made without"))
        return None

    def build(self, value: Any) -> Any:
        """Return the group in its final form, or nothing where there is none."""
        if value is None:
            return None
        return self.form(**{name: key.reader.build(value[name]) for name, key in self.keys.items()})


def group(keys: Mapping[str, Key], form: Callable[..., Any] = dict) -> Key:
    """Return a group that is read even where it is missing, so that its defaults are filled in."""
    return Key(Group(keys=keys, form=form), default={})


def groups(keys: Mapping[str, Key], form: Callable[..., Any] = dict) -> Key:
    """Return a list of groups; empty where it is missing."""
    return Key(ListOf(item=Group(keys=keys, form=form), plain=True), default=[])


def _unknown(key: str, known: Sequence[str]) -> Complaint:
    near = difflib.get_close_matches(key, known, n=1)
    return Complaint("is not an argument", f"did you mean `{near[0]}`?" if near else f"take one of {', '.join(known)}")
