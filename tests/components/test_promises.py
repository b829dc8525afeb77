"""What the component makes passes the controls: each promise over its planned inputs."""

import pytest

from components.controls import CONTROLS, Level, Resource, Stack, State, check
from components.controls import types as t
from tests.components.conftest import PREFIX, waived
from tests.components.hardened import WHOLE


def planned(graph, whole=WHOLE) -> Stack:
    """Return what was registered, each with the id, name, ARN and URL that the mocks gave it."""
    made = (Resource(each.type, each.name, each.inputs, names(each.name)) for each in graph.resources)
    return Stack(tuple(made), whole)


def names(name: str) -> frozenset[str]:
    return frozenset({f"{name}-id", name, f"{PREFIX}:test:{name}", f"https://sqs.example.test/{name}"})


def by_state(stack: Stack, *levels: Level) -> dict[State, set[str]]:
    found: dict[State, set[str]] = {state: set() for state in State}
    for finding in check(stack):
        if finding.control.level in (levels or tuple(Level)):
            found[finding.state].add(finding.control.id)
    return found


BINDING = (Level.MUST, Level.DEFAULT)


def test_the_component_fails_no_control_that_binds(deploy):
    assert by_state(planned(deploy()), *BINDING)[State.FAILED] == set()


def test_a_worker_fails_no_control_that_binds(deploy, worker):
    assert by_state(planned(deploy(worker)), *BINDING)[State.FAILED] == set()


OWN = {"certificate_arn": f"{PREFIX}:acm:us-gov-west-1:210987654321:certificate/0a"}
LOGGED = {**OWN, "access_logs_bucket": "access-logs-of-the-team"}
PUBLIC = {
    **LOGGED,
    "internal": False,
    "lb_subnet_ids": ["subnet-1a", "subnet-1b"],
    "allowed_cidr_blocks": ["0.0.0.0/0"],
}
ACL = f"{PREFIX}:wafv2:us-gov-west-1:210987654321:regional/webacl/shop/0a"


@pytest.mark.parametrize(
    ("load_balancer", "failed"),
    [
        (OWN, {"ELB-06"}),  # requests are logged as soon as someone gives the bucket
        (LOGGED, set()),
        (PUBLIC, {"ELB-08", "ELB-09"}),
        ({**PUBLIC, "web_acl_arn": ACL}, {"ELB-09"}),
    ],
)
def test_a_load_balancer_of_its_own_fails_only_what_the_team_did_not_give(deploy, worker, load_balancer, failed):
    waivers = waived(*failed - {"ELB-06"})
    found = by_state(planned(deploy(worker, load_balancer=load_balancer, waivers=waivers)), *BINDING)
    assert found[State.FAILED] == failed
    assert {"ELB-01", "ELB-02", "ELB-03", "ELB-04", "ELB-05", "ELB-07"} <= found[State.PASSED]
    warned = by_state(planned(deploy(worker, load_balancer=load_balancer, waivers=waivers)), Level.WARN)
    assert "ELB-11" in warned[State.PASSED]


def test_the_component_warns_that_requests_are_not_encrypted_to_the_task_and_roles_have_no_boundary(deploy):
    assert by_state(planned(deploy()), Level.WARN)[State.FAILED] == {"ELB-10", "IAM-03"}


def test_a_tag_is_not_called_immutable_before_its_repository_was_seen(deploy):
    graph = deploy()
    assert by_state(planned(graph), *BINDING)[State.NOT_CHECKED] == {"DEP-15"}
    seen = planned(graph)
    repository = Resource(t.REPOSITORY, "r", {"name": "team/shop", "imageTagMutability": "IMMUTABLE"})
    assert "DEP-15" in by_state(Stack((*seen.resources, repository), seen.whole))[State.PASSED]


def test_an_image_by_digest_is_immutable(deploy):
    graph = deploy(image="registry.example.com/team/shop@sha256:" + "0a" * 32)
    assert "DEP-15" in by_state(planned(graph))[State.PASSED]


def test_secrets_are_in_the_policy_of_the_role_that_starts_the_task(deploy, secret_arn, parameter_arn):
    secrets = {"A": f"{secret_arn}:user::", "B": parameter_arn, "C": secret_arn.removesuffix("-Ab12Cd")}
    assert "TSK-07" in by_state(planned(deploy(secrets=secrets)))[State.PASSED]


KEPT = {
    "DEP-01", "DEP-02", "DEP-03", "DEP-05", "DEP-06", "DEP-07", "DEP-08", "DEP-09", "DEP-10", "DEP-11",
    "DEP-12", "DEP-13", "DEP-14", "DEP-16", "DEP-17", "DEP-18", "DEP-22", "DEP-23", "DEP-24", "TSK-01",
    "TSK-02", "TSK-03", "TSK-04", "TSK-05", "TSK-06", "TSK-07", "TSK-08", "TSK-09", "TSK-10", "TSK-11",
    "TSK-12", "TSK-13", "TSK-15", "TSK-16", "TSK-17", "TSK-18", "NET-01", "NET-03", "NET-04", "NET-05",
    "CLU-02", "LOG-01", "LOG-02", "IAM-01", "IAM-02", "ALM-01", "EVT-01", "EVT-02", "EVT-03", "SNS-01",
    "SNS-02", "SQS-01", "KMS-01",
}  # fmt: skip
"""The controls that a service behind a load balancer keeps by itself."""


PROMISES = {each.id: each.requires for each in CONTROLS if each.id in KEPT}


@pytest.mark.parametrize("control", PROMISES, ids=PROMISES.values())
def test_without_a_word_of_the_team(deploy, control):
    assert control in by_state(planned(deploy()))[State.PASSED]


def test_every_control_that_binds_is_kept_or_about_something_that_is_not_made(deploy):
    found = by_state(planned(deploy()), *BINDING)
    known = found[State.NOT_APPLICABLE] | KEPT | {"DEP-15"}
    assert {each.id for each in CONTROLS if each.level in BINDING} == known
