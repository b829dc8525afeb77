"""BLUE_GREEN, LINEAR and CANARY: their stages, traffic, PAUSE hooks, and the ways back."""

from typing import Any

import pytest

from tests.sandbox.ecs.pair import Pair

MINUTE = 60
STAGES = [
    "PRE_SCALE_UP", "SCALE_UP", "POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "POST_TEST_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT", "POST_PRODUCTION_TRAFFIC_SHIFT", "BAKE_TIME", "CLEAN_UP",
]  # fmt: skip


def test_blue_green_walks_its_stages_and_shifts_all_traffic_at_once(world: Any) -> None:
    pair = Pair(world)
    pair.walk("SUCCESSFUL")
    assert pair.weights(pair.production) == (100, 0)
    world.update(taskDefinition=pair.new)
    most = 0

    def count() -> bool:
        nonlocal most
        most = max(most, world.service()["runningCount"])
        return bool(pair.rollout()["lifecycleStage"] == "BAKE_TIME")

    world.until(count, within=600)
    assert most == 4, "both revisions stand side by side"
    assert pair.weights(pair.production) == (0, 100)
    assert pair.rollout()["targetServiceRevision"]["requestedProductionTrafficWeight"] == 100.0
    assert pair.rollout()["sourceServiceRevisions"][0]["requestedProductionTrafficWeight"] == 0.0
    pair.walk("SUCCESSFUL")
    assert sorted(task["taskDefinitionArn"] for task in world.tasks()) == [pair.new, pair.new]
    registered = world.elb.describe_target_health(TargetGroupArn=pair.green)["TargetHealthDescriptions"]
    assert [each["TargetHealth"]["State"] for each in registered] == ["healthy", "healthy"]
    world.step(120)
    assert world.elb.describe_target_health(TargetGroupArn=pair.blue)["TargetHealthDescriptions"] == []


def test_a_revision_says_which_target_group_it_was_given(world: Any) -> None:
    pair = Pair(world)
    pair.walk("SUCCESSFUL")

    def resolved() -> list[str]:
        arn = pair.rollout()["targetServiceRevision"]["arn"]
        (revision,) = world.ecs.describe_service_revisions(serviceRevisionArns=[arn])["serviceRevisions"]
        return [each["targetGroupArn"] for each in revision["resolvedConfiguration"]["loadBalancers"]]

    assert resolved() == [pair.blue]
    world.update(taskDefinition=pair.new)
    pair.walk("SUCCESSFUL")
    assert resolved() == [pair.green]


def test_the_stages_come_in_their_order_and_production_waits_for_the_tests(world: Any) -> None:
    pair = Pair(world)
    pair.walk("SUCCESSFUL")
    world.update(taskDefinition=pair.new)
    seen = pair.walk("SUCCESSFUL")
    assert list(dict.fromkeys(stage for stage, _ in seen)) == STAGES
    before = STAGES[: STAGES.index("PRODUCTION_TRAFFIC_SHIFT")]
    assert {weights for stage, weights in seen if stage in before} == {(100, 0)}
    assert pair.weights(pair.test) == (0, 100)


def test_linear_shifts_in_equal_steps(world: Any) -> None:
    linear = {"stepPercent": 25.0, "stepBakeTimeInMinutes": 1}
    pair = Pair(world, strategy="LINEAR", linearConfiguration=linear, bakeTimeInMinutes=0)
    pair.walk("SUCCESSFUL")
    world.update(taskDefinition=pair.new)
    seen = pair.walk("SUCCESSFUL")
    assert list(dict.fromkeys(weights for _, weights in seen)) == [(100, 0), (75, 25), (50, 50), (25, 75), (0, 100)]


def test_canary_shifts_a_little_and_then_the_rest(world: Any) -> None:
    canary = {"canaryPercent": 10.0, "canaryBakeTimeInMinutes": 3}
    pair = Pair(world, strategy="CANARY", canaryConfiguration=canary, bakeTimeInMinutes=0)
    pair.walk("SUCCESSFUL")
    world.update(taskDefinition=pair.new)
    world.until(lambda: pair.weights(pair.production) == (90, 10), within=600)
    waited = world.until(lambda: pair.weights(pair.production) == (0, 100), within=600)
    assert 3 * MINUTE <= waited <= 4 * MINUTE
    pair.walk("SUCCESSFUL")


@pytest.mark.parametrize("tag", ["crash-on-start", "health-500", "no-such"])
def test_a_new_revision_that_never_gets_healthy_is_rolled_back_and_never_had_production_traffic(
    world: Any, tag: str
) -> None:
    pair = Pair(world)
    pair.walk("SUCCESSFUL")
    first = world.primary()["id"]
    world.update(taskDefinition=world.register(tag))
    seen = pair.walk("ROLLBACK_SUCCESSFUL", within=1800)
    assert {weights for _, weights in seen} == {(100, 0)}
    assert world.primary()["id"] == first
    assert [task["taskDefinitionArn"] for task in world.tasks()] == [pair.old, pair.old]


def test_a_stop_in_the_bake_time_sends_the_traffic_back(world: Any) -> None:
    pair = Pair(world, bakeTimeInMinutes=30)
    pair.walk("SUCCESSFUL")
    world.update(taskDefinition=pair.new)
    world.until(lambda: pair.rollout()["lifecycleStage"] == "BAKE_TIME", within=600)
    world.ecs.stop_service_deployment(serviceDeploymentArn=pair.rollout()["serviceDeploymentArn"])
    pair.walk("ROLLBACK_SUCCESSFUL", within=120)
    assert pair.weights(pair.production) == (100, 0)
    world.step(200)
    assert [task["taskDefinitionArn"] for task in world.tasks()] == [pair.old, pair.old]


def hooked(**timeout: Any) -> dict[str, Any]:
    hook = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
    return {"lifecycleHooks": [hook | ({"timeoutConfiguration": timeout} if timeout else {})]}


def to_hook(world: Any, pair: Pair) -> dict[str, Any]:
    """Continue at the first deployment's hook, deploy, and wait at the hook of the second."""
    world.until(lambda: pair.rollout().get("lifecycleHookDetails"), within=600)
    hook = pair.rollout()["lifecycleHookDetails"][0]
    arn = pair.rollout()["serviceDeploymentArn"]
    world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"])
    pair.walk("SUCCESSFUL")
    world.update(taskDefinition=pair.new)
    world.until(lambda: pair.rollout().get("lifecycleHookDetails"), within=600)
    return dict(pair.rollout()["lifecycleHookDetails"][0])


def test_a_deployment_waits_at_a_pause_hook_until_it_is_continued(world: Any) -> None:
    pair = Pair(world, **hooked())
    hook = to_hook(world, pair)
    assert (hook["targetType"], hook["status"], hook["timeoutAction"]) == ("PAUSE", "AWAITING_ACTION", "ROLLBACK")
    world.step(3600)
    assert pair.rollout()["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert pair.weights(pair.production) == (100, 0)
    arn = pair.rollout()["serviceDeploymentArn"]
    world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="CONTINUE")
    with pytest.raises(world.ecs.exceptions.ClientException, match="does not await"):
        world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"])
    pair.walk("SUCCESSFUL")
    assert pair.weights(pair.production) == (0, 100)


def test_a_hook_can_roll_back(world: Any) -> None:
    pair = Pair(world, **hooked())
    hook = to_hook(world, pair)
    arn = pair.rollout()["serviceDeploymentArn"]
    world.ecs.continue_service_deployment(serviceDeploymentArn=arn, hookId=hook["hookId"], action="ROLLBACK")
    pair.walk("ROLLBACK_SUCCESSFUL", within=200)
    assert pair.rollout()["statusReason"] == (
        "Service deployment rolled back because POST_TEST_TRAFFIC_SHIFT lifecycle hook(s) failed."
    )


@pytest.mark.parametrize(("action", "status"), [("ROLLBACK", "ROLLBACK_SUCCESSFUL"), ("CONTINUE", "SUCCESSFUL")])
def test_a_hook_that_nobody_answers_times_out(world: Any, action: str, status: str) -> None:
    pair = Pair(world, **hooked(timeoutInMinutes=10, action=action))
    to_hook(world, pair)
    world.step(9 * MINUTE)
    assert pair.rollout()["status"] == "IN_PROGRESS"
    pair.walk(status, within=600)


def test_rules_that_do_not_forward_to_both_groups_fail_the_deployment(world: Any) -> None:
    pair = Pair(world)
    pair.walk("SUCCESSFUL")
    for rule in (pair.production, pair.test):
        forward = [{"Type": "forward", "TargetGroupArn": pair.blue}]
        world.elb.modify_rule(RuleArn=rule, Actions=forward)
    world.update(taskDefinition=pair.new)
    world.until(lambda: pair.rollout()["status"] == "ROLLBACK_SUCCESSFUL", within=200)
    assert pair.rollout()["statusReason"].startswith(
        "Service deployment rolled back because of invalid networking configuration: Both targetGroup and"
    )


@pytest.mark.parametrize(
    ("configuration", "error"),
    [
        ({"bakeTimeInMinutes": None, "strategy": "BLUE_GREEN"}, "InvalidParameterException"),
        ({"lifecycleHooks": [{"hookTargetArn": "arn:l", "lifecycleStages": ["PRE_SCALE_UP"]}]}, "UnsupportedFeature"),
        (
            {"lifecycleHooks": [{"targetType": "PAUSE", "lifecycleStages": ["TEST_TRAFFIC_SHIFT"]}]},
            "InvalidParameterException",
        ),
        ({"strategy": "LINEAR", "linearConfiguration": {"stepPercent": 2.0}}, "InvalidParameterException"),
    ],
)
def test_what_cannot_be_is_refused(world: Any, configuration: dict[str, Any], error: str) -> None:
    given = {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 1} | configuration
    definition = world.register("good-1")
    with pytest.raises(world.ecs.exceptions.ClientError, match=error):
        world.create(definition, deploymentConfiguration={k: v for k, v in given.items() if v is not None})
