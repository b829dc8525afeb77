"""The gate: whether an update deploys a new revision, of images that stay what they are under their name. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from automation.preflight.checks import image_immutable, image_tag_moved
from automation.preflight.model import Check, Finding, Report, Status
from automation.preflight.plan import Hidden, Plan, PlannedResource
from automation.preflight.subject import DEFINITION_TYPE, subjects
from automation.preflight.values import text
from diagnostics.names import quoted
from diagnostics.shapes import tail

ID = "new-revision"
"""What the gate's own refusal is called, beside those of its checks."""
CHECKS: tuple[Check, ...] = (image_immutable, image_tag_moved)
"""The checks of the preflight that the gate asks for: an image that can change under its name is no revision's own."""


@dataclass(frozen=True)
class Revision:
    """What the update does to the revision of one service."""

    service: str
    new: bool
    """Whether the service gets a task definition that it does not have now."""
    what: str

    def to_document(self) -> dict[str, Any]:
        """Return it as `gate/1` writes it."""
        return {"service": self.service, "new": self.new, "what": self.what}


@dataclass(frozen=True)
class Gate:
    """The gate's answer."""

    revisions: tuple[Revision, ...]
    images: tuple[Finding, ...] = ()
    """The refusals of the gate's checks."""

    @property
    def new_revision(self) -> bool:
        """Whether a service of the stack gets a new revision."""
        return any(each.new for each in self.revisions)

    @property
    def missing(self) -> tuple[Finding, ...]:
        """That no service gets a new revision, as refusals; none where one does."""
        if self.new_revision:
            return ()
        fix = "change the image or the task definition, or leave the gate out where nothing has to be deployed"
        why = "the pipeline asked for a deployment, and this update would end well without one"
        if not self.revisions:
            return (Finding(Status.REFUSED, "the stack has no ECS service", fix, why, check=ID),)
        return tuple(
            Finding(Status.REFUSED, each.what, fix, why, check=ID, subject=each.service) for each in self.revisions
        )

    @property
    def refused(self) -> tuple[Finding, ...]:
        """All that the gate refuses; none where it is passed."""
        return (*self.missing, *self.images)

    @property
    def line(self) -> str:
        """One line: whether the gate is passed, and what comes of each service's revision."""
        said = "; ".join(each.what for each in self.revisions) or "the stack has no ECS service"
        return f"gate: {'refused' if self.refused else 'passed'}: {said}"

    def to_document(self) -> dict[str, Any]:
        """Return the answer as the JSON object of `automation/schemas/gate-1.json`."""
        return {
            "schema": "gate/1",
            "passed": not self.refused,
            "new_revision": self.new_revision,
            "revisions": [each.to_document() for each in self.revisions],
            "refused": [each.to_document() for each in self.refused],
        }


def gate(plan: Plan, report: Report) -> Gate:
    """Return what the gate says to a plan, and to what the preflight found of its images."""
    ids = {check.ID for check in CHECKS}
    images = tuple(each for each in report.refused if each.check in ids)
    return Gate(tuple(_revision(plan, service) for service in subjects(plan)), images)


def _revision(plan: Plan, service: PlannedResource) -> Revision:
    named = service.known("name")
    name = named if isinstance(named, str) else service.name
    wanted, before = service.inputs.get("taskDefinition"), text((service.old_inputs or {}).get("taskDefinition"))
    if service.made:
        return Revision(name, new=True, what=f"the service {quoted(name)} is made")
    if isinstance(wanted, Hidden):
        made = any(each.made for each in _definitions(plan, service))
        now = f" (now {quoted(tail(before))})" if before else ""
        if made:
            return Revision(name, new=True, what=f"a new revision of {quoted(name)} is registered{now}")
        return Revision(name, new=False, what=f"it cannot be seen that {quoted(name)} gets a new revision{now}")
    after = text(wanted)
    if after != before:
        return Revision(
            name, new=True, what=f"{quoted(name)} moves from {quoted(tail(before))} to {quoted(tail(after))}"
        )
    return Revision(name, new=False, what=f"no new revision of {quoted(name)} is deployed: {quoted(tail(after))} stays")


def _definitions(plan: Plan, service: PlannedResource) -> Iterator[PlannedResource]:
    yield from plan.sources(service, "taskDefinition", DEFINITION_TYPE)
