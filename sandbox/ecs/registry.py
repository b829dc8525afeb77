"""Whether a task may and can pull its images: ECR's authorization, repositories and their policies, the way there.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
https://docs.aws.amazon.com/AmazonECR/latest/userguide/repository-policies.html
The words: transcript 26118325742 (survey 2026-11-20); issue 114 of aws-samples/bedrock-access-gateway (403); a stopped
task's reason that an account of me-central-1 published in 2026 (authorization without a network).
"""

import re
from dataclasses import dataclass
from typing import Any

from sandbox.ecs.execution import Execution, Problem
from sandbox.ecs.iam import parse

_REFERENCE = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_FAILED = "ResourceInitializationError: unable to pull secrets or registry auth:"
_HUB = "registry-1.docker.io"


@dataclass(frozen=True)
class Reference:
    """An image of ECR by its parts."""

    account: str
    region: str
    repository: str
    tag: str | None
    digest: str | None

    @property
    def host(self) -> str:
        """The registry's host."""
        return f"{self.account}.dkr.ecr.{self.region}.amazonaws.com"

    @property
    def arn(self) -> str:
        """The ARN of the repository."""
        return f"arn:aws:ecr:{self.region}:{self.account}:repository/{self.repository}"

    @property
    def url(self) -> str:
        """What is asked for first."""
        what = f"blobs/{self.digest}" if self.digest else f"manifests/{self.tag or 'latest'}"
        return f"https://{self.host}/v2/{self.repository}/{what}"

    def stored(self) -> Any | None:
        """Return moto's repository."""
        from moto.ecr.models import ecr_backends

        return ecr_backends[self.account][self.region].repositories.get(self.repository)

    def image(self) -> Any | None:
        """Return moto's image by its digest, or by its tag where there is none; None where there is no such image."""
        repository = self.stored()
        for image in repository.images if repository else ():
            if self.digest == image.image_digest or (not self.digest and (self.tag or "latest") in image.image_tags):
                return image
        return None


def parse_reference(image: str) -> Reference | None:
    """Return the parts of an image of ECR; None for one of another registry."""
    parts = _REFERENCE.fullmatch(image)
    return Reference(**parts.groupdict()) if parts else None


def authorization_problem(task: Execution, images: list[str]) -> Problem | None:
    """Return why the task gets no token for ECR; None where it does, or needs none."""
    if not any(parse_reference(image) for image in images):
        return None
    host = f"api.ecr.{task.region}.amazonaws.com"
    way = task.way("ecr.api", task.region, host)
    if not way.open:
        return Problem(
            f"{_FAILED} The task cannot pull registry auth from Amazon ECR: There is a connection issue between the "
            "task and Amazon ECR. Check your task network configuration. operation error ECR: GetAuthorizationToken, "
            "exceeded maximum number of attempts, 3, https response error StatusCode: 0, RequestID: , request send "
            f'failed, Post "https://{host}/": dial tcp {way.address}:443: i/o timeout',
            "registry_timeout",
        )
    denied = task.denied("ecr:GetAuthorizationToken", "*")
    if denied is None:
        return None
    return Problem(
        f"{_FAILED} execution resource retrieval failed: unable to retrieve ecr registry auth: service call has been "
        "retried 1 time(s): operation error ECR: GetAuthorizationToken, https response error StatusCode: 400, "
        f"RequestID: {task.request_id()}, api error AccessDeniedException: {denied}"
    )


def pull_problem(task: Execution, image: str) -> Problem | None:
    """Return why an image cannot be asked for, or its layers not be loaded; None where nothing is in the way."""
    reference = parse_reference(image)
    if reference is None:
        return _public(task, image)
    way = task.way("ecr.dkr", reference.region, reference.host)
    if not way.open:
        return _timed_out(image, reference.url, way.address)
    if _forbidden(task, reference, "ecr:BatchGetImage"):
        return Problem(
            "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to resolve ref "
            f"{image}: unexpected status from HEAD request to {reference.url}: 403 Forbidden",
            "pull_refused",
        )
    return _layers(task, image, reference)


def _layers(task: Execution, image: str, reference: Reference) -> Problem | None:
    stored = reference.image()
    if stored is None:
        return None
    if _forbidden(task, reference, "ecr:GetDownloadUrlForLayer"):
        url = f"https://{reference.host}/v2/{reference.repository}/blobs/{stored.image_digest}"
        return Problem(
            "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed "
            f"open: unexpected status code {url}: 403 Forbidden",
            "pull_refused",
        )
    # ECR sends whoever pulls to S3 for the layers.
    host = f"prod-{reference.region}-starport-layer-bucket.s3.{reference.region}.amazonaws.com"
    way = task.way("s3", reference.region, host)
    # https://docs.aws.amazon.com/AmazonECR/latest/userguide/vpc-endpoints.html: what an S3 endpoint has to allow.
    bucket = f"arn:aws:s3:::prod-{reference.region}-starport-layer-bucket/*"
    if way.open and task.passes("s3:GetObject", bucket):
        return None
    if way.open:
        return Problem(
            "CannotPullContainerError: ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed "
            f"open: unexpected status code https://{host}/{stored.image_digest}: 403 Forbidden",
            "pull_refused",
        )
    return Problem(
        f"CannotPullContainerError: The task cannot pull {image} from the registry {image}. There is a connection "
        "issue between the task and the registry. Check your task network configuration. : failed to copy: "
        f"httpReadSeeker: failed open: failed to do request: Get {image}: dial tcp {way.address}:443: i/o timeout",
        "layer_timeout",
    )


def _public(task: Execution, image: str) -> Problem | None:
    first, slash, rest = image.partition("/")
    is_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    host = first.partition(":")[0] if is_host else _HUB
    name, _, tag = (rest if is_host else image).partition(":")
    path = name if is_host or "/" in name else f"library/{name}"
    way = task.network.way(task.interface, host)
    url = f"https://{host}/v2/{path}/manifests/{tag or 'latest'}"
    state = task.hosts.state(host)
    if not way.open or state == "unreachable":
        return _timed_out(image, url, way.address)
    if answer := _ANSWERS.get(state or "up"):
        words = answer.format(ref=_qualified(image, is_host=is_host), url=url, address=way.address)
        return Problem(f"CannotPullContainerError: {words}", "pull_refused")
    return None


# 429: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html; credentials: transcript
# 53490583132, survey 2026-11-20. The other two are containerd's words for these answers in the same frame.
_ANSWERS = {
    "down": (
        "pull image manifest has been retried 5 time(s): failed to resolve ref {ref}: failed to do request: "
        'Head "{url}": dial tcp {address}:443: connect: connection refused'
    ),
    "refusing-login": (
        "pull image manifest has been retried 1 time(s): failed to resolve ref {ref}: pull access denied, repository "
        "does not exist or may require authorization: server message: insufficient_scope: authorization failed"
    ),
    "limiting": (
        "ref pull has been retried 1 time(s): failed to copy: httpReadSeeker: failed open: unexpected status code "
        "{url}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your pull rate limit. "
        "You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit"
    ),
    "failing": (
        "pull image manifest has been retried 5 time(s): failed to resolve ref {ref}: unexpected status from HEAD "
        "request to {url}: 503 Service Unavailable"
    ),
}
"""What becomes of a pull by the state of a registry that is not ECR."""


def _qualified(image: str, *, is_host: bool) -> str:
    """Return the name as containerd has it: with Docker Hub's host and its library."""
    return image if is_host else f"docker.io/{image if '/' in image else f'library/{image}'}"


def _timed_out(image: str, url: str, address: str) -> Problem:
    reason = (
        "CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref "
        f'{image}: failed to do request: Head "{url}": dial tcp {address}:443: i/o timeout'
    )
    return Problem(reason, "pull_timeout")


def _forbidden(task: Execution, reference: Reference, action: str) -> bool:
    repository = reference.stored()
    policy = parse(repository.policy) if repository is not None and repository.policy else None
    return task.denied(action, reference.arn, policy=policy, owner=reference.account) is not None
