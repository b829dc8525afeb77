"""Success is proven: the wanted revision is PRIMARY and COMPLETED, its tasks run, its own targets are healthy."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from diagnostics.evidence import Evidence
from diagnostics.serving import ServingState, serving

Make = Callable[[], dict[str, Any]]


def test_a_completed_primary_with_healthy_targets_is_proven_with_its_figures(serving_document: Make, aws: Any) -> None:
    serves = serving(Evidence.parse(serving_document()), aws.definition(1))
    assert (serves.proven, serves.missing) == (True, ())
    assert (serves.revision, serves.deployment_id, serves.digest) == ("web:1", aws.old, aws.digest)
    assert (serves.desired, serves.running, serves.targets_healthy, serves.targets_total) == (1, 1, 1, 1)
    assert serves.service_deployment_arn is not None
    assert serves.service_deployment_arn.endswith("/first")


def test_family_and_revision_are_enough_to_name_it(serving_document: Make) -> None:
    assert serving(Evidence.parse(serving_document()), "web:1").proven


def test_a_rolled_back_service_does_not_serve_the_new_revision(serving_document: Make, aws: Any) -> None:
    serves = serving(Evidence.parse(serving_document()), aws.definition(2))
    assert serves.missing == ("the PRIMARY deployment is web:1, not web:2",)


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    *parents, last = path.split(".")
    holder: Any = document
    for key in parents:
        holder = holder[int(key)] if key.isdigit() else holder[key]
    holder[last] = value
    return document


@pytest.mark.parametrize(
    ("path", "value", "missing"),
    [
        (
            "service.deployments.0.rolloutState",
            "IN_PROGRESS",
            "the deployment's rolloutState is IN_PROGRESS, not COMPLETED",
        ),
        ("service.deployments.0.rolloutState", None, "the deployment's rolloutState is not shown, not COMPLETED"),
        ("service.deployments.0.runningCount", 0, "0 of 1 tasks run"),
        ("service.deployments.0.runningCount", None, "the deployment's counts are not shown"),
        ("service.desiredCount", 2, "1 of 2 tasks run"),
        (
            "target_health.0.descriptions.0.TargetHealth",
            {"State": "initial"},
            "0 of 1 targets of this deployment are healthy in web",
        ),
        (
            "target_health.0.descriptions.0.Target.Id",
            "10.9.9.9",
            "0 of 1 targets of this deployment are healthy in web",
        ),
        ("target_health", [], "the target health of web was not read"),
        ("tasks.0.startedBy", "ecs-svc/9", "0 of 1 targets of this deployment are healthy in web"),
        ("service.deployments.0.status", "ACTIVE", "the service has no PRIMARY deployment"),
        ("service.status", "DRAINING", "the service is DRAINING"),
        ("service", None, "the service could not be read"),
    ],
)
def test_what_is_missing_is_said_in_words(serving_document: Make, path: str, value: Any, missing: str) -> None:
    serves = serving(Evidence.parse(changed(serving_document(), path, value)), None)
    assert serves.state is ServingState.NOT_PROVEN
    assert missing in serves.missing


def test_every_target_group_must_have_healthy_targets(serving_document: Make) -> None:
    document = serving_document()
    other = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/internal/0f"
    document["service"]["loadBalancers"].append(
        {"targetGroupArn": other, "containerName": "app", "containerPort": 5002}
    )
    serves = serving(Evidence.parse(document), None)
    assert serves.missing == ("the target health of internal was not read",)
    assert (serves.targets_healthy, serves.targets_total) == (0, 0), "those of the worst group"


def test_nothing_wanted_is_never_proven_and_never_a_failure(serving_document: Make) -> None:
    document = serving_document()
    document["service"]["desiredCount"] = document["service"]["runningCount"] = 0
    document["service"]["deployments"][0] |= {"desiredCount": 0, "runningCount": 0}
    serves = serving(Evidence.parse(document | {"tasks": [], "target_health": []}), None)
    assert (serves.state, serves.proven, serves.missing) == (ServingState.AT_ZERO, False, ())
    assert (serves.desired, serves.targets_healthy, serves.targets_total) == (0, 0, 0)


def test_at_zero_nobody_asks_what_still_drains(serving_document: Make) -> None:
    document = serving_document()
    document["service"]["desiredCount"] = 0
    document["service"]["deployments"][0] |= {"desiredCount": 0, "runningCount": 0}
    serves = serving(Evidence.parse(document), None)
    assert (serves.state, serves.targets_healthy, serves.targets_total) == (ServingState.AT_ZERO, 0, 0)
    unread = serving(Evidence.parse(document | {"target_health": []}), None)
    assert (unread.state, unread.missing) == (ServingState.AT_ZERO, ())


@pytest.mark.parametrize("of", ["service", "deployment"])
def test_what_is_wanted_is_the_larger_of_the_two_counts(serving_document: Make, of: str) -> None:
    document = serving_document()
    (document["service"] if of == "service" else document["service"]["deployments"][0])["desiredCount"] = 3
    serves = serving(Evidence.parse(document), None)
    assert serves.desired == 3
    assert serves.missing == ("1 of 3 tasks run", "1 of 3 targets of this deployment are healthy in web")


def test_more_tasks_than_are_wanted_are_no_fault(serving_document: Make) -> None:
    document = serving_document()
    document["service"]["deployments"][0]["runningCount"] = 2
    assert serving(Evidence.parse(document), None).proven


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"service": None}, "the service could not be read"),
        ({"status": "DRAINING"}, "the service is DRAINING"),
        ({"deployments": []}, "the service has no PRIMARY deployment"),
    ],
)
def test_without_a_service_that_deploys_nothing_serves(serving_document: Make, change: Any, missing: str) -> None:
    document = serving_document()
    document["service"] = None if "service" in change else document["service"] | change
    serves = serving(Evidence.parse(document), None)
    assert (serves.state, serves.missing) == (ServingState.NOT_PROVEN, (missing,))
    assert (serves.unread, serves.unhealthy) == ("service" in change, False)
    assert (serves.desired, serves.running, serves.targets_healthy, serves.targets_total) == (0, 0, 0, 0)


def test_each_target_group_is_read_by_its_own_name_and_all_that_is_missing_is_said(serving_document: Make) -> None:
    document = serving_document()
    (web,) = document["target_health"]
    named = {name: web["target_group_arn"].replace("/web/", f"/{name}/") for name in ("a", "unread", "z")}
    sick = {**web["descriptions"][0], "TargetHealth": {"State": "unhealthy"}}
    document["target_health"] = [
        {**web, "target_group_arn": named["z"], "target_group": "z", "descriptions": [sick]},
        {**web, "target_group_arn": named["a"], "target_group": "a"},
    ]
    (balancer,) = document["service"]["loadBalancers"]
    document["service"]["loadBalancers"] = [
        {**balancer, "targetGroupArn": named[name]} for name in ("unread", "a", "z")
    ]
    serves = serving(Evidence.parse({**document, "service_revisions": []}), None)
    assert serves.missing == (
        "the target health of unread was not read",
        "0 of 1 targets of this deployment are healthy in z",
    )


def test_the_digest_is_that_of_any_container_where_none_is_known_to_serve(serving_document: Make, aws: Any) -> None:
    document = serving_document()
    document["service"]["loadBalancers"] = []
    (container,) = document["task_definition"]["containerDefinitions"]
    other = {**container, "name": "other", "essential": True}
    document["task_definition"] |= {"taskDefinitionArn": aws.definition(2), "containerDefinitions": [other]}
    document["tasks"][0]["containers"].append({"name": "other", "imageDigest": "sha256:" + "b" * 64})
    assert serving(Evidence.parse({**document, "service_revisions": []}), None).digest == aws.digest


def unbalanced(document: dict[str, Any], seconds: float | None, health: str = "UNKNOWN") -> dict[str, Any]:
    """A service whose tasks nothing balances; its task has run for so long, None: nobody knows, and has this health."""
    document["service"]["loadBalancers"] = []
    captured = datetime.fromisoformat(document["captured_at"])
    started = (captured - timedelta(seconds=seconds)).isoformat() if seconds is not None else None
    defined = document["task_definition"]["taskDefinitionArn"]
    document["tasks"][0] |= {"startedAt": started, "healthStatus": health, "taskDefinitionArn": defined}
    return document


def checked(document: dict[str, Any]) -> dict[str, Any]:
    (container,) = document["task_definition"]["containerDefinitions"]
    container["healthCheck"] = {"command": ["CMD", "true"]}
    return document


@pytest.mark.parametrize(("seconds", "proven"), [(41, False), (42, True), (None, True)])
def test_without_a_load_balancer_a_task_is_a_proof_once_it_has_run_as_long_as_ecs_asks(
    serving_document: Make, seconds: float | None, *, proven: bool
) -> None:
    serves = serving(Evidence.parse(unbalanced(serving_document(), seconds)), None)
    assert (serves.proven, serves.targets_healthy, serves.targets_total) == (proven, 0, 0)
    assert serves.missing == (() if proven else ("0 of 1 tasks count as healthy yet",))
    assert not serves.unhealthy, "it is on its way: another deployment would not be faster"


@pytest.mark.parametrize(("health", "proven"), [("UNKNOWN", False), ("UNHEALTHY", False), ("HEALTHY", True)])
def test_what_container_checks_say_of_a_task_counts_however_long_it_has_run(
    serving_document: Make, health: str, *, proven: bool
) -> None:
    for seconds in (1, 600):
        document = checked(unbalanced(serving_document(), seconds, health))
        assert serving(Evidence.parse(document), None).proven is proven


def test_the_checks_of_another_revision_ask_nothing_of_a_task(serving_document: Make, aws: Any) -> None:
    document = checked(unbalanced(serving_document(), 600))
    document["task_definition"]["taskDefinitionArn"] = aws.definition(2)
    assert serving(Evidence.parse(document), None).proven


def test_more_tasks_than_are_wanted_may_be_on_their_way_to_health(serving_document: Make) -> None:
    document = unbalanced(serving_document(), 600)
    (task,) = document["tasks"]
    document["tasks"].append({**task, "taskArn": task["taskArn"] + "b", "startedAt": document["captured_at"]})
    document["service"]["deployments"][0]["runningCount"] = 2
    assert serving(Evidence.parse(document), None).proven
    document["service"]["desiredCount"] = 2
    assert serving(Evidence.parse(document), None).missing == ("1 of 2 tasks count as healthy yet",)


def test_behind_a_load_balancer_a_healthy_target_says_it_but_not_of_a_container_that_is_not(
    serving_document: Make,
) -> None:
    document = serving_document()
    document["tasks"][0]["startedAt"] = document["captured_at"]
    assert serving(Evidence.parse(document), None).proven
    document["tasks"][0]["healthStatus"] = "UNHEALTHY"
    assert serving(Evidence.parse(document), None).missing == ("0 of 1 tasks count as healthy yet",)


def test_the_digest_comes_from_the_tasks_where_no_revision_was_read(serving_document: Make, aws: Any) -> None:
    assert serving(Evidence.parse(serving_document() | {"service_revisions": []}), None).digest == aws.digest


GREEN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/green/0f"


def after_a_shift(document: dict[str, Any], *, resolved: bool) -> dict[str, Any]:
    """Let the tasks be in the alternate group, as after the second deployment of a strategy that shifts traffic."""
    (balancer,) = document["service"]["loadBalancers"]
    balancer["advancedConfiguration"] = {"alternateTargetGroupArn": GREEN}
    (blue,) = document["target_health"]
    green = {**blue, "target_group_arn": GREEN, "target_group": "green"}
    document["target_health"] = [{**blue, "descriptions": []}, green]
    for revision in document["service_revisions"]:
        if resolved:
            revision["resolvedConfiguration"] = {"loadBalancers": [{"targetGroupArn": GREEN}]}
    return document


@pytest.mark.parametrize("resolved", [True, False])
def test_after_a_shift_the_group_that_has_the_tasks_is_looked_at(serving_document: Make, *, resolved: bool) -> None:
    serves = serving(Evidence.parse(after_a_shift(serving_document(), resolved=resolved)), None)
    assert (serves.proven, serves.missing) == (True, ())
    assert (serves.targets_healthy, serves.targets_total) == (1, 1)


@pytest.mark.parametrize("resolved", [True, False])
def test_after_a_shift_unhealthy_targets_are_no_proof(serving_document: Make, *, resolved: bool) -> None:
    document = after_a_shift(serving_document(), resolved=resolved)
    document["target_health"][1]["descriptions"][0]["TargetHealth"] = {"State": "unhealthy"}
    serves = serving(Evidence.parse(document), None)
    assert serves.missing == ("0 of 1 targets of this deployment are healthy in green",)


def test_what_is_healthy_in_the_group_that_the_revision_left_is_no_proof(serving_document: Make) -> None:
    document = after_a_shift(serving_document(), resolved=True)
    blue, green = document["target_health"]
    blue["descriptions"], green["descriptions"] = green["descriptions"], []
    assert not serving(Evidence.parse(document), None).proven


def test_a_group_that_was_not_read_is_not_passed_over_for_the_other_one_of_its_pair(serving_document: Make) -> None:
    document = after_a_shift(serving_document(), resolved=False)
    document["target_health"] = [{**document["target_health"][1], "descriptions": []}]
    assert serving(Evidence.parse(document), None).missing == ("the target health of web was not read",)
