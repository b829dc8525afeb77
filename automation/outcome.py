"""What a run came to, as a value: the exit code, and each service with its diagnosis, abort, proof and times."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Any

from automation.aws.account import in_full
from automation.ending.abort import Step
from automation.preflight.model import Report
from diagnostics.model import Diagnosis, Gap
from diagnostics.serving import Serving


class ExitCode(IntEnum):
    """How a command ended, as `docs/architecture.md` lists them."""

    PROVEN = 0
    ERROR = 1
    USAGE = 2
    REFUSED = 3
    ROLLED_BACK = 4
    NOTHING_SERVES = 5
    INTERRUPTED = 6
    OUT_OF_TIME = 7
    NOT_PROVEN = 8


_FIRST_THAT_APPLIES = (
    ExitCode.INTERRUPTED,
    ExitCode.NOTHING_SERVES,
    ExitCode.OUT_OF_TIME,
    ExitCode.ROLLED_BACK,
    ExitCode.ERROR,
    ExitCode.NOT_PROVEN,
    ExitCode.PROVEN,
)


class Result(StrEnum):
    """What became of one service."""

    SERVING = "serving"
    """The revision that was asked for serves, proven."""
    ROLLED_BACK = "rolled-back"
    """It failed, and the previous revision serves, proven."""
    NOTHING_SERVES = "nothing-serves"
    """It failed, and there is nothing healthy to fall back to."""
    NOT_PROVEN = "not-proven"
    """Applied; what serves could not be read, or nothing is wanted (desired count 0)."""
    OUT_OF_TIME = "out-of-time"
    """It did not end in time, or failed and what serves could not be proven."""
    INTERRUPTED = "interrupted"
    """A person interrupted the run."""
    NOT_REACHED = "not-reached"
    """The update ended before this service was touched."""


_EXIT_CODE = {
    Result.SERVING: ExitCode.PROVEN,
    Result.ROLLED_BACK: ExitCode.ROLLED_BACK,
    Result.NOTHING_SERVES: ExitCode.NOTHING_SERVES,
    Result.NOT_PROVEN: ExitCode.NOT_PROVEN,
    Result.OUT_OF_TIME: ExitCode.OUT_OF_TIME,
    Result.INTERRUPTED: ExitCode.INTERRUPTED,
    Result.NOT_REACHED: ExitCode.ERROR,
}


@dataclass(frozen=True)
class Timing:
    """When things were first true, in seconds of ECS's clock since the deployment was created; None: never."""

    first_evidence: float | None = None
    explained: float | None = None
    abort_asked: float | None = None
    previous_serves: float | None = None

    def to_document(self) -> dict[str, float | None]:
        """Return the times as `outcome/1` writes them."""
        return {
            "first_evidence": self.first_evidence,
            "explained": self.explained,
            "abort_asked": self.abort_asked,
            "previous_serves": self.previous_serves,
        }


@dataclass(frozen=True)
class ServiceOutcome:
    """One service of the stack: what was, what is, and why."""

    cluster: str
    name: str
    result: Result
    revision_before: str | None
    revision_wanted: str | None
    proof: Serving | None
    """The last look at what serves, and what was missing; None where nobody could look."""
    deployment_id: str | None = None
    service_deployment_arn: str | None = None
    diagnosis: Diagnosis | None = None
    deployment_created_at: datetime | None = None
    abort: tuple[Step, ...] = ()
    """What was done with the service to end or mend its deployment, each step with its time."""
    rollback_failed: str | None = None
    """Why ECS could not go back to an earlier deployment that had completed."""
    timing: Timing = field(default_factory=Timing)
    evidence_path: str | None = None
    urn: str | None = None
    """Which resource of the stack it is."""
    region: str | None = None
    """None where it was left to the environment."""
    account: str | None = None
    """The account that its ARNs name."""
    deployed_again: bool = False
    """Whether this run asked ECS for the deployment by itself, as the update had changed nothing."""
    at_zero: bool = False
    """Whether the proof, or the failure, is that of a task which ran for a while only."""

    def to_document(self) -> dict[str, Any]:
        """Return the service as `outcome/1` writes it."""
        proof = self.proof
        return {
            "cluster": self.cluster,
            "name": self.name,
            "urn": self.urn,
            "region": self.region,
            "account": self.account,
            "result": self.result.value,
            "revision_before": self.revision_before,
            "revision_wanted": self.revision_wanted,
            "revision_after": proof.task_definition if proof else None,
            "digest": proof.digest if proof else None,
            "deployment_id": self.deployment_id,
            "service_deployment_arn": self.service_deployment_arn,
            "counts": _counts(proof),
            "targets": {"healthy": proof.targets_healthy, "total": proof.targets_total} if proof else None,
            "diagnosis": self.diagnosis.to_document() if self.diagnosis else None,
            "abort": [_step(step, self.deployment_created_at) for step in self.abort],
            "rollback_failed": self.rollback_failed,
            "proof": _proof(proof),
            "deployed_again": self.deployed_again,
            "timing": self.timing.to_document(),
            "evidence": self.evidence_path,
        }


def _step(step: Step, created: datetime | None) -> dict[str, Any]:
    return {
        "step": step.name.value,
        "at": step.at.isoformat(),
        "seconds": (step.at - created).total_seconds() if created else None,
        "detail": step.detail,
    }


def _proof(proof: Serving | None) -> dict[str, Any] | None:
    if proof is None:
        return None
    return {
        "proven": proof.proven,
        "missing": list(proof.missing),
        "deployment_id": proof.deployment_id,
        "rollout_state": proof.rollout_state,
        "alarms": list(proof.alarms_checked),
        "unchecked": list(proof.unchecked),
    }


def _counts(proof: Serving | None) -> dict[str, int] | None:
    return {"desired": proof.desired, "running": proof.running} if proof else None


@dataclass(frozen=True)
class Outcome:
    """What a run of `up` came to: `outcome/1` as a value."""

    stack: str
    services: tuple[ServiceOutcome, ...]
    update_error: str | None = None
    """The engine's own error, where it ended with one."""
    refused_arguments: str | None = None
    """The program's own sentence about arguments that it refuses, where it ended with one."""
    pending_operations: tuple[str, ...] = ()
    """What a cut-off update left in the state: `creating urn:…`."""
    interrupted: bool = False
    steps: tuple[Step, ...] = ()
    """What concerns the whole run: interrupts and their answers, restored counts, repairs."""
    api_calls: Mapping[str, int] = field(default_factory=dict)
    gaps: tuple[Gap, ...] = ()
    preflight: Report | None = None
    """What was checked before anything was touched; None where that was left out."""

    @property
    def exit_code(self) -> ExitCode:
        """3 where the preflight refused, else the first of 6, 5, 7, 4, 1, 8, 0 of any service or the update itself."""
        if self.refused_arguments:
            return ExitCode.USAGE
        if self.preflight and self.preflight.refused:
            return ExitCode.REFUSED
        codes = {exit_code_of(service.result for service in self.services)}
        if self.interrupted:
            codes.add(ExitCode.INTERRUPTED)
        if self.update_error:
            codes.add(ExitCode.ERROR)
        return _first(codes)

    def name_of(self, service: ServiceOutcome) -> str:
        """Return a service's name; with its place too where another one has the same."""
        alike = [each for each in self.services if each.name == service.name]
        return service.name if len(alike) <= 1 else in_full(service.name, service.region, service.account)

    @property
    def diagnosis(self) -> Diagnosis | None:
        """The diagnosis of the first service that failed, or None."""
        failed = [s for s in self.services if s.result not in {Result.SERVING, Result.NOT_PROVEN}]
        return next((service.diagnosis for service in failed if service.diagnosis), None)

    def to_document(self) -> dict[str, Any]:
        """Return the outcome as the JSON object of `automation/schemas/outcome-1.json`."""
        return {
            "schema": "outcome/1",
            "exit_code": int(self.exit_code),
            "stack": self.stack,
            "services": [service.to_document() for service in self.services],
            "diagnosis": self.diagnosis.to_document() if self.diagnosis else None,
            "update_error": self.update_error or self.refused_arguments,
            "pending_operations": list(self.pending_operations),
            "steps": [_step(step, None) for step in self.steps],
            "api_calls": dict(sorted(self.api_calls.items())),
            "gaps": [gap.to_document() for gap in self.gaps],
            "preflight": self.preflight.to_document() if self.preflight else None,
        }


def exit_code_of(results: Iterable[Result]) -> ExitCode:
    """Return the first of 6, 5, 7, 4, 1, 8, 0 that applies to any of several services."""
    return _first(_EXIT_CODE[result] for result in results)


def _first(codes: Iterable[ExitCode]) -> ExitCode:
    found = set(codes)
    return next((code for code in _FIRST_THAT_APPLIES if code in found), ExitCode.PROVEN)
