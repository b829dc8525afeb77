"""Checks of arguments that depend on each other, now or as soon as all of them are known."""

from collections.abc import Callable
from typing import Any

import pulumi

from .complaints import Complaint
from .reading import Report, holds_outputs

Values = dict[str, Any]
"""A group of clean values; nothing stands for what is not given, or was complained about already."""


def check(
    group: Values, key: str, path: str, report: Report, complain: Callable[..., Complaint | None], **inputs: Any
) -> None:
    """Check inputs that depend on each other, and complain about `path`.

    If one of them is known only later, the check becomes a part of `group[key]`: nothing that needs it is made before.
    """
    if any(value is None for value in inputs.values()):
        return
    if not holds_outputs(inputs):
        report.add(path, complain(**inputs))
        return

    def check_later(known: dict[str, Any]) -> Any:
        inner = report.fresh()
        inner.add(path, complain(**known["inputs"]))
        inner.raise_if_any()
        return known["value"]

    group[key] = pulumi.Output.all(value=group[key], inputs=inputs).apply(check_later)


def at_most(
    what: str, instead: str, control: str | None = None, *, waivable: bool = False
) -> Callable[..., Complaint | None]:
    """Return a check that `value` is at most `limit`; both may be used in the texts."""

    def complain(value: float, limit: float) -> Complaint | None:
        if value <= limit:
            return None
        words = {"value": f"{value:g}", "limit": f"{limit:g}"}
        return Complaint(what.format(**words), instead.format(**words), control, waivable=waivable)

    return complain


def without_effect(needed: str) -> Complaint:
    """Return the complaint about an argument that does nothing without another one."""
    return Complaint(f"has no effect without {needed}", f"give {needed}, or leave this out")
