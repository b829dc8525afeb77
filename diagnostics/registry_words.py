"""How pulls fail, in the words of containerd, Docker's daemon and the ECS agent: shared by the rules about registries."""

import re

from diagnostics.evidence import Evidence
from diagnostics.names import images_of, quoted
from diagnostics.passages import Passage

_PULLING = re.compile(
    r"CannotPull|\bpull(?:ing|ed)?\b|registry auth|failed to resolve ref|httpRead(?:er)?Seeker|failed to copy|/v2/"
    r"|dkr\.ecr|api\.ecr|registry-1\.docker|inspect image|manifest|download failed|layer|image",
    re.IGNORECASE,
)
_HOST = re.compile(
    r"(?<![\w.-])(?P<host>(?:[\w-]+\.)+"
    r"(?:amazonaws\.com(?:\.cn)?|docker\.io|docker\.com|ghcr\.io|quay\.io|gcr\.io|pkg\.dev|azurecr\.io"
    r"|gitlab\.com|mcr\.microsoft\.com|k8s\.io|io|com))(?=[/:\s\"'])"
)
_SECRETS = re.compile(r"\bfrom (?:asm|ssm)\b|secret from|secrets from|secretsmanager:|ssm:", re.IGNORECASE)


def is_pull(passage: Passage) -> bool:
    """Say whether the words are about pulling an image or about the registry's login."""
    return bool(_PULLING.search(passage.text)) and not _SECRETS.search(passage.text)


def host_of(passage: Passage) -> str:
    """Return the registry's host that the words name; "" where they name none."""
    found = _HOST.search(passage.text)
    return found["host"] if found else ""


def is_ecr(text: str) -> bool:
    """Say whether a text is about ECR rather than about another registry."""
    return bool(
        re.search(r"\.ecr(?:-fips)?\.|\becr:|Amazon ECR|ECR(?:ContainerError|: )|ecr registry|starport-layer", text)
    )


def named_image(evidence: Evidence, passage: Passage) -> str:
    """Return the image in words for a sentence: its name where only one is meant."""
    images = images_of(evidence, passage.task)
    mentioned = [image for image in images if image and image in passage.text] or images
    return f"the image {quoted(mentioned[0])}" if len(mentioned) == 1 else "the image"
