"""The task's image is not in the registry.

## What it looks for
A pull that the registry answered with "there is no such thing": `CannotPullContainerError … not found`, `manifest
unknown`, `name unknown`, `API error (404)`, in a stopped reason, a container's reason, a service event or an API's
error. Also an image name that no registry can have: `invalid reference format`, an empty one, or one with a
placeholder that was never filled in. Where a refusal (401, 403) is all that the task was told, and ECR was asked by
us and does not have the image, that is the cause.

## Why waiting cannot help
The registry answered. A tag that it does not have does not appear by retrying; ECS retries for ever, further and
further apart.

## What to do
Push the tag, or deploy one that exists:

    aws ecr describe-images --repository-name NAME --query 'sort_by(imageDetails,&imagePushedAt)[-5:].imageTags'

## What it is not
- A pull that times out may recover: the registry did not answer.
- `pull access denied … may require 'docker login'`, `403`, `401`: the registry refuses, and does not say what it has.
- `…@sha256:… not found`: the tag may exist, the digest that the service is pinned to is gone.
- `no match for platform in manifest … not found`: the image exists for another platform, `image-platform-mismatch`.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_cannot_pull_image.html
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import ecr_image, images_of, quoted
from diagnostics.passages import Passage, failure_words
from diagnostics.registry_words import UNFILLED, is_pull, missing_image, status_of

ID = "image-not-found"
VERDICT = Verdict.DOOMED

_NOT_THERE = (
    # containerd, on Fargate 1.4 and newer agents
    re.compile(r"failed to resolve ref(?:erence)?:? \"?(?P<image>[^\s\"]+?)\"?:? (?:\S+:? )?not found", re.IGNORECASE),
    re.compile(r"failed to resolve ref(?:erence)?:? \"?(?P<image>[^\s\"]+?)\"?: .{0,200}\b404\b", re.IGNORECASE),
    # It names the image again before it says so, where it was cut off
    re.compile(
        r"failed to resolve ref(?:erence)? \"?(?P<image>[^\s\"]{1,300}?)\"?: (?P=image)[:.\u2026\s]*\Z", re.IGNORECASE
    ),
    # Docker's daemon, on EC2 and older agents
    re.compile(r"manifest for (?P<image>\S+) not found", re.IGNORECASE),
    re.compile(r"API error \(404\): .{0,40}?(?:image|repository) (?P<image>\S+?):? not found", re.IGNORECASE),
    re.compile(r"(?:CannotPullContainer\w*: |^)API error \(404\)[\s.:)\"'}\u2026]*$", re.IGNORECASE),
    re.compile(r"API error \(404\): (?:repository|manifest for|image) (?P<image>[^\s:]{1,300})", re.IGNORECASE),
    re.compile(r"from daemon: manifest for (?P<image>\S{1,300}) ?(?:n[a-z ]{0,8})?[.\u2026\s]*\Z", re.IGNORECASE),
    re.compile(r"\btag (?P<tag>\S+) not found in repository (?P<image>\S+)", re.IGNORECASE),
    re.compile(r"Error: image (?P<image>\S+) not found", re.IGNORECASE),
    re.compile(r"repository (?P<image>\S+?):? not found", re.IGNORECASE),
    # It was not pulled, and a container of it was tried nevertheless
    re.compile(r"No such image: (?P<image>[^\s\"',]+)", re.IGNORECASE),
    # Harbor
    re.compile(r"\bartifact (?P<image>[^\s/]{1,255}/\S{1,255}) not found", re.IGNORECASE),
    re.compile(r"CannotPull\w{0,40}: [^\n]{0,80}repository does not exist(?! or)", re.IGNORECASE),
    re.compile(r"unexpected HTTP status: 404", re.IGNORECASE),
    re.compile(
        r"(?:CannotPull\w{0,40}:|\bcan['\u2019]?t pull the image) [^\n]{0,600}\bstatus code: 404\b", re.IGNORECASE
    ),
    # ECR's own words, through the daemon, its API or a pipeline
    re.compile(r"repository with name '(?P<image>[^']+)' does not exist", re.IGNORECASE),
    re.compile(
        r"imageTag:? ?'?(?P<tag>[^'}\s,]++)'?[^}]{0,99}+\}"
        r" does not exist within the repository .{0,20}'(?P<image>[^']+)'",
        re.IGNORECASE,
    ),
    re.compile(r"ImageNotFoundException|RepositoryNotFoundException"),
    re.compile(r"manifest[ _]unknown|no such manifest|name[ _]unknown", re.IGNORECASE),
    re.compile(r"CannotPullContainer(?:Error)?\b.*(?::|\.\.\.|\u2026) ?not found", re.IGNORECASE | re.DOTALL),
)
_MALFORMED = (
    re.compile(
        r"invalid reference format|failed to (?:normalize|parse) (?:image )?ref(?:erence)?\b|invalid repository name"
        r"|repository name must be (?:lowercase|canonical)",
        re.IGNORECASE,
    ),
    re.compile(
        r"\bimage\b[^.\n]{0,80}\b"
        r"(?:null or empty|(?:must not|mustn't|cannot|can't) be (?:null|empty|blank)|is (?:empty|blank))",
        re.IGNORECASE,
    ),
    re.compile(
        r"(?:InvalidParameterException|ClientException)\b[^\n]{0,120}\b"
        r"(?:invalid|malformed)[^\n]{0,20}\bimage\b(?! tag\b)",
        re.IGNORECASE,
    ),
)
_PLACEHOLDER = re.compile(
    r"(?<![^\s\"'])(?P<image>[^\s\"']{0,255}?(?:<[A-Za-z][\w -]{0,60}>|\$\{[^}\s]{0,80}\}|\{\{[^}]{0,80}\}\}"
    r"|\$\([^)\s]{0,80}\)|PLACEHOLDER|REPLACE_?ME|CHANGE_?ME)[^\s\"']{0,255})"
)
_PULL = re.compile(r"CannotPull|invalid reference|pull(?:ing)? (?:image|access)|failed to resolve ref", re.IGNORECASE)
_REPOSITORY = re.compile(r"name[ _]unknown|RepositoryNotFoundException", re.IGNORECASE)
_NO_SUCH_NAME = "no registry can have an image of that name, so retrying cannot help"
_OTHER_CAUSE = re.compile(
    r"platform|access denied|denied:|not authorized|unauthorized|forbidden|\b40[13]\b|no basic auth|toomanyrequests"
    r"|request ?canceled|\bKMS\w*"
    r"|time(?:d )?out|deadline|no such host|connection refused|i/o|httpRead(?:er)?Seeker|failed to copy"
    r"|no space left|too many open files|CannotStartContainer|container not found|network .{0,40}not found",
    re.IGNORECASE,
)


_BY_DIGEST = re.compile(r"@sha256:[^\n]{0,400}?(?:not found|manifest unknown)|content at \S+ not found", re.IGNORECASE)
_LITERALS = (
    *("pull", "resolve ref", "reference", "repository", "image", "40"),
    *("not found", "notfound", "unknown", "no such", "does not exist", "manifest for"),
)
"""In lower case: a text without any of them is about something else, and no pattern is run on it."""
_REFUSALS = (401, 403)
_NO_SUCH_THING = (400, 404)
"""400 is what AWS's own APIs answer with a name of what is wrong, `RepositoryNotFoundException`."""


@dataclass(frozen=True)
class _Missing:
    passage: Passage
    what: str
    fix: str
    why: str = "the registry answered and does not have it, so retrying cannot help"


def match(evidence: Evidence) -> Finding | None:
    """Return the first image that the registry does not have."""
    missing = next(_missing(evidence), None)
    if missing is None:
        return None
    recovered = started_since(evidence, missing.passage)
    return Finding(
        what=missing.what,
        why="another task of the deployment has started since, so the image may be there by now"
        if recovered
        else missing.why,
        fix=missing.fix,
        evidence=(missing.passage.quote(),),
        verdict=Verdict.SUSPECT if recovered else None,
    )


def _missing(evidence: Evidence) -> Iterator[_Missing]:
    for passage in failure_words(evidence):
        text = passage.text
        if not any(passage.has(literal) for literal in _LITERALS):
            continue
        malformed, other = _first(_MALFORMED, text), _is_other(text)
        if (
            _PULL.search(text)
            and (malformed or not other or UNFILLED.search(text))
            and (placeholder := _PLACEHOLDER.search(text))
        ):
            image = placeholder["image"].strip(":,")
            what = f"the image name {quoted(image)} still has a placeholder in it"
            yield _Missing(passage, what, "fill in the placeholder where `image` is set", _NO_SUCH_NAME)
        elif malformed:
            image = next(iter(images_of(evidence, passage.task)), "")
            named = f"the image name {quoted(image)}" if image else "the image name"
            fix = "set `image` to a reference of the form `REGISTRY/REPOSITORY:TAG`"
            yield _Missing(passage, f"{named} is empty or not a valid reference", fix, _NO_SUCH_NAME)
        elif not other and (found := _first(_NOT_THERE, text)):
            image = _image(found, evidence, passage)
            if not _BY_DIGEST.search(text):
                yield _not_there(passage, image, repository=bool(_REPOSITORY.search(text)))
        elif status_of(text) in _REFUSALS and is_pull(passage) and (gone := missing_image(evidence, passage)):
            yield _not_there(passage, gone, repository=False)


def _is_other(text: str) -> bool:
    return _OTHER_CAUSE.search(text) is not None or status_of(text) not in (None, *_NO_SUCH_THING)


def _first(wordings: tuple[re.Pattern[str], ...], text: str) -> re.Match[str] | None:
    return next((found for wording in wordings if (found := wording.search(text))), None)


def _image(found: re.Match[str], evidence: Evidence, passage: Passage) -> str:
    """Return the image as precisely as the words name it; where they do not, it is the task's own."""
    groups = found.groupdict()
    image = (groups.get("image") or "").strip("\"':,")
    if groups.get("tag"):
        return f"{image}:{groups['tag']}"
    deployed = images_of(evidence, passage.task)
    if not image:
        return deployed[0] if len(deployed) == 1 else ""
    return next((each for each in deployed if image in each), image)


def _not_there(passage: Passage, image: str, *, repository: bool) -> _Missing:
    if repository and image:
        name = quoted(image)
        return _Missing(
            passage, f"the repository {name} does not exist", f"create {name} and push to it, or correct `image`"
        )
    what = f"the image {quoted(image)} does not exist" if image else "the image does not exist"
    return _Missing(passage, what, _fix(image))


def _fix(image: str) -> str:
    fix = f"push {quoted(image)}, or set `image` to a tag that exists" if image else "set `image` to a tag that exists"
    kept = ecr_image(image)
    return f"{fix}; the newest ones:\n{kept.list_tags_command()}" if kept else fix
