"""Says what a run came to, in sentences: what serves, the state that things were left in, and what to do next."""

from automation.abort import StepName
from automation.outcome import Outcome, Result, ServiceOutcome
from diagnostics.serving import Serving


def headline(service: ServiceOutcome) -> str:
    """Return one sentence: what became of the service."""
    proof = service.proof
    match service.result:
        case Result.SERVING if proof:
            again = "; it was deployed again, as it did not serve" if service.deployed_again else ""
            return f"{service.name} serves {_shown(proof)}{_back_at_zero(service)}{again}{_unchecked(proof)}"
        case Result.NOT_PROVEN if proof and proof.desired == 0:
            return f"{service.name}: {proof.revision} is applied, and its desired count is 0: nothing is proven"
        case Result.NOT_PROVEN:
            missing = "; ".join(proof.missing) if proof and proof.task_definition else "what serves could not be read"
            return f"{service.name}: applied, and not proven: {missing}"
        case _:
            return f"{service.name}: {left(service)}"


def notes(service: ServiceOutcome) -> list[str]:
    """Return the state that a failed service was left in, for the notes of its diagnosis."""
    said = []
    stopped = next((step for step in service.abort if step.name is StepName.STOP_ASKED), None)
    refused = next((step for step in service.abort if step.name is StepName.STOP_REFUSED), None)
    asked = service.timing.abort_asked
    if stopped and asked is not None:
        said.append(f"the deployment was stopped after {asked:.0f} s; {left(service)}")
    else:
        said.append(left(service))
    if refused:
        said.append(f"ECS refused to stop the deployment: {refused.detail}")
    if service.evidence_path:
        said.append(f"the evidence is kept in {service.evidence_path}")
    return said


def left(service: ServiceOutcome) -> str:
    """Return what serves after a failure."""
    proof = service.proof
    if service.result is Result.ROLLED_BACK and proof:
        return f"revision {_shown(proof, ' serves again')}{_back_at_zero(service)}"
    if service.result is Result.NOTHING_SERVES:
        return _nothing_serves(service)
    missing = f" ({'; '.join(proof.missing)})" if proof and proof.missing else ""
    if service.result is Result.INTERRUPTED and service.deployment_id:
        return f"the deployment {service.deployment_id} was left to ECS{missing}"
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


def leftovers(outcome: Outcome) -> list[str]:
    """Return what a cut-off or interrupted update left behind, and what to do about it."""
    if not outcome.pending_operations:
        return []
    listed = [f"the stack has a pending operation: {operation}" for operation in outcome.pending_operations]
    return [*listed, "run `pulumi refresh` on the stack before the next update"]


def _back_at_zero(service: ServiceOutcome) -> str:
    return "; that was for the proof, and the desired count is back at 0" if service.at_zero else ""


def _unchecked(proof: Serving) -> str:
    return f"; not checked: {'; '.join(proof.unchecked)}" if proof.unchecked else ""


def _shown(proof: Serving, verb: str = "") -> str:
    digest = f" ({proof.digest[:19]}…)" if proof.digest else ""
    targets = f", {proof.targets_healthy} of {proof.targets_total} targets healthy" if proof.targets_total else ""
    return f"{proof.revision}{digest}{verb}: {proof.running} of {proof.desired} tasks run{targets}"
