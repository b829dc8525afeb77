"""What a team may say about hardening defaults that do not fit its service."""

from typing import TypedDict

from .. import waivers
from ..reading import Key, Text, groups


class WaiverArgs(TypedDict):
    """A hardening default that does not fit this service, for an auditor to read."""

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
