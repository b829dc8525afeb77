"""What holds in every history, whatever is asked of a service and whenever."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

TAGS = ("good-1", "good-2", "crash-on-start", "health-500", "no-such")
SMALL = settings(
    max_examples=10,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def history(world: Any) -> list[tuple[Any, str]]:
    return [(event["createdAt"], event["message"]) for event in world.service()["events"]]


def test_the_same_seed_gives_the_same_history(world_class: Any) -> None:
    def run(seed: int) -> list[tuple[Any, str]]:
        with mock_aws():
            world = world_class(seed=seed)
            world.create(world.register("good-1"), desiredCount=2)
            world.until(world.completed, within=300)
            world.update(taskDefinition=world.register("crash-on-start"))
            world.step(900)
            return history(world)

    assert run(1) == run(1)
    assert run(1) != run(2)


@SMALL
@given(
    tags=st.lists(st.sampled_from(TAGS), min_size=1, max_size=3),
    minimum=st.sampled_from((50, 100)),
    desired=st.integers(1, 4),
    wait=st.integers(5, 400),
)
def test_no_deployment_takes_healthy_tasks_below_the_minimum(
    world_class: Any, tags: list[str], minimum: int, desired: int, wait: int
) -> None:
    with mock_aws():
        world = world_class()
        percent = {"minimumHealthyPercent": minimum, "maximumPercent": 200}
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        group = world.target_group()
        definitions = {tag: world.register(tag) for tag in TAGS}
        world.create(definitions["good-1"], group, desiredCount=desired, deploymentConfiguration=percent | breaker)
        world.until(world.completed, within=300, by=10)
        for tag in tags:
            world.update(taskDefinition=definitions[tag])
            for _ in range(15):
                world.step(wait / 15)
                found = world.elb.describe_target_health(TargetGroupArn=group)["TargetHealthDescriptions"]
                healthy = sum(each["TargetHealth"]["State"] == "healthy" for each in found)
                assert healthy >= -(-desired * minimum // 100)
