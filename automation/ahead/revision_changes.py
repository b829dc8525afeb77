"""What an update would change of a service's tasks: the planned task definition against the deployed one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from automation.preflight.model import Report
from automation.preflight.plan import Hidden, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.revisions import revisions
from automation.preflight.running import Site
from automation.preflight.subject import Subject, look_at, planned_target
from diagnostics.changes import differences
from diagnostics.checked import EvidenceError, Node
from diagnostics.definition_parts import task_definition
from diagnostics.model import Change
from diagnostics.reads import ReadError, Shape
from diagnostics.redact import credentials_of, redact_text
from diagnostics.shapes import deployment_of_revision, tail


@dataclass(frozen=True)
class ServiceChange:
    """What the update would change of one service's tasks."""

    service: str
    revision: str | None
    """`family:revision` that is deployed now; None where there is none, or it could not be read."""
    changes: tuple[Change, ...] = ()
    """By container and field, old and new; of environment variables and log options the names alone."""
    unseen: str = ""
    """Why nothing is said of it, where that is so."""

    def to_document(self) -> dict[str, Any]:
        """Return it as `preview/1` writes it."""
        return {
            "service": self.service,
            "revision": self.revision,
            "changes": [each.to_document() for each in self.changes],
            "unseen": self.unseen or None,
        }


def service_change(plan: Plan, service: PlannedResource, site: Site, report: Report) -> ServiceChange:
    """Return what changes of a service's tasks: the planned task definition against the one that is deployed now."""
    reads = PreflightReads(site.asks(planned_target(plan, service)))
    subject = look_at(plan, service, reads)
    if subject.gaps or subject.live_definition is None:
        gap = next((f"{what} could not be read: {answer}" for what, answer in subject.gaps), "")
        return ServiceChange(subject.name, None, unseen=gap)
    revision = tail(subject.live_definition["taskDefinitionArn"])
    if isinstance(subject.definition, Hidden) or isinstance(subject.containers, Hidden):
        return ServiceChange(subject.name, revision, unseen="the planned containers are not known before the update")
    deployed = _jsonable(subject.live_definition)
    planned = _planned_document(subject.definition, subject.containers)
    try:
        before, after = task_definition(Node(deployed)), task_definition(Node(planned))
    except EvidenceError as problem:
        return ServiceChange(subject.name, revision, unseen=f"the planned task definition cannot be read: {problem}")
    assert before is not None  # noqa: S101 - neither node is None
    assert after is not None  # noqa: S101
    credentials = credentials_of({"previous_task_definition": deployed, "task_definition": planned})
    found = [*differences(before, after), *_of_digests(subject, reads, report)]
    return ServiceChange(subject.name, revision, tuple(_masked(each, *credentials) for each in found))


def _masked(change: Change, names: Collection[str], values: Collection[str]) -> Change:
    before, after = (each and redact_text(each, names, values) for each in (change.before, change.after))
    return Change(change.path, before, after)


def _planned_document(definition: Mapping[str, Any], containers: Sequence[Mapping[str, Any]]) -> Shape:
    """Return a planned task definition in ECS's shape, with words where a value is hidden."""
    size = definition.get("ephemeralStorage")
    gib = size.get("sizeInGib", size.get("sizeInGiB")) if isinstance(size, Mapping) else None
    given = {**definition, "containerDefinitions": list(containers), "ephemeralStorage": {"sizeInGiB": gib}}
    document: Shape = _shown(given)
    return document


def _shown(value: Any) -> Any:
    match value:
        case Hidden.SECRET:
            return "(secret)"
        case Hidden():
            return "(known after the update)"
        case Mapping():
            return {key: _shown(each) for key, each in value.items()}
        case list() | tuple():
            return [_shown(each) for each in value]
    return value


def _jsonable(definition: Shape) -> Shape:
    return {key: value for key, value in definition.items() if key not in {"registeredAt", "deregisteredAt"}}


def _of_digests(subject: Subject, reads: PreflightReads, report: Report) -> Iterator[Change]:
    """Yield each container's image by digest, where the deployed revision's differs from the planned one's."""
    before = _deployed_digests(subject, reads)
    for each in report.recorded(subject.name):
        if before.get(each.container) != each.digest:
            path = f"containerDefinitions[{each.container}].imageDigest"
            yield Change(path, before.get(each.container), each.digest)


def _deployed_digests(subject: Subject, reads: PreflightReads) -> dict[str, str]:
    live = subject.live or {}
    primary = next((each["id"] for each in live.get("deployments", []) if each.get("status") == "PRIMARY"), None)
    current = [each.get("arn", "") for each in live.get("currentServiceRevisions", [])]
    try:
        found = revisions(reads, [arn for arn in current if deployment_of_revision(arn) == primary])
    except ReadError:
        return {}
    images = [image for revision in found for image in revision.get("containerImages", [])]
    return {each["containerName"]: each["imageDigest"] for each in images if each.get("imageDigest")}
