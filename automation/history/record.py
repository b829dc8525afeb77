"""One record a run, `history/1`: each service's deployment, revision, digest and outcome, the commit and the actor."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeVar

from automation.outcome import Outcome, Result, ServiceOutcome
from diagnostics.redact import redact_text
from diagnostics.shapes import tail

SCHEMA = "history/1"
Path = tuple[str | int, ...]
"""Where in the configuration a value is: its key, then names of maps' entries and positions in lists."""
_LONGEST_ERROR = 2000


class RecordError(Exception):
    """A document is no record that this version can read: says why."""


@dataclass(frozen=True)
class Commit:
    """The state of the program's repository when the run began."""

    sha: str
    dirty: bool | None
    """Whether files differed from the commit, the stack's settings aside; None where only CI's word was there."""
    branch: str | None = None
    directory: str | None = None
    """The project's folder in the repository, `.` for its root; None where only CI's word was there."""


@dataclass(frozen=True)
class Actor:
    """Who ran it: whom AWS took the caller for, and whom the CI system names."""

    caller: str | None = None
    """ARN of the caller, from sts:GetCallerIdentity."""
    ci: str | None = None
    """The CI system: `github-actions`."""
    user: str | None = None
    """The CI system's name of the person."""
    url: str | None = None
    """The CI run's page."""


@dataclass(frozen=True)
class RolledBack:
    """What a rollback went back to, and how."""

    record: str
    """Id of the record that proves the revision."""
    revision: str
    """Its task definition's ARN."""
    by: str
    """`program`: the program ran again; `service`: ECS deployed the revision itself."""


@dataclass(frozen=True)
class ServiceRecord:
    """One service of the run."""

    cluster: str
    name: str
    result: str
    """As in `outcome/1`."""
    proven: bool
    revision_before: str | None
    revision_wanted: str | None
    revision_after: str | None
    """Task definition ARN of what was PRIMARY in the end."""
    digest: str | None
    deployment_id: str | None
    service_deployment_arn: str | None
    desired: int | None
    running: int | None
    root_cause: str | None
    what: str | None
    """The diagnosis's sentence."""
    timing: Mapping[str, float | None]
    """Seconds of ECS's clock, as in `outcome/1`."""
    evidence: str | None
    """Path of the recording on the machine that ran it."""

    @property
    def served(self) -> bool:
        """Whether what the run asked for was proven to serve."""
        return self.result == Result.SERVING.value and self.proven and self.revision_after is not None

    def is_at(self, cluster: str, name: str) -> bool:
        """Whether it is this service; a cluster is its name or its ARN."""
        return self.name == name and tail(self.cluster) == tail(cluster)


@dataclass(frozen=True)
class Record:
    """One run of `up` or `rollback`."""

    id: str
    """The time of its writing and a random part: later records have greater ids."""
    project: str
    stack: str
    command: str
    exit_code: int
    began_at: datetime
    """On this machine's clock, as is `ended_at`."""
    ended_at: datetime
    services: tuple[ServiceRecord, ...]
    configuration: Mapping[str, Any]
    """The run's configuration without what is secret."""
    absent_configuration: tuple[Path, ...]
    """Where in it a secret was."""
    commit: Commit | None
    actor: Actor
    skipped_checks: tuple[str, ...] = ()
    update_error: str | None = None
    pending_operations: tuple[str, ...] = ()
    rolled_back: RolledBack | None = None
    gaps: tuple[str, ...] = ()

    def to_document(self) -> dict[str, Any]:
        """Return the record as the JSON object of `automation/schemas/history-1.json`."""
        return {
            "schema": SCHEMA,
            "id": self.id,
            "project": self.project,
            "stack": self.stack,
            "command": self.command,
            "exit_code": self.exit_code,
            "began_at": self.began_at.isoformat(),
            "ended_at": self.ended_at.isoformat(),
            "seconds": (self.ended_at - self.began_at).total_seconds(),
            "services": [vars(service) | {"timing": dict(service.timing)} for service in self.services],
            "configuration": dict(self.configuration),
            "absent_configuration": [list(path) for path in self.absent_configuration],
            "commit": vars(self.commit) if self.commit else None,
            "actor": vars(self.actor),
            "skipped_checks": list(self.skipped_checks),
            "update_error": self.update_error,
            "pending_operations": list(self.pending_operations),
            "rolled_back": vars(self.rolled_back) if self.rolled_back else None,
            "gaps": list(self.gaps),
        }


def service_record(service: ServiceOutcome) -> ServiceRecord:
    """Return what a record keeps of a service's outcome."""
    proof, diagnosis = service.proof, service.diagnosis
    return ServiceRecord(
        cluster=service.cluster,
        name=service.name,
        result=service.result.value,
        proven=proof is not None and proof.proven,
        revision_before=service.revision_before,
        revision_wanted=service.revision_wanted,
        revision_after=proof.task_definition if proof else None,
        digest=proof.digest if proof else None,
        deployment_id=service.deployment_id,
        service_deployment_arn=service.service_deployment_arn,
        desired=proof.desired if proof else None,
        running=proof.running if proof else None,
        root_cause=diagnosis.root_cause if diagnosis else None,
        what=redact_text(diagnosis.what) if diagnosis else None,
        timing=service.timing.to_document(),
        evidence=service.evidence_path,
    )


def error_of(outcome: Outcome) -> str | None:
    """Return the engine's error, without credentials and not at any length."""
    said = outcome.refused_arguments or outcome.update_error
    return redact_text(said)[:_LONGEST_ERROR] if said else None


def parse(document: object) -> Record:
    """Return the record that a document is; keys that this version does not know are passed over.

    Raises:
        RecordError: it is none, or of another schema, or something in it is missing or of another type.
    """
    if not isinstance(document, Mapping):
        raise RecordError("it is not a JSON object")
    if document.get("schema") != SCHEMA:
        raise RecordError(f"its schema is {document.get('schema')!r}, not {SCHEMA!r}")
    try:
        return _parse(document)
    except (LookupError, TypeError, ValueError, AttributeError, ArithmeticError) as wrong:
        raise RecordError(f"{type(wrong).__name__}: {wrong}") from wrong


def _parse(document: Mapping[str, Any]) -> Record:
    commit, back = document["commit"], document["rolled_back"]
    return Record(
        id=_text(document["id"]),
        project=_text(document["project"]),
        stack=_text(document["stack"]),
        command=_text(document["command"]),
        exit_code=int(document["exit_code"]),
        began_at=datetime.fromisoformat(document["began_at"]),
        ended_at=datetime.fromisoformat(document["ended_at"]),
        services=tuple(_known(ServiceRecord, each) for each in document["services"]),
        configuration=dict(document["configuration"]),
        absent_configuration=tuple(tuple(path) for path in document["absent_configuration"]),
        commit=_known(Commit, commit) if commit else None,
        actor=_known(Actor, document["actor"]),
        skipped_checks=tuple(document["skipped_checks"]),
        update_error=document["update_error"],
        pending_operations=tuple(document["pending_operations"]),
        rolled_back=_known(RolledBack, back) if back else None,
        gaps=tuple(document["gaps"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not text")
    return value


Made = TypeVar("Made", Commit, Actor, RolledBack, ServiceRecord)


def _known(kind: type[Made], document: Mapping[str, Any]) -> Made:
    names = {each.name for each in fields(kind)}
    return kind(**{name: value for name, value in document.items() if name in names})
