"""What ECS would roll back to can be deployed: its task definition is ACTIVE, its images, secrets and roles are there.

ECS rolls back to the last deployment that completed, and starts its tasks anew. That fails where the revision was
deregistered, its image was deleted from the registry, or a secret or role of it is gone; then a failed deployment takes
the service down.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-definition-state.html,
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-circuit-breaker.html
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from automation.preflight.counts import deploys
from automation.preflight.model import Finding, not_done, refused, warned
from automation.preflight.reading import PreflightReads
from automation.preflight.revisions import deployments, revisions
from automation.preflight.subject import Subject
from diagnostics.collect_secrets import read_parameters, read_secret, references
from diagnostics.model import Quote
from diagnostics.names import EcrImage, ecr_image, pasted, quoted
from diagnostics.reads import Gaps, ReadError, Shape
from diagnostics.shapes import tail

ID = "rollback-target"
TITLE = "the revision that ECS would roll back to can be deployed"
READS = (
    "`ListServiceDeployments`, `DescribeServiceRevisions`, `DescribeTaskDefinition`, `BatchGetImage`, `DescribeSecret`,"
    " `DescribeParameters`, `GetRole`"
)
FIX = "bring back what the previous revision needs, or deploy a revision that can be rolled back to first"

_WHY = "ECS starts the previous revision's tasks anew when it rolls back, and they would not start"


@dataclass(frozen=True)
class _Target:
    """The revision that would serve again."""

    definition: Shape
    digests: tuple[tuple[str, str], ...] = field(default=())
    """Pairs of an image's reference and the digest that was recorded for it."""

    @property
    def name(self) -> str:
        return tail(self.definition["taskDefinitionArn"])


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Look at the last deployment that completed, and at what its revision needs."""
    if subject.live is None or not deploys(subject):
        return
    target = _target(subject, reads, subject.live)
    if target is None:
        yield warned(
            "no earlier deployment of the service completed, so there is nothing to roll back to",
            "have the first deployment succeed, or expect exit code 5 where it fails",
            why="ECS rolls back to the last deployment that completed",
        )
        return
    status = target.definition.get("status")
    if status != "ACTIVE":
        yield refused(
            f"the previous revision {quoted(target.name)} is {status}",
            "register it anew and deploy that first, and keep earlier revisions (`skipDestroy` of the task definition)",
            why="ECS takes no revision that is not ACTIVE for a service",
        )
    yield from _images(target, reads)
    yield from _secrets(target, reads)
    yield from _roles(target, reads)


def _target(subject: Subject, reads: PreflightReads, live: Shape) -> _Target | None:
    completed = deployments(subject, reads, "SUCCESSFUL")
    recorded = revisions(reads, [each["targetServiceRevisionArn"] for each in completed[:1]])
    if recorded:
        images = recorded[0].get("containerImages", [])
        digests = tuple((each.get("image", ""), each.get("imageDigest", "")) for each in images)
        return _Target(_definition(subject, reads, recorded[0]["taskDefinition"]), digests)
    # ECS keeps deployments for 90 days; what is COMPLETED since then is the target all the same.
    done = [each for each in live["deployments"] if each.get("rolloutState") == "COMPLETED"]
    return _Target(_definition(subject, reads, done[0]["taskDefinition"])) if done else None


def _definition(subject: Subject, reads: PreflightReads, arn: str) -> Shape:
    if subject.live_definition and subject.live_definition.get("taskDefinitionArn") == arn:
        return subject.live_definition
    found: Shape = reads.ask("ecs", "describe_task_definition", taskDefinition=arn)["taskDefinition"]
    return found


def _images(target: _Target, reads: PreflightReads) -> Iterator[Finding]:
    for reference, digest in target.digests:
        place = ecr_image(reference)
        words = _why_gone(place, digest, reads) if place and digest else ""
        if place and words:
            yield refused(
                f"the image of the previous revision {quoted(target.name)} is gone: {quoted(f'{reference}@{digest}')}",
                "push that image again, and have the repository's lifecycle policy keep what is deployed:\n"
                + place.list_tags_command(),
                why=_WHY,
                evidence=[Quote("BatchGetImage", words)],
            )


def _why_gone(place: EcrImage, digest: str, reads: PreflightReads) -> str:
    """Return ECR's words where it does not have the image any more; "" where it has it."""
    try:
        answer = reads.surroundings.batch_get_image(
            place.account, place.region, place.repository, {"imageDigest": digest}
        )
    except ReadError as refusal:
        if refusal.answer.code != "RepositoryNotFoundException":
            raise
        return refusal.answer.message
    failures: list[Shape] = [each for each in answer.get("failures", []) if each.get("failureCode") == "ImageNotFound"]
    return str(failures[0].get("failureReason") or "ImageNotFound") if failures else ""


def _secrets(target: _Target, reads: PreflightReads) -> Iterator[Finding]:
    named = list(dict.fromkeys(references(target.definition)))
    secrets = [each for each in named if ":secretsmanager:" in each]
    gaps: Gaps = []
    found = [read_secret(reads.surroundings, each, gaps) for each in secrets]
    if others := [each for each in named if each not in secrets]:
        found += read_parameters(reads.surroundings, others, gaps)
    for each in found:
        gone = (each.get("secret") or {}).get("DeletedDate")
        if each["exists"] is False or gone:
            yield refused(
                f"the previous revision {quoted(target.name)} needs the secret {quoted(each['valueFrom'])}, which"
                f" {'is marked for deletion' if gone else 'does not exist'}",
                "restore it:\naws secretsmanager restore-secret --secret-id " + pasted(each["valueFrom"])
                if gone
                else "make it again until the new revision has proven itself",
                why=_WHY,
            )
    for what, answer in gaps:
        yield not_done(f"{what} could not be read", evidence=[Quote(answer.operation, str(answer))])


def _roles(target: _Target, reads: PreflightReads) -> Iterator[Finding]:
    for key in ("executionRoleArn", "taskRoleArn"):
        arn = target.definition.get(key)
        if not arn:
            continue
        try:
            reads.surroundings.get_role(tail(arn))
        except ReadError as refusal:
            if refusal.answer.code != "NoSuchEntity":
                yield not_done(f"the role {quoted(tail(arn))} could not be read", evidence=[_quote(refusal)])
                continue
            yield refused(
                f"the previous revision {quoted(target.name)} has the {key} {quoted(arn)}, which does not exist",
                "make the role again until the new revision has proven itself",
                why=_WHY,
            )


def _quote(refusal: ReadError) -> Quote:
    return Quote(refusal.answer.operation, f"{refusal.answer.code}: {refusal.answer.message}")
