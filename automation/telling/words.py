"""What a failure is called that no rule of the diagnosis knows, for neither ECS nor a task is its cause."""

from dataclasses import replace

from diagnostics.evidence import Deployment
from diagnostics.model import Diagnosis, Quote, Verdict
from diagnostics.names import COMMAND
from diagnostics.shapes import tail


def provider_said(service: str, text: str, seen: Diagnosis | None) -> Diagnosis:
    """Return the provider's own error as the explanation, with the evidence of what was `seen`."""
    known = seen or Diagnosis(Verdict.UNKNOWN, "", "", "")
    return replace(
        known,
        what=f"the service `{service}` could not be deployed",
        why="no rule knows this failure; the provider ended the operation with an error",
        fix="read the provider's words above",
        evidence=(Quote("the provider's error", text), *known.evidence),
    )


def taken_over(service: str, by: Deployment) -> Diagnosis:
    """Return that another deployment is in the place of this update's."""
    began = f", which began at {by.created_at:%H:%M:%S} UTC" if by.created_at else ""
    return Diagnosis(
        Verdict.UNKNOWN,
        what=f"another deployment of `{service}` took the place of this update's",
        why=f"`{by.id}` of revision `{tail(by.task_definition)}`{began}, is not this update's, and is left alone",
        fix="find who began it, and deploy again when that is settled:\n\n"
        "    aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=UpdateService",
    )


def deleted(service: str) -> Diagnosis:
    """Return that the service is not there any more."""
    return Diagnosis(
        Verdict.UNKNOWN,
        what=f"the service `{service}` was deleted, and not by this update",
        why="ECS starts no tasks of a service that is DRAINING or INACTIVE",
        fix="find who deleted it, and run `up` again, which makes it anew:\n\n"
        "    aws cloudtrail lookup-events --lookup-attributes AttributeKey=EventName,AttributeValue=DeleteService",
    )


def rolled_back_unseen(service: str, cluster: str, wanted: str | None) -> Diagnosis:
    """Return that ECS went back while nobody could see it."""
    revision = f"`{tail(wanted)}`" if wanted else "the new revision"
    return Diagnosis(
        Verdict.UNKNOWN,
        what=f"ECS does not have {revision} of `{service}` in place any more",
        why="the update deployed it, and ECS went back to an earlier one before the watch saw the deployment",
        fix=f"see why:\n\n    {COMMAND} explain --cluster {tail(cluster)} --service {service} --last-failed",
    )
