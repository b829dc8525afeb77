"""Who was refused, what and by whom: AWS's sentences of denied calls, read once for all rules about permissions."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from diagnostics.evidence import Evidence, Task
from diagnostics.names import pasted
from diagnostics.passages import Passage, failure_words, mentions

_LITERALS = ("not authorized", "accessdenied", "access denied", "unauthorizedoperation", "no permission", "forbidden")
_ACTION = re.compile(
    r"(?:not authorized to perform:?|no permission to|explicit deny[^\n]{0,40} for|authorization to perform)\s*+:?\s*+"
    r"(?P<action>[a-z][a-z0-9-]+:[A-Za-z*]+)(?:\s+on resources?:?\s+(?P<resource>[^\s\"',;]+))?",
    re.IGNORECASE,
)
_PRINCIPAL = re.compile(
    r"(?:User|principal|role):?\s+(?P<principal>arn:aws[\w-]*:(?:sts|iam)::[^\s\"',;]+)", re.IGNORECASE
)
_DENIED = re.compile(
    r"AccessDenied(?:E[a-z]{0,8})?\b|access denied|is not authorized|not authorized to perform|UnauthorizedOperation"
    r"|you are not authorized|\b403\b[^\n]{0,20}forbidden",
    re.IGNORECASE,
)
_A_SERVICE = re.compile(r"(?:User|principal):? [\w.-]+\.amazonaws\.com(?:\.cn)?\b", re.IGNORECASE)
"""AWS itself was refused: the trust policy of the role does not name the service."""
_ROLE = re.compile(r":(?:assumed-role|role)/(?P<name>[\w+=,.@/-]+)")
_EXPLICIT = re.compile(r"explicit deny in an? (?P<policy>[a-z -]{4,40}?)(?=[.:,;\"']|$)", re.IGNORECASE)
_OF_A_TASK = re.compile(
    r"ResourceInitialization|CannotPull|CannotStart|CannotCreate|unable to (?:pull|retrieve|download)"
    r"|execution resource"
    r"|mount\.nfs|EFS utils"
    r"|ecs-tasks|log stream|logging driver|was unable to|\bfrom (?:asm|ssm)\b|fetching secret|when pulling",
    re.IGNORECASE,
)
"""Words of an ECS task's start: an error that has them repeats what the task's role was refused."""
_ROLE_OF_A_TASK = re.compile(
    r":assumed-role/(?:[^/\s]*(?:execution|ecs-?task)[^/\s]*/"
    r"|[^/\s]+/(?:[0-9a-f]{32}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b)",
    re.IGNORECASE,
)
"""ECS takes a task's roles under the task's id, of the old form or the new, as the session's name."""
_SESSION_OF_ECS = re.compile(
    r":assumed-role/[^\s/]+/(?:ecs-service-scheduler|ECS(?:Networking|-Lambda|-Service)[\w-]*)"
)
"""ECS with a role that the service gives it for its load balancer or its hooks."""
_CALLED_AT_THE_START = frozenset({"ecr", "ecr-public", "secretsmanager", "ssm", "kms", "logs", "s3", "sts"})
"""What ECS calls with a task's roles before the containers start; other refused calls in an error are the caller's."""
_CALLED_BY_DEPLOYERS = frozenset({"iam", "codedeploy", "codepipeline", "cloudformation"})
"""What ECS never calls with a task's roles: whoever shows such a refusal among AWS's words quotes a deployer's."""


@dataclass(frozen=True)
class Refusal:
    """One denied call."""

    passage: Passage
    action: str
    """`ecr:GetAuthorizationToken`; "" where the words do not name it."""
    resource: str
    principal: str
    """The ARN of the role or user; "" where the words do not name it."""

    @property
    def service(self) -> str:
        """The service of the action: `ecr`."""
        return self.action.partition(":")[0].lower()

    @property
    def role_name(self) -> str:
        """The name of the refused role; "" where it is none, or is not named."""
        found = _ROLE.search(self.principal)
        if found is None:
            return ""
        return found["name"].split("/")[0 if ":assumed-role/" in self.principal else -1]

    @property
    def by_ecs(self) -> bool:
        """Whether ECS was refused what it does for the service: with its load balancer, registry or hooks."""
        if _SESSION_OF_ECS.search(self.principal):
            return True
        told = self.passage.source.startswith(("service", "deployment"))
        return told and self.service in ("elasticloadbalancing", "servicediscovery", "vpc-lattice", "lambda")

    @property
    def by_the_deployer(self) -> bool:
        """Whether an API refused the person or pipeline, rather than a role of the task."""
        if _A_SERVICE.search(self.passage.text) or self.by_ecs:
            return False
        if self.service in _CALLED_BY_DEPLOYERS and " log of " not in self.passage.source:
            return True
        if self.passage.task is not None or not self.passage.source.startswith("error"):
            return False
        if self.service and self.service not in _CALLED_AT_THE_START:
            return True
        return not _OF_A_TASK.search(self.passage.text) and not _ROLE_OF_A_TASK.search(self.principal)

    @property
    def forbidden_by(self) -> str:
        """The kind of policy that forbids it: `service control policy`; "" where it is only not allowed."""
        found = _EXPLICIT.search(self.passage.text)
        return found["policy"].strip() if found else ""

    def statement(self, otherwise: str) -> str:
        """Return the policy statement that would allow it, as one line of JSON."""
        return f'{{"Effect": "Allow", "Action": "{self.action or otherwise}", "Resource": "{self.resource or "*"}"}}'


def refusals(evidence: Evidence) -> Iterator[Refusal]:
    """Yield the denied calls in what AWS says of the deployment's failures."""
    if not mentions(evidence, *_LITERALS):
        return
    for passage in failure_words(evidence):
        if _DENIED.search(passage.text):
            yield read(passage)


def read(passage: Passage) -> Refusal:
    """Return what a sentence of a denied call names."""
    action = _ACTION.search(passage.text)
    principal = _PRINCIPAL.search(passage.text)
    return Refusal(
        passage,
        action["action"].rstrip(".,") if action else "",
        ((action["resource"] if action else "") or "").rstrip(".,:"),
        principal["principal"].rstrip(".,:") if principal else "",
    )


def tasks_refused(found: list[Refusal]) -> tuple[str, ...]:
    """Return the ARNs of the tasks whose calls these are, each once."""
    tasks: list[Task] = [each.passage.task for each in found if each.passage.task]
    return tuple(dict.fromkeys(task.arn for task in tasks))


def execution_role(evidence: Evidence) -> str:
    """Return the name of the task's execution role; a word to fill in where it is not known."""
    defined = evidence.task_definition
    return (defined.execution_role_arn.rpartition("/")[2] if defined else "") or "EXECUTION_ROLE"


def remedy(refusal: Refusal, otherwise: str, role: str) -> str:
    """Return what to change so that it is allowed: a command, or the policy that forbids it."""
    if policy := refusal.forbidden_by:
        return f"take `{refusal.action or otherwise}` out of the `Deny` of the {policy}: no other policy can allow it"
    return f"allow it to the role:\n{put_policy_command(refusal, otherwise, role)}"


def put_policy_command(refusal: Refusal, otherwise: str, role: str = "EXECUTION_ROLE") -> str:
    """Return the command that allows it to the role."""
    document = f'{{"Version": "2012-10-17", "Statement": [{refusal.statement(otherwise)}]}}'
    return (
        f"aws iam put-role-policy --role-name {pasted(refusal.role_name or role)} --policy-name allow-it"
        f" --policy-document {pasted(document)}"
    )
