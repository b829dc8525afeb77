"""How a new revision replaces the previous one, as ECS gets it."""

import pytest

from components.errors import ArgumentError
from components.pace import settle_minutes, timeout
from components.service import ignored
from components.validation import read
from tests.components.conftest import waived

FUNCTION = "arn:aws-us-gov:lambda:us-gov-west-1:210987654321:function:smoke"


@pytest.fixture
def shifting(deploy, balanced):
    def make(strategy="BLUE_GREEN", **deployment):
        balanced["load_balancer"]["test_listener_arn"] = balanced["load_balancer"]["listener_arn"] + "0"
        return deploy(balanced, deployment={"strategy": strategy, **deployment})

    return make


def test_the_alarms_have_the_bake_time_to_see_a_bad_revision(deploy):
    graph = deploy()
    bake = int(graph.one("Service").inputs["deploymentConfiguration"]["bakeTimeInMinutes"]) * 60
    alarm = graph.one("MetricAlarm", "latency-p99").inputs
    assert alarm["period"] * alarm["evaluationPeriods"] <= bake


def test_a_worker_without_alarms_has_nothing_to_bake_for(deploy, worker):
    assert deploy(worker).one("Service").inputs["deploymentConfiguration"] == {"strategy": "ROLLING"}


def test_requests_move_between_two_target_groups_alike(shifting):
    graph = shifting()
    one, other = (dict(made.inputs) for made in graph.all("TargetGroup"))
    assert one == other
    (entry,) = graph.one("Service").inputs["loadBalancers"]
    advanced = entry["advancedConfiguration"]
    assert advanced["alternateTargetGroupArn"].endswith("shop-alternate-target-group")
    assert advanced["productionListenerRule"].endswith("shop-rule")
    assert advanced["testListenerRule"].endswith("shop-test-rule")
    assert advanced["roleArn"].endswith("shop-infrastructure-role")


def test_ecs_moves_requests_with_a_role_of_its_own(shifting):
    graph = shifting()
    role = graph.one("Role", "infrastructure-role").inputs["assumeRolePolicy"]
    assert '"ecs.amazonaws.com"' in role
    assert "aws:SourceAccount" in role
    policy = graph.one("RolePolicyAttachment").inputs["policyArn"]
    assert policy == "arn:aws-us-gov:iam::aws:policy/AmazonECSInfrastructureRolePolicyForLoadBalancers"


def test_what_ecs_rewrites_is_not_written_back(shifting, deploy):
    graph = shifting()
    assert list(graph.one("ListenerRule", "shop-rule").options.ignoreChanges) == ["actions"]
    assert list(graph.one("Service").options.ignoreChanges) == [
        "loadBalancers[0].targetGroupArn",
        "loadBalancers[0].advancedConfiguration.alternateTargetGroupArn",
    ]
    assert not deploy().one("Service").options.ignoreChanges


def test_each_target_group_has_alarms_of_its_own(shifting):
    graph = shifting()
    assert graph.one("Service").inputs["alarms"]["alarmNames"] == [
        "ecs/blue/shop/http-5xx-rate",
        "ecs/blue/shop/latency-p99",
        "ecs/blue/shop/http-5xx-rate-alternate",
        "ecs/blue/shop/latency-p99-alternate",
    ]
    dimensions = graph.one("MetricAlarm", "latency-p99-alternate").inputs["dimensions"]
    assert dimensions["TargetGroup"] == "targetgroup/shop-alternate-target-group/0a"


def test_minutes_are_texts_as_the_provider_wants_them(shifting):
    canary = shifting("CANARY", canary={"percent": 2.5}, bake_time_in_minutes=7.0).one("Service").inputs
    assert canary["deploymentConfiguration"] == {
        "strategy": "CANARY",
        "bakeTimeInMinutes": "7",
        "canaryConfiguration": {"canaryPercent": 2.5, "canaryBakeTimeInMinutes": "10"},
    }
    linear = shifting("LINEAR").one("Service").inputs["deploymentConfiguration"]
    assert linear["linearConfiguration"] == {"stepPercent": 10, "stepBakeTimeInMinutes": "6"}


def test_a_hook_that_nobody_answers_rolls_back(shifting):
    pause = {"lifecycle_stages": ["POST_TEST_TRAFFIC_SHIFT"]}
    function = {"lifecycle_stages": ["PRE_SCALE_UP"], "target_type": "AWS_LAMBDA", "hook_target_arn": FUNCTION}
    graph = shifting(lifecycle_hooks=[pause, function])
    hooks = graph.one("Service").inputs["deploymentConfiguration"]["lifecycleHooks"]
    assert {hook["timeoutConfiguration"]["action"] for hook in hooks} == {"ROLLBACK"}
    assert hooks[0]["timeoutConfiguration"]["timeoutInMinutes"] == "60"
    assert [hook["targetType"] for hook in hooks] == ["PAUSE", "AWS_LAMBDA"]
    assert hooks[1]["roleArn"].endswith("shop-infrastructure-role")
    policy = graph.one("RolePolicy", "hooks-policy").inputs["policy"]
    assert f'"{FUNCTION}"' in policy
    assert '"lambda:InvokeFunction"' in policy


def test_the_circuit_breaker_is_on_with_each_strategy(shifting):
    assert shifting().one("Service").inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}


def test_defaults_that_are_turned_off_reach_ecs(deploy):
    off = {"availability_zone_rebalancing": "DISABLED", "wait_for_steady_state": False, "force_new_deployment": True}
    service = deploy(deployment=off, waivers=waived("DEP-09", "DEP-18", "DEP-22")).one("Service").inputs
    assert service["availabilityZoneRebalancing"] == "DISABLED"
    assert service["waitForSteadyState"] is False
    assert service["forceNewDeployment"] is True


def test_targets_that_stay_unhealthy_can_be_an_alarm(deploy):
    alarm = deploy(deployment_alarms={"unhealthy_host_count": 1.0}).one("MetricAlarm", "unhealthy-hosts").inputs
    assert (alarm["threshold"], alarm["comparisonOperator"]) == (1, "GreaterThanOrEqualToThreshold")
    assert (alarm["evaluationPeriods"], alarm["datapointsToAlarm"], alarm["period"]) == (5, 5, 60)


@pytest.mark.parametrize(
    ("deployment", "path"),
    [
        ({"strategy": "RECREATE"}, "strategy"),
        ({"canary": {"percent": 5}}, "canary"),
        ({"strategy": "CANARY", "linear": {"step_percent": 5}}, "linear"),
        ({"strategy": "LINEAR", "linear": {"step_percent": 1}}, "linear.step_percent"),
        ({"bake_time_in_minutes": 1441}, "bake_time_in_minutes"),
        ({"lifecycle_hooks": [{"lifecycle_stages": ["AFTERWARDS"]}]}, "lifecycle_hooks[0].lifecycle_stages[0]"),
        ({"lifecycle_hooks": [{"lifecycle_stages": []}]}, "lifecycle_hooks[0].lifecycle_stages"),
        ({"lifecycle_hooks": [{"lifecycle_stages": ["TEST_TRAFFIC_SHIFT"]}]}, "lifecycle_hooks[0].lifecycle_stages"),
        (
            {"lifecycle_hooks": [{"lifecycle_stages": ["PRE_SCALE_UP"], "target_type": "AWS_LAMBDA"}]},
            "lifecycle_hooks[0].hook_target_arn",
        ),
        (
            {"lifecycle_hooks": [{"lifecycle_stages": ["PRE_SCALE_UP"], "hook_target_arn": FUNCTION}]},
            "lifecycle_hooks[0].hook_target_arn",
        ),
        ({"availability_zone_rebalancing": "ON"}, "availability_zone_rebalancing"),
        ({"wait_for_steady_state": "yes"}, "wait_for_steady_state"),
    ],
)
def test_a_deployment_that_ecs_would_refuse_is_refused_first(balanced, deployment, path):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**balanced, "deployment": deployment})
    assert [problem.path for problem in caught.value.problems] == [f"deployment.{path}"]


def test_requests_cannot_move_where_there_are_none(worker):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**worker, "deployment": {"strategy": "BLUE_GREEN"}})
    assert caught.value.problems[0].complaint.control == "DEP-26"


def test_pulumi_waits_for_every_step_and_every_hook(balanced):
    def waits(**deployment):
        return int(timeout(read("shop", {**balanced, "deployment": deployment})).removesuffix("m"))

    hooks = [{"lifecycle_stages": ["PRE_SCALE_UP", "POST_SCALE_UP"], "timeout_in_minutes": 30}]
    rolling = waits()
    assert waits(strategy="CANARY") == rolling + 10
    assert waits(strategy="LINEAR") == rolling + 60
    assert waits(strategy="BLUE_GREEN", lifecycle_hooks=hooks) == rolling + 60
    assert waits(bake_time_in_minutes=15) == rolling + 10


def test_the_number_of_tasks_belongs_to_autoscaling_or_to_the_program_and_never_to_both(worker):
    assert ignored(read("shop", worker)) == []
    assert ignored(read("shop", {**worker, "autoscaling": {}})) == ["desiredCount"]


def test_the_expected_minutes_are_known_when_the_arguments_are(balanced):
    assert settle_minutes(read("shop", balanced)) is not None
