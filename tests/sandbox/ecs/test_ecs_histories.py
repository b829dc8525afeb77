"""What holds in every history, whatever is asked of a service and whenever."""

from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from moto import mock_aws

TAGS = ("good-1", "good-2", "crash-on-start", "health-500", "no-such")
STEPS = st.lists(
    st.tuples(
        st.sampled_from(("deploy", "scale", "stop task", "stop deployment")),
        st.sampled_from(TAGS),
        st.integers(0, 4),
        st.integers(1, 240),
    ),
    max_size=6,
)

SMALL = settings(
    max_examples=10,
    deadline=None,
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


def act(world: Any, definitions: dict[str, str], action: str, tag: str, count: int) -> int | None:
    """Do one thing to the service; return the desired count where it changed."""
    if action == "deploy":
        world.update(taskDefinition=definitions[tag])
    elif action == "scale":
        world.update(desiredCount=count)
        return count
    elif action == "stop task" and world.tasks():
        world.ecs.stop_task(cluster="main", task=world.tasks()[0]["taskArn"])
    elif action == "stop deployment":
        newest = world.rollouts()[0]
        if newest["status"] in {"PENDING", "IN_PROGRESS"}:
            world.ecs.stop_service_deployment(serviceDeploymentArn=newest["serviceDeploymentArn"])
    return None


def unstopped(world: Any) -> int:
    tasks = world.tasks() + [task for task in world.tasks("STOPPED") if task["lastStatus"] != "STOPPED"]
    return len(tasks)


@SMALL
@given(
    plan=STEPS, minimum=st.sampled_from((0, 50, 100)), maximum=st.sampled_from((150, 200)), desired=st.integers(1, 4)
)
def test_there_are_never_more_tasks_than_the_maximum(
    world_class: Any, plan: list[tuple[str, str, int, int]], minimum: int, maximum: int, desired: int
) -> None:
    with mock_aws():
        world = world_class()
        percent = {"minimumHealthyPercent": minimum, "maximumPercent": maximum}
        breaker = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}
        definitions = {tag: world.register(tag) for tag in TAGS}
        world.create(definitions["good-1"], desiredCount=desired, deploymentConfiguration=percent | breaker)
        most = desired
        for action, tag, count, seconds in plan:
            most = max(most, act(world, definitions, action, tag, count) or 0)
            for _ in range(6):
                world.step(seconds / 6)
                # Scaling in leaves tasks that are on their way out, so the limit is the highest there has been.
                assert unstopped(world) <= most * maximum // 100


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
