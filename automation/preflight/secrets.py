"""The secrets and parameters that a service's containers take values from, as far as can be known without values."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from automation.preflight.checks.asking import containers
from automation.preflight.plan import Plan
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.collect_secrets import parameter_name, read_parameters, read_secret, references
from diagnostics.reads import Gaps, Shape

PARAMETER_TYPE = "aws:ssm/parameter:Parameter"
VERSION_TYPE = "aws:secretsmanager/secretVersion:SecretVersion"
_CURRENT = "AWSCURRENT"
_SECRET_PARTS = 7


@dataclass(frozen=True)
class Reference:
    """One `valueFrom` of a container, its log driver's or a private registry's.

    Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-secrets-manager.html
    """

    value_from: str
    arn: str
    """Without the JSON key and the version; of a parameter made from its name; "" where the account is not known."""
    key: str = ""
    """The JSON key in the secret."""
    stage: str = ""
    version: str = ""

    @property
    def secret(self) -> bool:
        """Whether it is in Secrets Manager; else it is in the Parameter Store."""
        return ":secretsmanager:" in self.value_from

    @property
    def kind(self) -> str:
        """`secret` or `parameter`."""
        return "secret" if self.secret else "parameter"

    @property
    def region(self) -> str | None:
        """Where it is; None where it is in the service's own region."""
        return (self.arn.split(":")[3] or None) if self.value_from.startswith("arn:") else None

    @property
    def action(self) -> str:
        """What the execution role does to take the value."""
        return "secretsmanager:GetSecretValue" if self.secret else "ssm:GetParameters"


def named(subject: Subject) -> Iterator[Reference]:
    """Yield what the containers refer to, each once."""
    given = references({"containerDefinitions": list(containers(subject))})
    for value_from in dict.fromkeys(given):
        if ":secretsmanager:" in value_from:
            parts = value_from.split(":")
            key, stage, version = [*parts[_SECRET_PARTS:], "", "", ""][:3]
            yield Reference(value_from, ":".join(parts[:_SECRET_PARTS]), key, stage, version)
        else:
            yield Reference(value_from, _parameter_arn(subject, value_from))


def _parameter_arn(subject: Subject, value_from: str) -> str:
    if value_from.startswith("arn:") or not subject.account or not subject.region:
        return value_from if value_from.startswith("arn:") else ""
    name = value_from.removeprefix("/")
    return f"arn:{subject.partition}:ssm:{subject.region}:{subject.account}:parameter/{name}"


def look_up(reference: Reference, reads: PreflightReads, gaps: Gaps) -> Shape:
    """Return what the store says of it: `exists`, and `secret` or `parameter`; never a value."""
    if reference.secret:
        return read_secret(reads.surroundings, reference.value_from, gaps)
    return next(iter(read_parameters(reads.surroundings, [reference.value_from], gaps)))


def made_by(plan: Plan, reference: Reference) -> bool:
    """Tell whether the same update makes the parameter, or the secret's value."""
    if reference.secret:
        versions = plan.of_type(VERSION_TYPE)
        return any(each.made and each.inputs.get("secretId") == reference.arn for each in versions)
    name = parameter_name(reference.value_from)
    return any(each.made and each.inputs.get("name") == name for each in plan.of_type(PARAMETER_TYPE))


def has_value(reference: Reference, secret: Any) -> bool | None:
    """Tell whether a secret has the version that is referred to; None where Secrets Manager does not list it.

    Source: https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
    """
    stages = secret.get("VersionIdsToStages")
    if stages is None:
        # Without any version the answer has no such field.
        return False
    if reference.version:
        listed = stages.get(reference.version)
        # Versions without a staging label are deprecated, and are not listed.
        return None if listed is None else not reference.stage or reference.stage in listed
    return any((reference.stage or _CURRENT) in each for each in stages.values())
