"""How pulls fail, in the words of containerd, Docker's daemon and the ECS agent: shared by the rules about registries.

Sources: containerd's `core/remotes/docker/{resolver,fetcher,authorizer}.go`, moby's `distribution/{pull_v2,errors}.go`,
the agent's `ecs-agent/api/errors/docker.go` (it puts a sentence about roles and ECR before any refusal, of ECR or not).
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.names import ecr_image, images_of, quoted
from diagnostics.passages import Passage
from diagnostics.said import Wording

UNANSWERED = (
    Wording.of("i/o time"),
    Wording.of("context deadl"),
    Wording.of("request canceled"),
    Wording.of("requestcanceled"),
    Wording.of("send request failed"),
    Wording.of("request send failed"),
    Wording.of("connection issue b"),
    # The SDK's name of a request that was not answered, cut off
    Wording.of("requesterror", r"\bRequestError:?(?: s[a-z ]{0,18})?[.\u2026\s]*\Z"),
    Wording.of("check your task network configuration"),
    Wording.of("tls handshake timeout"),
    Wording.of("no route to host"),
    Wording.of("network is unreachable"),
    Wording.of("connection timed out"),
)
"""Nobody answered: a registry, or another endpoint of AWS."""
_PULLING = re.compile(
    r"CannotPull|\bpull(?:ing)? (?:image|access|command|and unpack|rate|has been)|registry[- ]auth"
    r"|failed to resolve ref"
    r"|httpRead(?:er)?Seeker|failed to copy|/v2/[^\s\"']{0,300}(?:manifests|blobs)/|/v2/\"?:|dkr\.ecr"
    r"|api\.ecr\b|public\.ecr"
    r"|\bECR: |registry-1\.docker|auth\.docker|toomanyrequests|inspect image|error pulling|trying to pull"
    r"|the image pull|received unexpected HTTP status"
    r"|unauthorized: (?:access to the requested|authentication required|incorrect username)"
    r"|download failed|\blayers?\b|\bmanifest\b|pulls stalled|failed to (?:pull|extract|unpack)"
    r"|can[\u2019']?t pull the image"
    r"|failed precondition|to pulled; timed out|unexpected commit digest|from (?:the )?registry|registry endpoint",
    re.IGNORECASE,
)
_NOT_A_PULL = re.compile(
    r"\bfrom (?:asm|ssm)\b|secrets? from|secretsmanager:|\bssm:|asm fetching|logging driver|logger args"
    r"|log stream|env files"
    r"|network namespace"
    r"|C[ao]nnotCreateVolume|task volume|copy file info|\bcni\b|CannotStartContainer|CannotCreateContainer",
    re.IGNORECASE,
)
_OF_THE_AGENT = re.compile(r"Check if image exists and role .{0,200}?permissions to pull images from Amazon ECR\. ?")
"""The agent says so of every `requested access to the resource is denied`, whichever registry it came from."""
_ECR = re.compile(
    r"\.ecr(?:-fips)?\.|\becr(?:-public)?:|Amazon ECR|CannotPullECR|\bECR: |ecr registry|public\.ecr\.|starport-layer",
    re.IGNORECASE,
)
_HOSTS = (
    re.compile(r"https?://(?P<host>[a-z0-9][\w.-]*\.[a-z]{2,}(?::\d+)?)(?=[/\"':\s]|$)", re.IGNORECASE),
    re.compile(r"\bref(?:erence)?:? \"?(?P<host>[a-z0-9][\w-]*(?:\.[\w-]+)+(?::\d+)?)/", re.IGNORECASE),
    re.compile(
        r"(?<![\w.-])(?P<host>[a-z0-9][\w.-]*\.(?:amazonaws\.com(?:\.cn)?|ecr\.aws|docker\.(?:io|com)|ghcr\.io|quay\.io"
        r"|gcr\.io|pkg\.dev|azurecr\.io|gitlab\.com|microsoft\.com|k8s\.io))(?=[/:\s\"'])",
        re.IGNORECASE,
    ),
    re.compile(r"(?<![\w.-])(?P<host>(?:docker|ghcr|quay|gcr)\.io)(?=[/:\s\"'])", re.IGNORECASE),
)
_NO_REGISTRY = re.compile(r"^(?:www\.|docs\.|hub\.docker)", re.IGNORECASE)
_NAMED = re.compile(
    r"(?:failed to resolve ref(?:erence)?|failed to pull image|manifest for|pull access denied for):? \"?"
    r"(?P<image>[^\s\",]{3,300})",
    re.IGNORECASE,
)
_OF_DOCKER_HUB = re.compile(r"pull access denied for (?:[\w-]+/)?[\w.-]+(?=[,:\s])", re.IGNORECASE)
"""Docker's name of an image without a host: it is of Docker Hub."""
_API_ERROR = re.compile(r"API error \(\d{3}\)", re.IGNORECASE)
"""The code in it is the daemon's own, not the registry's."""
_STATUSES = (
    re.compile(r"\bstatus(?: ?code)?:? ?(?P<code>[45]\d\d)\b", re.IGNORECASE),
    re.compile(r"\bstatus\b[^\n]{1,400}?: (?P<code>[45]\d\d)\b", re.IGNORECASE),
    re.compile(r"\bHTTP(?: status)?:? (?:code )?(?P<code>[45]\d\d)\b", re.IGNORECASE),
    re.compile(
        r"\b(?P<code>[45]\d\d) (?:Bad Request|Unauthorized|Forbidden|Not Found|Too Many Requests|Internal Server Error"
        r"|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out)",
        re.IGNORECASE,
    ),
)
UNFILLED = re.compile(r"\$\{[^}\s]{0,80}\}|\{\{[^}]{0,80}\}\}|\$\([^)\s]{0,80}\)|PLACEHOLDER|REPLACE_?ME|CHANGE_?ME")
"""A placeholder that a tool should have filled in. (`<name>` is often what a person put in place of a private name.)"""
NO_NAME = re.compile(
    r"no such host|server misbehaving|name resolution|dial tcp: lookup|\blookup [\w.-]+ on ", re.IGNORECASE
)
"""The host's name did not resolve, in Go's words (`net/dnsclient.go`, `net/net.go`): no connection was tried."""
NO_ANSWER = re.compile(
    r"i/o time|deadline exceeded|context deadl|request ?canceled|client\.timeout|dial tcp|handshake timeout|timed out"
    r"|no route to host|network is unreachable|connection issue|send request failed",
    re.IGNORECASE,
)
"""Nobody answered, in Go's words and the agent's; what was cut off at the end of a long reason included."""


def is_pull(passage: Passage) -> bool:
    """Say whether the words are about pulling an image or about the registry's login."""
    return bool(_PULLING.search(passage.text)) and not _NOT_A_PULL.search(passage.text)


def status_of(text: str) -> int | None:
    """Return the code that the registry answered with, 400 or more; None where the words tell of none."""
    own = _API_ERROR.sub("", text)
    found = next((found for each in _STATUSES if (found := each.search(own))), None)
    return int(found["code"]) if found else None


def host_of(passage: Passage) -> str:
    """Return the registry's host that the words name; "" where they name none."""
    for pattern in _HOSTS:
        for found in pattern.finditer(passage.text):
            if not _NO_REGISTRY.match(found["host"]):
                return found["host"]
    return ""


def is_ecr(text: str) -> bool:
    """Say whether a text is about ECR rather than about another registry."""
    return bool(_ECR.search(_OF_THE_AGENT.sub("", text)))


def from_ecr(evidence: Evidence, passage: Passage) -> bool | None:
    """Say whether the words are of an image of ECR: by what they name, else by the task's images; None where open."""
    text = _OF_THE_AGENT.sub("", passage.text)
    if is_ecr(text):
        return True
    if host_of(passage) or _OF_DOCKER_HUB.search(text):
        return False
    kinds = {_kept_in_ecr(image) for image in images_of(evidence, passage.task)}
    return kinds.pop() if len(kinds) == 1 else None


def _kept_in_ecr(image: str) -> bool:
    return ecr_image(image) is not None or image.startswith("public.ecr.aws/")


def named_image(evidence: Evidence, passage: Passage) -> str:
    """Return the image in words for a sentence: its name where only one is meant, by the task or by the words."""
    images = images_of(evidence, passage.task)
    mentioned = [image for image in images if image and image in passage.text] or images
    if not mentioned and (named := _NAMED.search(passage.text)):
        mentioned = (named["image"].rstrip(":.,"),)
    return f"the image {quoted(mentioned[0])}" if len(mentioned) == 1 else "the image"


def missing_image(evidence: Evidence, passage: Passage) -> str:
    """Return the task's image that the registry, asked by us, does not have; "" where it has them or was not asked."""
    images = images_of(evidence, passage.task)
    gone = (each.image for each in evidence.images if each.exists is False and (not images or each.image in images))
    return next(gone, "")
