"""What the controls found, as text for a person and as `audit/1` for a program."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from .model import Finding, Level, State

_BINDING = {Level.MUST, Level.DEFAULT}


def broken(findings: Sequence[Finding]) -> bool:
    """Tell whether a control that has to hold, or holds by default, failed without a waiver."""
    return any(each.state is State.FAILED and each.control.level in _BINDING for each in findings)


def text(findings: Sequence[Finding], gaps: Sequence[str] = ()) -> str:
    """Return the failures with reason and remedy, then what was waived or could not be looked at, then the count."""
    lines: list[str] = []
    for finding in (each for each in findings if each.state is State.FAILED):
        lines += _failure(finding)
    lines += [f"waived[{each.control.id}]: {each.sentence}" for each in findings if each.state is State.WAIVED]
    lines += [
        f"not checked[{each.control.id}]: {each.sentence}" for each in findings if each.state is State.NOT_CHECKED
    ]
    lines += [f"could not be read: {gap}" for gap in gaps]
    return "\n".join([*lines, _count(findings, gaps)])


def document(findings: Sequence[Finding], gaps: Sequence[str] = ()) -> dict[str, Any]:
    """Return the findings as `audit/1`."""
    return {"schema": "audit/1", "broken": broken(findings), "gaps": [*gaps], "findings": list(map(_entry, findings))}


def _failure(finding: Finding) -> list[str]:
    control = finding.control
    head = "warning" if control.level is Level.WARN else "error"
    known_as = [f"  = also known as: {', '.join(control.catalogues)}"] if control.catalogues else []
    return [
        f"{head}[{control.id}]: {control.requires}",
        f"  --> {finding.sentence}",
        f"  = why: {control.reason}",
        *known_as,
        f"help: {control.instead}",
        "",
    ]


def _count(findings: Sequence[Finding], gaps: Sequence[str]) -> str:
    # A control counts once, by the worst that was found of it.
    worst: dict[str, State] = {}
    order = (State.FAILED, State.NOT_CHECKED, State.WAIVED, State.PASSED, State.NOT_APPLICABLE)
    for each in findings:
        before = worst.get(each.control.id, State.NOT_APPLICABLE)
        worst[each.control.id] = min(before, each.state, key=order.index)
    of = Counter(worst.values())
    levels = {each.control.id: each.control.level for each in findings if each.state is State.FAILED}
    kinds = ", ".join(f"{count} {level}" for level, count in sorted(Counter(levels.values()).items()))
    parts = [f"{of[State.FAILED]} failed ({kinds})" if kinds else "0 failed"]
    parts += [f"{of[state]} {state}" for state in (State.WAIVED, State.NOT_CHECKED, State.PASSED, State.NOT_APPLICABLE)]
    return f"{len(worst)} controls: {', '.join(parts)}" + (f"; {len(gaps)} reads were refused" if gaps else "")


def _entry(finding: Finding) -> dict[str, Any]:
    control = finding.control
    return {
        "control": control.id,
        "class": control.level.value,
        "state": finding.state.value,
        "type": finding.type,
        "resource": finding.resource,
        "path": finding.path,
        "message": finding.message,
        "requires": control.requires,
        "reason": control.reason,
        "instead": control.instead,
        "catalogues": [*control.catalogues],
    }
