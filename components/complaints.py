"""What is said about an argument that is not acceptable."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Complaint:
    """What is wrong with a value, and what to write instead; `control` is the id of the hardening control, if any.

    A `waivable` complaint is about that control alone: AWS takes the value, so that a waiver lets it pass.
    """

    what: str
    instead: str
    control: str | None = None
    waivable: bool = False


@dataclass(frozen=True)
class Problem:
    """A complaint about the argument at `path`, such as `target_group.health_check.path`."""

    path: str
    complaint: Complaint

    def __str__(self) -> str:
        said = self.complaint
        control = f" [{said.control}]" if said.control else ""
        waiver = f", or waive {said.control} with a reason in `waivers`" if said.waivable else ""
        return f"  --> {self.path or 'args'}: {said.what}{control}\n      help: {said.instead}{waiver}"
