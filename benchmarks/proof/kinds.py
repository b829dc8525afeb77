"""The failures of the benchmark: what is changed, what counts as naming the cause, and what proves it.

A failure is a change of the task definition, and for two of them of the network around it, that every tool meets alike.
Nothing says what ECS makes of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from benchmarks.proof.naming import Conclusive, Naming

Definition = dict[str, Any]


class Around(Protocol):
    """What a failure needs to know of the platform."""

    registry: str
    no_such_secret: str
    secret: str
    role_without_secrets: str
    role_without_registry: str
    no_such_role: str
    no_such_log_group: str

    def cut_off(self, subnet: str) -> None:
        """Take a subnet its way to the registry."""

    def fill(self, subnet: str) -> None:
        """Use up the addresses of a subnet."""


@dataclass(frozen=True)
class Kind:
    """One way to fail, or none.

    Attributes:
        change: what the new revision changes in the task definition.
        before: what happens to the service's subnet before the update.
        naming: what counts as naming the cause; None where nothing fails.
        conclusive: what AWS shows when no other cause is left.
        reaches_targets: whether the load balancer's answers are part of that.
    """

    id: str
    what: str
    change: Callable[[Definition, Around], None]
    naming: Naming | None = None
    conclusive: Conclusive | None = None
    before: Callable[[Around, str], None] | None = None
    reaches_targets: bool = False

    @property
    def fails(self) -> bool:
        """Whether the deployment cannot come to serve."""
        return self.naming is not None


TAGS = {
    "good-1": "v1",
    "good-2": "v2",
    "never-pushed": "v3",
    "arm64-only": "v4",
    "crash-on-start": "v5",
    "out-of-memory": "v6",
    "port-5201": "v7",
    "moved-its-path": "v8",
    "starts-too-late": "v9",
    "built-for-another-processor": "v10",
    "needs-secret": "v11",
    "slow-start": "v12",
}
"""The images, and the tag of each in the registry: no name tells what will happen."""


def image(name: str) -> Callable[[Definition, Around], None]:
    """Deploy another image."""

    def change(definition: Definition, around: Around) -> None:
        _container(definition)["image"] = f"{around.registry}/bench:{TAGS[name]}"

    return change


def _container(definition: Definition) -> dict[str, Any]:
    container: dict[str, Any] = definition["containerDefinitions"][0]
    return container


def _secret(definition: Definition, arn: str) -> None:
    _container(definition)["secrets"] = [{"name": "DATABASE_URL", "valueFrom": arn}]


def secret_missing(definition: Definition, around: Around) -> None:
    """Ask for a secret that is not there."""
    _secret(definition, around.no_such_secret)


def secret_denied(definition: Definition, around: Around) -> None:
    """Ask for a secret with a role that may not read it."""
    _secret(definition, around.secret)
    definition["executionRoleArn"] = around.role_without_secrets


def secret_key(definition: Definition, around: Around) -> None:
    """Ask for a key that the secret has not."""
    _secret(definition, f"{around.secret}:uri::")


def pull_denied(definition: Definition, around: Around) -> None:
    """Run as a role that may not pull."""
    image("good-2")(definition, around)
    definition["executionRoleArn"] = around.role_without_registry


def role_missing(definition: Definition, around: Around) -> None:
    """Name a task role that is not there."""
    definition["taskRoleArn"] = around.no_such_role


def log_group_missing(definition: Definition, around: Around) -> None:
    """Name a log group that is not there."""
    _container(definition)["logConfiguration"]["options"]["awslogs-group"] = around.no_such_log_group


def another_revision(definition: Definition, _around: Around) -> None:
    """Change what makes a revision, and nothing else."""
    _container(definition)["environment"] = [{"name": "RUN", "value": "2"}]


_MISSING = r"(not found|not exist|missing|not there)"
"""A thing that is not there, in the words of AWS and of the tools."""


_NO_WAY = r"(i/o timeout|timeout|timed out|unreachable|cannot reach|not reached|deadline exceeded|unable to pull)"
_REGISTRY = r"(registry|ecr|image|pull)"
_UNSET = r"DATABASE_URL.*(not set|missing|unset)"


def _kinds() -> tuple[Kind, ...]:
    return (
        Kind(
            "image-missing",
            "a tag that nobody pushed",
            image("never-pushed"),
            Naming((r"CannotPull\w*.*not found", rf"(image|bench:v3).*{_MISSING}", r"^exists: false$")),
            Conclusive((r"CannotPullContainerError.*not found",)),
        ),
        Kind(
            "platform",
            "an image that was built for arm64 alone",
            image("arm64-only"),
            Naming((r"matching platform", r"(not|only) built for", r"built for .*arm64", r"no .*linux/amd64")),
            Conclusive((r"matching platform",)),
        ),
        Kind(
            "crash",
            "a program that raises at its start",
            image("crash-on-start"),
            Naming((r"TypeError", r"exit(s|ed)?[ _-]*(with )?[ _-]*(code|status)?\W*1\b")),
            Conclusive((r"TypeError", r"exit code 1\b")),  # a program may log an exception, and live on
        ),
        Kind(
            "out-of-memory",
            "a program that takes more memory than the task has",
            image("out-of-memory"),
            Naming((r"out ?of ?memory", r"memory (usage|limit)", r"more memory than")),
            Conclusive((r"OutOfMemory",)),
        ),
        Kind(
            "port",
            "a program that moved to port 5201",
            image("port-5201"),
            Naming((r"\b5201\b",)),
            Conclusive((r"listening on 5201", r"target unhealthy")),
            reaches_targets=True,
        ),
        Kind(
            "health-404",
            "a health path that the program does not have any more",
            image("moved-its-path"),
            Naming((r"health.*\b404\b", r"\b404\b.*health", r"answers?\b.*\b404\b")),
            Conclusive((r"target unhealthy.*404",)),
            reaches_targets=True,
        ),
        Kind(
            "health-too-slow",
            "a program that is ready when the grace period has just ended",
            image("starts-too-late"),
            Naming((r"grace period", r"\b(slow|late|too (slow|late|long|short))\b", r"ready \d+ s after")),
            Conclusive((r"listening on 5001", r"unhealthy in|failed ELB health checks")),
            reaches_targets=True,
        ),
        Kind(
            "secret-missing",
            "a secret that is not there",
            secret_missing,
            Naming((r"can't find the specified secret", rf"secret.*{_MISSING}")),
            Conclusive((r"can't find the specified secret",)),
        ),
        Kind(
            "secret-denied",
            "an execution role that may not read the secret",
            secret_denied,
            Naming((r"(not authorized|may not|denied|not allowed).*(secret)", r"secret.*(denied|not allowed|may not)")),
            Conclusive((r"not authorized to perform: secretsmanager:GetSecretValue",)),
        ),
        Kind(
            "secret-key",
            "a secret without the key that is asked for",
            secret_key,
            Naming(
                (r"not contain (the )?(json )?key", r"\b(no|without|lacks)\b.*\bkey\b", r"key .*(not in|not there)")
            ),
            Conclusive((r"did not contain json key",)),
        ),
        Kind(
            "pull-denied",
            "an execution role that may not pull the image",
            pull_denied,
            Naming((r"not authorized to perform:? ecr:", r"(may not|denied|not allowed).*(\becr\b|pull|registry)")),
            Conclusive((r"not authorized to perform: ecr:",)),
        ),
        Kind(
            "role-missing",
            "a task role that is not there",
            role_missing,
            Naming((r"unable to assume (the )?role", rf"role.*({_MISSING}|cannot be assumed)")),
            Conclusive((r"unable to assume",)),
        ),
        Kind(
            "log-group-missing",
            "a log group that is not there",
            log_group_missing,
            Naming((rf"log group.*{_MISSING}",)),
            Conclusive((r"log group does not exist",)),
        ),
        Kind(
            "no-route",
            "a subnet that lost its route to the registry",
            image("good-2"),
            Naming((rf"{_NO_WAY}.*{_REGISTRY}", rf"{_REGISTRY}.*{_NO_WAY}", r"no (default )?route")),
            Conclusive((rf"(CannotPull|ResourceInitialization).*{_NO_WAY}",)),
            before=lambda around, subnet: around.cut_off(subnet),
        ),
        Kind(
            "subnet-full",
            "a subnet without a free address",
            image("good-2"),
            Naming(
                (
                    r"free ?(ip ?)?address",
                    r"\b(not enough|no|insufficient)( ip)? address",
                    r"address.*(exhausted|used up)",
                )
            ),
            Conclusive((r"(free|enough|insufficient).*addresses",)),
            before=lambda around, subnet: around.fill(subnet),
        ),
        Kind(
            "exec-format",
            "a program that was built for another processor, in an image that says otherwise",
            image("built-for-another-processor"),
            Naming((r"exec format error", r"built for another", r"cannot be executed on")),
            Conclusive((r"exec format error",)),
        ),
        Kind(
            "setting-missing",
            "an environment variable that the program needs, and has not",
            image("needs-secret"),
            Naming((r"KeyError\W+DATABASE_URL", r"(without|needs|lacks|missing|not set).*DATABASE_URL", _UNSET)),
            Conclusive((r"KeyError: 'DATABASE_URL'",)),
        ),
        Kind("healthy", "a new revision that serves", another_revision),
        Kind("slow-start", "a new revision that serves within its grace period", image("slow-start")),
    )


KINDS: Mapping[str, Kind] = {kind.id: kind for kind in _kinds()}
