"""What a team may say about hardening defaults that do not fit its service, repository or cluster."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, TypedDict

from .. import waivers
from ..reading import Key, Report, Text, groups


class WaiverArgs(TypedDict):
    """A hardening default that does not fit here, for an auditor to read."""

    control: str
    """The control's id, such as `DEP-10`; only those of the class `default` can be waived."""
    reason: str
    """Why it does not fit."""
    expires: str
    """The last day on which the waiver holds, `YYYY-MM-DD`; after it the component refuses the waiver."""


WAIVERS = groups(
    {
        "control": Key(Text(check=waivers.check_control, plain=True), required=True),
        "reason": Key(Text(check=waivers.check_reason, plain=True), required=True),
        "expires": Key(Text(check=waivers.check_expires, plain=True), required=True),
    },
    waivers.waiver,
)


def today() -> date:
    """Return the day that decides which waivers have ended: in UTC."""
    return datetime.now(UTC).date()


def report(component: str, name: str, args: object, day: date) -> Report:
    """Return an empty report, in which the waivers among the arguments let pass what they may."""
    given = args.get("waivers") if isinstance(args, Mapping) else None
    return Report(component, name, waivers.lifted(given, day))


def check_days(values: Mapping[str, Any], day: date, problems: Report) -> None:
    """Refuse waivers whose last day is over."""
    for place, waiver in enumerate(values["waivers"] or []):
        if waiver and waiver["expires"]:
            problems.add(f"waivers[{place}].expires", waivers.check_still_valid(waiver["expires"], day))


def shown(given: Sequence[waivers.Waiver]) -> list[dict[str, str]]:
    """Return waivers as an output for an auditor; `audit --waivers` reads them so."""
    return [{"control": each.control, "reason": each.reason, "expires": str(each.expires)} for each in given]
