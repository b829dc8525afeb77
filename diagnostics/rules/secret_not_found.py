"""A secret or parameter that the task needs does not exist.

## What it looks for
Secrets Manager's `ResourceNotFoundException: Secrets Manager can't find the specified secret` (or the version or
staging label of one), a secret that is marked for deletion, and Systems Manager's `invalid ssm parameters` and
`ParameterNotFound`, while ECS fetches the values of `secrets` before the container starts. Also when the program
itself asked for it and died: then it counts as certain after two tasks.

## Why waiting cannot help
The service was reached and allowed the call, and said that there is no such secret. It does not appear by retrying.

## What to do
Look whether it exists in the task's account and region under exactly that name (an ARN ends in six random
characters):

    aws secretsmanager describe-secret --secret-id NAME
    aws ssm get-parameters --names NAME --query InvalidParameters

## What it is not
- `AccessDeniedException … secretsmanager:GetSecretValue`: it may exist, the execution role may not read it.
- `did not contain json key`: the secret exists, the key in it does not.
- A time-out on the way to Secrets Manager: there is no route.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/resource-initialization-error.html
- https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
- https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
"""

import re
from collections.abc import Iterator

from diagnostics.evidence import Evidence
from diagnostics.healthy import started_since
from diagnostics.model import Finding, Verdict
from diagnostics.names import pasted, quoted
from diagnostics.passages import Passage, died_by_itself, failure_words, last_lines, log_passages

ID = "secret-not-found"
VERDICT = Verdict.DOOMED

_NO_SECRET = re.compile(
    r"Secrets Manager can(?:'|\u2019|no)t find the specified secret|because it was (?:marked for deletion|deleted)"
    r"|can(?:'|\u2019|no)t retrieve the secret with ARN[^\n]{0,300}Check (?:whether the secret exists"
    r"|that the secret ARN)"
    r"|TaskFailedToStart: Secrets?\b[^\n]{0,200}(?:not exist|not found|no value)"
    r"|GetSecretValue[^\n]{0,200}ResourceNotFoundException|secrets? (?:manager"
    r"|from asm)[^\n]{0,300}ResourceNotFoundException",
    re.IGNORECASE,
)
_LITERALS = ("secret", "parameter", "deleted", "deletion")
_NO_PARAMETER = re.compile(
    r"invalid (?:ssm )?parameters?: ?\[?(?P<names>[\w./:, -]+)|\binvalid ssm\s*\Z|\bParameter(?:Version)?NotF",
    re.IGNORECASE,
)
_ABOUT_PARAMETERS = re.compile(
    r"\bssm\b|systems manager|ParameterNotF|GetParameter|ParameterVersionNotFound", re.IGNORECASE
)
_OTHER = re.compile(r"AccessDenied|not authorized|log group|log stream", re.IGNORECASE)
_ARN = re.compile(
    r"arn:aws[\w-]*:(?:secretsmanager|ssm):[\w-]*:\d*:(?:secret:|parameter/)[\w/_+=.@:-]+?(?=[\s\"',;)\]]|:? |\.?$)"
)


def match(evidence: Evidence) -> Finding | None:
    """Return the first secret or parameter that does not exist."""
    for passage in failure_words(evidence):
        if _is_missing(passage):
            return _finding(evidence, passage, (), started_since(evidence, passage))
    asked = [*_asked_by_the_program(evidence)]
    if not asked:
        return None
    tasks = tuple(dict.fromkeys(passage.task.arn for passage in asked if passage.task))
    return _finding(evidence, asked[0], tasks, suspect=True)


def _is_missing(passage: Passage) -> bool:
    text = passage.text
    if not passage.has(*_LITERALS) or _OTHER.search(text):
        return False
    return bool(_NO_SECRET.search(text)) or bool(_NO_PARAMETER.search(text) and _ABOUT_PARAMETERS.search(text))


def _asked_by_the_program(evidence: Evidence) -> Iterator[Passage]:
    for task in evidence.failed_tasks:
        for log in evidence.logs_of(task):
            begin, spoken = last_lines(task, log)
            if died_by_itself(task, log.container) and any(literal in spoken for literal in _LITERALS):
                yield from (passage for passage in log_passages(task, log)[begin:] if _is_missing(passage))


def _finding(evidence: Evidence, passage: Passage, tasks: tuple[str, ...], suspect: bool) -> Finding:  # noqa: FBT001
    parameter = not _NO_SECRET.search(passage.text)
    kind = "parameter" if parameter else "secret"
    name = _name(evidence, passage.text, parameter=parameter)
    deleted = "marked for deletion" in passage.text
    several = parameter and "," in name
    state = "is marked for deletion" if deleted else "do not exist" if several else "does not exist"
    store = "Systems Manager" if parameter else "Secrets Manager"
    return Finding(
        what=f"the {kind}{'s' if several else ''} {quoted(name)} {state}"
        if name
        else f"a {kind} that the task needs {state}",
        why=f"{store} answered and has no value for it, so retrying cannot help",
        fix=_fix(name, parameter=parameter, deleted=deleted),
        evidence=(passage.quote(),),
        tasks=tasks,
        verdict=Verdict.SUSPECT if suspect else None,
    )


def _name(evidence: Evidence, text: str, *, parameter: bool) -> str:
    """Return the name or ARN that the words give; else the only one of its kind in the task definition."""
    if parameter and (found := _NO_PARAMETER.search(text)) and found["names"]:
        return found["names"].strip(" ,.")
    if arn := _ARN.search(text):
        return arn[0].rstrip(":.")
    defined = evidence.task_definition
    references = {value for each in defined.containers for _, value in each.secrets} if defined else set()
    of_kind = {value for value in references if (":secretsmanager:" in value) is not parameter}
    return of_kind.pop() if len(of_kind) == 1 else ""


def _fix(name: str, *, parameter: bool, deleted: bool) -> str:
    shown = pasted(name.partition(",")[0].strip() or "NAME")
    if deleted:
        return f"restore it, or point `secrets` to another one:\naws secretsmanager restore-secret --secret-id {shown}"
    if parameter:
        return (
            "create it, or correct `valueFrom` in the task definition:\n"
            f"aws ssm get-parameters --names {shown} --query InvalidParameters"
        )
    return (
        "create it and give it a value, or correct `valueFrom` in the task definition:\n"
        f"aws secretsmanager describe-secret --secret-id {shown}"
    )
