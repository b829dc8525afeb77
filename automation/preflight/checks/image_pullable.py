"""The execution role may pull the images from ECR."""

import json
from collections.abc import Iterator

from automation.preflight.checks.asking import NamedImage, hides, images, unseen
from automation.preflight.model import Finding, not_done, refused
from automation.preflight.plan import Hidden
from automation.preflight.reading import PreflightReads, said
from automation.preflight.roles import (
    EXECUTION,
    Document,
    TaskRole,
    granted,
    known_of,
    parsed,
    task_role,
)
from automation.preflight.subject import Subject
from diagnostics.model import Quote
from diagnostics.names import EcrImage, quoted
from diagnostics.policies import ALLOWED, EXPLICIT_DENY
from diagnostics.reads import Answer, ReadError

ID = "image-pullable"
TITLE = "the execution role may pull the images from ECR"
READS = "`GetRole` and the role's policies, `GetRepositoryPolicy`; the planned policies"
FIX = "let the execution role pull from the repository"

_TOKEN = "ecr:GetAuthorizationToken"  # noqa: S105 - an action of IAM
_PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What a pull needs.

Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_execution_IAM_role.html
"""


def run(subject: Subject, reads: PreflightReads) -> Iterator[Finding]:
    """Evaluate the role's policies, as they are and as the update changes them, and the repositories' own."""
    yield from unseen(subject)
    in_ecr = [image for image in images(subject) if image.place]
    role = task_role(subject, EXECUTION, reads) if in_ecr and subject.fargate else None
    if isinstance(role, Hidden):
        yield hides("the execution role", role)
    if not isinstance(role, TaskRole) or not role.exists:
        return
    decision = role.decision(_TOKEN, "*", known_of(subject, role))
    if decision is None:
        yield _open(role, _TOKEN)
    elif decision != ALLOWED:
        yield _refused(role, _TOKEN, "*", in_ecr[0])
    for place in dict.fromkeys(image.place for image in in_ecr if image.place):
        image = next(image for image in in_ecr if image.place == place)
        yield from _judge(subject, role, image, place, reads)


def _judge(
    subject: Subject, role: TaskRole, image: NamedImage, place: EcrImage, reads: PreflightReads
) -> Iterator[Finding]:
    known = known_of(subject, role)
    arn = f"arn:{subject.partition}:ecr:{place.region}:{place.account}:repository/{place.repository}"
    policy, unread = _policy(place, reads)
    for action in _PULL:
        own = role.decision(action, arn, known)
        # A repository's policy has no resource: it is about the repository that it is attached to.
        whole = policy and {**policy, "Statement": [{"Resource": "*", **each} for each in policy.get("Statement", [])]}
        theirs = granted(whole, action, arn, role, known)
        if EXPLICIT_DENY in {own, theirs}:
            yield _refused(role, action, arn, image)
        elif unread:
            yield _open(role, action, Quote(unread.operation, said(unread)))
        elif ALLOWED in {own, theirs}:
            continue
        elif own is None or theirs is None:
            yield _open(role, action)
        else:
            yield _refused(role, action, arn, image)


def _policy(place: EcrImage, reads: PreflightReads) -> tuple[Document | None, Answer | None]:
    """Return a repository's own policy, or why it could not be read: it may deny what the role's own allow."""
    try:
        answer = reads.ask(
            "ecr",
            "get_repository_policy",
            region=place.region,
            registryId=place.account,
            repositoryName=place.repository,
        )
    except ReadError as refusal:
        absent = {"RepositoryPolicyNotFoundException", "RepositoryNotFoundException"}
        return None, None if refusal.answer.code in absent else refusal.answer
    return parsed(answer.get("policyText")), None


def _open(role: TaskRole, action: str, *evidence: Quote) -> Finding:
    what = f"whether the execution role {quoted(role.name)} may do `{action}` does not follow from what is seen"
    return not_done(what, evidence=evidence)


def _refused(role: TaskRole, action: str, resource: str, image: NamedImage) -> Finding:
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return refused(
        f"the execution role {quoted(role.name)} may not pull {quoted(image.reference)} (`{action}`)",
        f"add to the role's policy: `{json.dumps(statement)}`, and remove what denies it, if anything does",
        why="ECS pulls the image with the execution role before the container starts",
    )
