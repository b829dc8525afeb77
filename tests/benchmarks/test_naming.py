"""What counts as naming a cause: the matchers, held against what tools and AWS print."""

import json

import pytest

from benchmarks.proof.kinds import KINDS, TAGS
from benchmarks.proof.naming import Conclusive, Naming, Statement, statements_of

# What was seen of a tool or is AWS's own text, each with the failure that it names.
SAID = {
    "image-missing": (
        (
            "CannotPullContainerError: pull image manifest has been retried 7 time(s): failed to resolve r/bench:v3: "
            "r/bench:v3: not found"
        ),
        "svc: doomed: the image `r/bench:v3` does not exist",
        "exists: false",
    ),
    "platform": (
        "CannotPullContainerError: image Manifest does not contain descriptor matching platform 'linux/amd64'",
        "svc: doomed: `r/bench:v4` was not built for linux/amd64 (it is for linux/arm64)",
    ),
    "crash": (
        "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
        "exit_code: 1",
        "Essential container in task exited with exit code 1",
    ),
    "out-of-memory": (
        "OutOfMemoryError: Container killed due to memory usage",
        "the container `app` was killed because it used more memory than its limit (512 MiB)",
    ),
    "port": ("INFO shop listening on 5201",),
    "health-404": ("Health checks failed with these codes: [404]", "the program answers `/healthz` with 404"),
    "secret-missing": ("ResourceNotFoundException: Secrets Manager can't find the specified secret.",),
    "secret-denied": (
        "User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform: secretsmanager:GetSecretValue",
        "the role `r` may not read `bench/database` (`secretsmanager:GetSecretValue`): the secret",
    ),
    "secret-key": (
        "the secret `bench/database` has no JSON key `uri`",
        "retrieved secret from Secrets Manager did not contain json key uri",
    ),
    "pull-denied": (
        "User: arn:aws:sts::123456789012:assumed-role/x/y is not authorized to perform: ecr:GetAuthorizationToken",
    ),
    "role-missing": ("ECS was unable to assume the role 'arn:aws:iam::123456789012:role/x'",),
    "log-group-missing": ("ResourceNotFoundException: The specified log group does not exist.",),
    "no-route": (
        "ResourceInitializationError: unable to pull secrets or registry auth: dial tcp 1.2.3.4:443: i/o timeout",
        "the tasks cannot reach the registry: the subnet's route table has no way out",
    ),
    "subnet-full": (
        "The subnet 'subnet-1' does not have enough free addresses to satisfy the request.",
        "in subnet 'subnet-1': InsufficientFreeAddressesInSubnet.",
        "the subnet `subnet-1` has no free address",
    ),
    "exec-format": ("exec /app/server: exec format error",),
    "setting-missing": (
        "KeyError: 'DATABASE_URL'",
        "the container `app` does not start without a valid `DATABASE_URL`",
    ),
    "health-too-slow": ("the program is ready 62 s after the task's start, and failed health checks count after 60 s",),
}
# What tools print of any failure, or of none: nobody learns the cause from it.
EMPTY = (
    "(service svc-01-1a) deployment ecs-svc/1 deployment failed: tasks failed to start.",
    "ECS deployment circuit breaker: tasks failed to start.",
    "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    "Waiter ServicesStable failed: Max attempts exceeded",
    "Essential container in task exited",
    "Task failed ELB health checks in (target-group arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/b)",
    "19:14:03  svc-01-1a: the engine begins to update the service",
    "Updating (svc-08-1a):",
    "svc-01-1a:2 IN_PROGRESS: 0 of 1 tasks run, 1 pending, 1 failed",
    "error: update failed",
    "Cluster status: ACTIVE, running tasks: 5, pending tasks: 0, active services: 5. Found 1 service(s)",
    "Deployment failed due to timeout. Please see: https://github.com/fabfuel/ecs-deploy#timeout",
    "StatusCode: 404",
    "NatGatewayAddresses: None",
    "Ipv6Addresses: None",
    "PrivateIpAddress: 10.0.0.4",
    "AvailableIpAddressCount: 4000",
    "templateUrl: latest",
    "image: 123456789012.dkr.ecr.eu-west-1.amazonaws.com/bench:v7",
)


@pytest.mark.parametrize(("kind", "text"), [(kind, text) for kind, texts in SAID.items() for text in texts])
def test_a_true_statement_names_its_cause(kind: str, text: str) -> None:
    naming = KINDS[kind].naming
    assert naming is not None
    assert naming.names(text)


@pytest.mark.parametrize("kind", [kind.id for kind in KINDS.values() if kind.fails])
def test_what_is_said_of_any_failure_names_none(kind: str) -> None:
    naming = KINDS[kind].naming
    assert naming is not None
    assert [text for text in EMPTY if naming.names(text)] == []


def test_every_failure_has_a_text_that_names_it() -> None:
    assert set(SAID) == {kind.id for kind in KINDS.values() if kind.fails}
    assert len(SAID) >= 12


@pytest.mark.parametrize("kind", [kind.id for kind in KINDS.values() if kind.fails])
def test_no_name_tells_the_failure(kind: str) -> None:
    naming = KINDS[kind].naming
    assert naming is not None
    names = [*(f"bench:{tag}" for tag in TAGS.values()), "bench/other", "bench/database", "/ecs/other", "bench-other"]
    assert not any(naming.names(name) for name in names)


def test_the_first_statement_counts_whatever_order_they_come_in() -> None:
    said = [
        Statement(9, "it is broken"),
        Statement(4, "port 5201"),
        Statement(2, "nothing"),
        Statement(6, "5201 again"),
    ]
    assert Naming((r"\b5201\b",)).first(said) == Statement(4, "port 5201")
    assert Naming((r"\b6000\b",)).first(said) is None


def test_evidence_is_complete_with_its_last_part() -> None:
    facts = [Statement(9, "target unhealthy"), Statement(3, "listening on 5201"), Statement(40, "target unhealthy")]
    both = Conclusive((r"listening on 5201", r"target unhealthy"))
    assert both.complete_at(facts) == 9
    assert both.complete_at(facts[1:2]) is None
    assert Conclusive(()).complete_at(facts) is None


def test_statements_are_lines_and_the_texts_of_json() -> None:
    answer = json.dumps({"failures": [{"exit_code": 1, "reason": "a\nb"}], "status": "success"})
    assert statements_of(f"one\n\n{answer}\n{{not json") == [
        "one",
        "exit_code: 1",
        "reason: a\nb",
        "status: success",
        "{not json",
    ]
