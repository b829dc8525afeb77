"""Says what a run came to, in sentences: what serves, the state that things were left in, and what to do next."""

from automation.ending.abort import Step
from automation.ending.abort_states import StepName
from automation.history.keeping import RECORD
from automation.outcome import Outcome, Result, ServiceOutcome
from diagnostics.model import Gap
from diagnostics.names import COMMAND
from diagnostics.serving import Serving


def headline(service: ServiceOutcome, name: str | None = None) -> str:
    """Return one sentence: what became of the service, by its name or a fuller one."""
    proof = service.proof
    name = name or service.name
    match service.result:
        case Result.SERVING if proof:
            again = "; it was deployed again, as it did not serve" if service.deployed_again else ""
            return f"{name} serves {_shown(proof)}{_back_at_zero(service)}{again}{_unchecked(proof)}"
        case Result.NOT_PROVEN if proof and proof.desired == 0:
            return f"{name}: {proof.revision} is applied, and its desired count is 0: nothing is proven"
        case Result.NOT_PROVEN if proof and proof.missing and proof.task_definition:
            return f"{name}: {proof.revision} is applied, and not proven: {'; '.join(proof.missing)}"
        case Result.NOT_PROVEN:
            return f"{name}: applied, and what serves could not be read"
        case Result.NOT_REACHED:
            return f"{name}: not touched: the update ended before it"
        case _:
            said = [f"{name}: {_stopped(service)}{left(service)}", _first_deployment(service)]
            return "; ".join(filter(None, said))


def notes(service: ServiceOutcome) -> list[str]:
    """Return the state that a failed service was left in, for the notes of its diagnosis."""
    said = []
    said.append(f"{_stopped(service)}{left(service)}")
    if refused := _step(service, StepName.STOP_REFUSED):
        said.append(f"ECS did not stop the deployment: {refused.detail}")
    if first := _first_deployment(service):
        said.append(first)
    if service.evidence_path:
        said.append(f"the evidence is kept in {service.evidence_path}")
    return said


def left(service: ServiceOutcome) -> str:
    """Return what serves after a failure."""
    proof = service.proof
    if service.result is Result.ROLLED_BACK and proof:
        return f"revision {_shown(proof, ' serves again')}{_back_at_zero(service)}"
    if service.result is Result.NOTHING_SERVES and service.rollback_failed:
        return f"the rollback failed too ({service.rollback_failed}), and nothing is proven to serve"
    if service.result is Result.NOTHING_SERVES:
        return _nothing_serves(service)
    missing = f" ({'; '.join(proof.missing)})" if proof and proof.missing else ""
    if service.result is Result.INTERRUPTED and service.deployment_id:
        return f"the deployment {service.deployment_id} was left to ECS, which goes on with it{missing}"
    return f"what serves now could not be proven{missing}"


def _nothing_serves(service: ServiceOutcome) -> str:
    proof = service.proof
    if service.at_zero:
        return "the task that was to prove it is taken back, and nothing serves"
    if proof and proof.missing and proof.missing[0].startswith("the service is "):
        return f"{proof.missing[0]}: nothing serves"
    if service.revision_before is None:
        return "this is its first deployment, so there is nothing to roll back to, and nothing serves yet"
    return "no earlier deployment ever completed, so there is nothing to roll back to, and nothing serves"


def unknown(outcome: Outcome) -> list[str]:
    """Say what could not be read, and so is not told by any diagnosis."""
    return [f"note: not known: {gap.what}: {gap.why}" for gap in untold(outcome)]


def untold(outcome: Outcome) -> list[Gap]:
    """Return the gaps of the run that no diagnosis tells; that of the record is among what is left over."""
    told = {gap for service in outcome.services if service.diagnosis for gap in service.diagnosis.gaps}
    return [gap for gap in outcome.gaps if gap not in told and gap.what != RECORD]


def _step(service: ServiceOutcome, name: StepName) -> Step | None:
    return next((step for step in service.abort if step.name is name), None)


def _stopped(service: ServiceOutcome) -> str:
    asked = service.timing.abort_asked
    if asked is None or not _step(service, StepName.STOP_ASKED):
        return ""
    return f"the deployment was stopped after {asked:.0f} s; "


def _first_deployment(service: ServiceOutcome) -> str:
    """Return what was done with a first deployment that failed: one that nothing was done with is left as it is."""
    if scaled := _step(service, StepName.SCALED_TO_ZERO):
        return f"the service was scaled to zero: {scaled.detail}"
    if refused := _step(service, StepName.NOT_SCALED):
        return f"the service could not be scaled to zero: {refused.detail}"
    kept = service.result is Result.NOTHING_SERVES and not service.rollback_failed and not service.at_zero
    if kept and service.deployment_id:
        return "the service is left as it is, at the count that the program wants; the next `up` deploys it again"
    return ""


def leftovers(outcome: Outcome) -> list[str]:
    """Return what a cut-off or interrupted update left behind, and what to do about it."""
    unrecorded = [f"{gap.what} is not kept everywhere: {gap.why}" for gap in outcome.gaps if gap.what == RECORD]
    if not outcome.pending_operations:
        return unrecorded
    listed = [f"the stack has a pending operation: {operation}" for operation in outcome.pending_operations]
    return [*listed, f"`{COMMAND} repair` puts the state right", *unrecorded]


def _back_at_zero(service: ServiceOutcome) -> str:
    return "; that was for the proof, and the desired count is back at 0" if service.at_zero else ""


def _unchecked(proof: Serving) -> str:
    return f"; not checked: {'; '.join(proof.unchecked)}" if proof.unchecked else ""


def _shown(proof: Serving, verb: str = "") -> str:
    digest = f" ({proof.digest[:19]}…)" if proof.digest else ""
    targets = f", {proof.targets_healthy} of {proof.targets_total} targets healthy" if proof.targets_total else ""
    return f"{proof.revision}{digest}{verb}: {proof.running} of {proof.desired} tasks run{targets}"
