"""How many tasks run, and on which capacity."""

import pytest

from components.errors import ArgumentError
from components.validation import read

NIGHT = {"name": "night", "schedule": "cron(0 22 * * ? *)", "timezone": "Europe/Berlin", "min_capacity": 1.0}
ACTION = "autoscaling.scheduled_actions[0]"
PROVIDERS = "capacity_provider_strategies"


def test_autoscaling_is_off_unless_asked_for(deploy):
    graph = deploy()
    assert not graph.all("Target")
    assert not graph.one("Service").options.ignoreChanges


def test_the_number_of_tasks_follows_the_cpu_out_fast_and_in_slowly(deploy):
    graph = deploy(autoscaling={"min_capacity": 3.0})
    target = graph.one("Target").inputs
    assert (target["minCapacity"], target["maxCapacity"]) == (3, 6)
    assert target["resourceId"] == "service/blue/shop"
    policy = graph.one("Policy").inputs["targetTrackingScalingPolicyConfiguration"]
    assert policy["predefinedMetricSpecification"]["predefinedMetricType"] == "ECSServiceAverageCPUUtilization"
    assert (policy["targetValue"], policy["scaleInCooldown"], policy["scaleOutCooldown"]) == (60, 300, 60)


def test_pulumi_leaves_the_number_of_tasks_to_autoscaling(deploy):
    service = deploy(autoscaling={"min_capacity": 3}).one("Service")
    assert list(service.options.ignoreChanges) == ["desiredCount"]
    assert service.inputs["desiredCount"] == 3


def test_the_range_needs_the_service(deploy):
    dependencies = deploy(autoscaling={}).one("Target").options.dependencies
    assert any(urn.endswith("::shop-service") for urn in dependencies)


def test_requests_are_counted_at_the_services_own_target_group(deploy):
    graph = deploy(autoscaling={"requests_per_target": 500, "memory_target": 70})
    policy = graph.one("Policy", "requests").inputs["targetTrackingScalingPolicyConfiguration"]
    label = policy["predefinedMetricSpecification"]["resourceLabel"]
    assert label == "app/web/50dc6c495c0c9188/targetgroup/shop-target-group/0a"
    assert {made.name for made in graph.all("Policy")} == {
        "shop-scaling-cpu", "shop-scaling-memory", "shop-scaling-requests",
    }  # fmt: skip


def test_ranges_change_at_certain_times(deploy):
    action = deploy(autoscaling={"scheduled_actions": [NIGHT]}).one("ScheduledAction").inputs
    assert (action["schedule"], action["timezone"]) == ("cron(0 22 * * ? *)", "Europe/Berlin")
    assert action["scalableTargetAction"] == {"minCapacity": 1}


def test_the_capacity_is_fargate_in_every_cluster(deploy):
    service = deploy().one("Service").inputs
    assert service["launchType"] == "FARGATE"
    assert "capacityProviderStrategies" not in service


def test_some_tasks_may_run_on_spot(deploy):
    strategies = [{"capacity_provider": "FARGATE", "base": 1.0}, {"capacity_provider": "FARGATE_SPOT", "weight": 3.0}]
    service = deploy(capacity_provider_strategies=strategies).one("Service").inputs
    assert "launchType" not in service
    assert service["capacityProviderStrategies"] == [
        {"capacityProvider": "FARGATE", "base": 1, "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "base": 0, "weight": 3},
    ]


@pytest.mark.parametrize(
    ("changes", "path"),
    [
        ({"autoscaling": {"min_capacity": 7}}, "autoscaling.min_capacity"),
        ({"autoscaling": {"min_capacity": 0}}, "autoscaling.min_capacity"),
        ({"autoscaling": {"scheduled_actions": [{**NIGHT, "min_capacity": 0}]}}, f"{ACTION}.min_capacity"),
        ({"autoscaling": {"scheduled_actions": [{**NIGHT, "min_capacity": None}]}}, ACTION),
        ({"autoscaling": {"scheduled_actions": [NIGHT, NIGHT]}}, "autoscaling.scheduled_actions[1].name"),
        ({"autoscaling": {"scheduled_actions": [{**NIGHT, "schedule": "0 22 * * *"}]}}, f"{ACTION}.schedule"),
        ({"autoscaling": {"scheduled_actions": [{**NIGHT, "timezone": "Berlin"}]}}, f"{ACTION}.timezone"),
        ({"autoscaling": {"requests_per_target": 100}}, "autoscaling.requests_per_target"),
        ({"autoscaling": {}, "desired_count": 7}, "desired_count"),
        ({"autoscaling": {"min_capacity": 3}, "desired_count": 2}, "desired_count"),
        ({"allow_scale_to_zero": True}, "allow_scale_to_zero"),
        ({PROVIDERS: [{"capacity_provider": "EC2"}]}, f"{PROVIDERS}[0].capacity_provider"),
        ({PROVIDERS: [{"capacity_provider": "FARGATE", "weight": 0}]}, PROVIDERS),
        ({PROVIDERS: [{"capacity_provider": "FARGATE"}] * 2}, PROVIDERS),
        (
            {PROVIDERS: [
                {"capacity_provider": "FARGATE", "base": 1}, {"capacity_provider": "FARGATE_SPOT", "base": 1},
            ]},
            PROVIDERS,
        ),
    ],
)  # fmt: skip
def test_numbers_that_cannot_be_are_refused(worker, changes, path):
    with pytest.raises(ArgumentError) as caught:
        read("shop", {**worker, **changes})
    assert [problem.path for problem in caught.value.problems] == [path]


def test_zero_tasks_are_opted_into(worker):
    scaling = {"min_capacity": 0, "scheduled_actions": [{**NIGHT, "min_capacity": 0, "max_capacity": 0}]}
    settings = read("shop", {**worker, "allow_scale_to_zero": True, "autoscaling": scaling})
    assert settings.desired_count == 0


def test_requests_do_not_scale_where_their_target_group_changes(balanced):
    args = {**balanced, "deployment": {"strategy": "CANARY"}, "autoscaling": {"requests_per_target": 100}}
    with pytest.raises(ArgumentError) as caught:
        read("shop", args)
    assert caught.value.problems[0].complaint.control == "DEP-26"
