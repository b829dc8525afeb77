"""Waivers: a default that a team does not keep, with the reason, until a day; standard library only."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from .complaints import Complaint
from .controls import CONTROLS, Finding, Level, State

_LEVELS = {control.id: control.level for control in CONTROLS}
_SHORTEST_REASON = 10


@dataclass(frozen=True)
class Waiver:
    """Lets one control of the level `default` fail, up to and including the day `expires`."""

    control: str
    reason: str
    expires: date

    def lapsed(self, today: date) -> bool:
        """Tell whether its last day is over."""
        return today > self.expires


def check_control(control: str) -> Complaint | None:
    """Refuse a waiver for what is no control, or for one that has to hold or is only said."""
    match _LEVELS.get(control):
        case None:
            return Complaint(f"`{control}` is not a control", "write an id of docs/component.md, such as LOG-02")
        case Level.MUST:
            return Complaint(
                f"`{control}` cannot be waived: it has to hold always", "leave the waiver out, and keep the control"
            )
        case Level.WARN:
            return Complaint(f"`{control}` needs no waiver: it only warns", "leave the waiver out")
        case _:
            return None


def check_reason(reason: str) -> Complaint | None:
    """Refuse a reason that says nothing."""
    if len(reason.split()) > 1 and len(reason) >= _SHORTEST_REASON:
        return None
    return Complaint("says too little", "write why the control does not fit here, for whoever audits it")


def check_expires(expires: str) -> Complaint | None:
    """Refuse what is not a day."""
    try:
        date.fromisoformat(expires)
    except ValueError:
        return Complaint(f"`{expires}` is not a day", "write YYYY-MM-DD, such as 2027-01-31")
    return None


def check_still_valid(expires: str, today: date) -> Complaint | None:
    """Refuse a waiver whose last day is over; what is not a day is `check_expires`'s to report."""
    if check_expires(expires) or date.fromisoformat(expires) >= today:
        return None
    return Complaint(f"was {expires}, and today is {today}", "keep the control, or decide again and write a new day")


class WaiversError(Exception):
    """A file of waivers cannot be used; the message names the file and the place."""


def read(path: Path) -> tuple[Waiver, ...]:
    """Read waivers from a JSON file, as `pulumi stack output waivers --json` writes it.

    Raises:
        WaiversError: it cannot be read, or a waiver in it is wrong.
    """
    try:
        entries = json.loads(path.read_text(encoding="utf-8"))
    except OSError as problem:
        raise WaiversError(f"{path}: cannot be read: {problem.strerror}") from problem
    except (ValueError, RecursionError) as problem:
        raise WaiversError(f"{path}: is not JSON: {problem}") from problem
    if not isinstance(entries, list):
        raise WaiversError(f"{path}: is not a list; write [{{control, reason, expires}}, …]")
    return tuple(waiver(**_entry(each, f"{path}: waivers[{place}]")) for place, each in enumerate(entries))


def _entry(entry: object, place: str) -> dict[str, str]:
    checks = {"control": check_control, "reason": check_reason, "expires": check_expires}
    if not isinstance(entry, dict) or set(entry) != set(checks):
        raise WaiversError(f"{place}: write a map with the keys {', '.join(checks)}")
    for key, check in checks.items():
        if not isinstance(entry[key], str):
            raise WaiversError(f"{place}.{key}: write text")
        if complaint := check(entry[key]):
            raise WaiversError(f"{place}.{key}: {complaint.what}; {complaint.instead}")
    return entry


def waiver(control: str, reason: str, expires: str) -> Waiver:
    """Make a waiver from values that were checked."""
    return Waiver(control, reason, date.fromisoformat(expires))


def lifted(given: object, today: date) -> frozenset[str]:
    """Return the controls that may fail today, from waivers as a program wrote them; what is wrong lifts nothing."""
    entries = given if isinstance(given, list | tuple) else ()
    return frozenset(
        each["control"]
        for each in entries
        if isinstance(each, Mapping) and _lifts(each.get("control"), each.get("reason"), each.get("expires"), today)
    )


def _lifts(control: object, reason: object, expires: object, today: date) -> bool:
    if not (isinstance(control, str) and isinstance(reason, str) and isinstance(expires, str)):
        return False
    complaints = (check_control(control), check_reason(reason), check_expires(expires))
    return not any(complaints) and date.fromisoformat(expires) >= today


def declared(given: Iterable[Mapping[str, object]]) -> tuple[Waiver, ...]:
    """Return the waivers that a program declares, lapsed ones too; what is wrong with one leaves it out."""
    texts = [{key: str(each.get(key, "")) for key in ("control", "reason", "expires")} for each in given]
    return tuple(
        waiver(**each)
        for each in texts
        if not any((check_control(each["control"]), check_reason(each["reason"]), check_expires(each["expires"])))
    )


def waive(findings: Iterable[Finding], waivers: Sequence[Waiver], today: date) -> list[Finding]:
    """Return the findings; failures of defaults that a waiver lets fail today become `waived`, with its reason."""
    valid = {each.control: each for each in waivers if not each.lapsed(today)}
    lapsed = {each.control: each for each in waivers if each.lapsed(today)}
    return [_waive(finding, valid, lapsed) for finding in findings]


def _waive(finding: Finding, valid: Mapping[str, Waiver], lapsed: Mapping[str, Waiver]) -> Finding:
    control = finding.control
    if finding.state is not State.FAILED or control.level is not Level.DEFAULT:
        return finding
    if waiver := valid.get(control.id):
        message = f"{finding.message} (waived until {waiver.expires}: {waiver.reason})"
        return replace(finding, state=State.WAIVED, message=message)
    if waiver := lapsed.get(control.id):
        return replace(finding, message=f"{finding.message} (its waiver ended on {waiver.expires})")
    return finding
