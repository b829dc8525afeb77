"""The minimal policies: one for each use, one for `up`, and one for all but secrets' values; of the one list."""

from dataclasses import dataclass
from typing import Any

from automation.permissions.asked import actions_of
from automation.permissions.model import Use


@dataclass(frozen=True)
class Policy:
    """A minimal policy of the page."""

    sid: str
    heading: str
    uses: tuple[Use, ...]
    text: str
    """For which commands, and what is to be known about it."""
    resources: tuple[str, ...] = ("*",)

    @property
    def actions(self) -> list[str]:
        """Its actions, each once, sorted."""
        return actions_of(*self.uses)

    @property
    def _resource(self) -> str | list[str]:
        return self.resources[0] if len(self.resources) == 1 else list(self.resources)

    def to_document(self) -> dict[str, Any]:
        """Return it as IAM takes it."""
        statement = {"Sid": self.sid, "Effect": "Allow", "Action": self.actions, "Resource": self._resource}
        return {"Version": "2012-10-17", "Statement": [statement]}


_WATCH = (Use.WATCH, Use.FLEET)
_UP = (Use.WATCH, Use.PREFLIGHT, Use.ABORT, Use.AGAIN)
POLICIES = (
    Policy(
        "FailwellWatch",
        "Watch and explain",
        _WATCH,
        "For `explain`, `watch` and `doctor`. All are reads. `ecs:ListServices` is for `watch --fleet` alone.",
    ),
    Policy(
        "FailwellPreflight",
        "What the preflight reads",
        (Use.PREFLIGHT,),
        "For `preview` and `gate`. All are reads. What a check may not read, it reports as not done.",
    ),
    Policy(
        "FailwellSecretKeys",
        "The keys of secrets",
        (Use.JSON_KEYS,),
        "For `--read-secret-keys` of `preview` and `up`, besides another policy; no other one has these actions. It "
        "lets values be read, so name the secrets, and leave `kms:Decrypt` out where no key of yours encrypts them.",
        ("arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-??????", "arn:aws:kms:REGION:ACCOUNT:key/KEY-ID"),
    ),
    Policy(
        "FailwellAbort",
        "Stop what is doomed",
        (*_WATCH, Use.ABORT),
        "For `watch --abort`, and `up --no-preflight`: the reads of the watch, and the one write.",
    ),
    Policy(
        "FailwellUp",
        "Deploy",
        _UP,
        "For `up`. `ecs:UpdateService` and `iam:PassRole` are for deploying a service again that is broken though the "
        "update changed nothing.",
    ),
    Policy(
        "FailwellUpAndScale",
        "Deploy with other counts for a while",
        (*_UP, Use.EXTRA_TASKS, Use.FIRST_FAILURE),
        "For `up` with `--surge`, `--verify-at-zero` or `--first-failure scale-to-zero`.",
    ),
    Policy(
        "FailwellRollback",
        "Roll back",
        (*_UP, Use.ROLLBACK),
        "For `rollback`, with or without the program.",
    ),
    Policy(
        "FailwellRepair",
        "Repair",
        (Use.WATCH, Use.REPAIR),
        "For `repair`; the reads of the watch are for `--wait`. `up` repairs too, after a killed run.",
    ),
    Policy(
        "FailwellHistoryS3",
        "Records in S3",
        (Use.HISTORY_S3,),
        "For `--history s3://…`, besides another policy. `history` alone needs no `s3:PutObject`.",
    ),
    Policy(
        "FailwellHistoryDynamoDB",
        "Records in DynamoDB",
        (Use.HISTORY_DYNAMODB,),
        "For `--history dynamodb://…`, besides another policy. `history` alone needs `dynamodb:Query` only.",
    ),
    Policy(
        "FailwellAudit",
        "Audit",
        (Use.AUDIT,),
        "For `audit`. The controls need to see more than a diagnosis does, and no other command needs this policy.",
    ),
    Policy(
        "Failwell",
        "Everything",
        tuple(each for each in Use if each is not Use.JSON_KEYS),
        "For every command, without `--read-secret-keys`.",
    ),
)
