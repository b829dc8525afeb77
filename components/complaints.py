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
        control = f" [{self.complaint.control}]" if self.complaint.control else ""
        return f"  --> {self.path or 'args'}: {self.complaint.what}{control}\n      help: {self.complaint.instead}"
