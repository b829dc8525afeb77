"""What holds in every random history of a service, of each strategy: see `watched` for the rules.

Updates (also several at once), scalings, stops, kills, alarms, hooks, lost hosts, faults of other services. The normal
run takes a few dozen histories, the same each time; with SANDBOX_HISTORIES=2000 in the environment it takes so many, at
random.
"""

import os
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sandbox.ecs.failure import TERMINAL
from sandbox.ecs.shapes import service_shape
from tests.sandbox.ecs.watched import ENI_OF_TASKS, PAUSES, STRATEGIES, TAGS, run, watched

ASKED = os.environ.get("SANDBOX_HISTORIES")
HISTORIES = settings(
    max_examples=int(ASKED or 60),
    derandomize=ASKED is None,
    database=None,
    phases=(Phase.explicit, Phase.generate, *((Phase.shrink,) if ASKED else ())),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
ACTIONS = (
    "deploy", "deploy", "deploy", "force", "update at once", "scale", "kill task", "stop deployment", "answer",
    "answer", "alarm", "fault", "fault", "maintain", "interrupt", "wait",
)  # fmt: skip
PLANS = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.sampled_from(TAGS), st.integers(0, 5), st.integers(1, 600)),
    min_size=1,
    max_size=8,
)
SERVICES = st.fixed_dictionaries(
    {
        "strategy": st.sampled_from(STRATEGIES),
        "desired": st.integers(0, 4),
        "minimum": st.sampled_from((0, 50, 100)),
        "maximum": st.sampled_from((125, 150, 200)),
        "balanced": st.booleans(),
        "alarms": st.booleans(),
        "rollback": st.booleans(),
        "breaker": st.booleans(),
        "reset": st.booleans(),
        "spot": st.booleans(),
        "bake": st.integers(0, 3),
        "pauses": st.lists(st.sampled_from(PAUSES), max_size=2, unique=True),
        "on_timeout": st.sampled_from(("CONTINUE", "ROLLBACK")),
        "seed": st.integers(0, 999),
    }
)


@HISTORIES
@given(plan=PLANS, chosen=SERVICES)
def test_every_history_keeps_the_rules_and_gives_everything_back(
    world_class: Any, plan: list[tuple[str, str, int, int]], chosen: dict[str, Any]
) -> None:
    with watched(world_class, chosen) as found:
        run(found, plan)
        found.world.ecs.delete_service(cluster="main", service="shop", force=True)
        found.world.step(1200)
        assert found.service.status == "INACTIVE"
        assert all(each.status in TERMINAL for each in found.service.service_deployments)
        assert [each.last_status for each in found.region.tasks.values() if each.last_status != "STOPPED"] == []
        left = [each for each in found.region.surroundings._ec2().enis.values() if ENI_OF_TASKS in each.description]
        assert left == [], "an address is not given back"
        for group in found.target_groups:
            assert found.world.world.targets.of(group) == [], "a target is not given back"


@settings(HISTORIES, max_examples=max(5, int(ASKED or 0) // 20))
@given(plan=PLANS, chosen=SERVICES)
def test_the_same_seed_and_calls_give_the_same_history(
    world_class: Any, plan: list[tuple[str, str, int, int]], chosen: dict[str, Any]
) -> None:
    histories = []
    for _ in range(2):
        with watched(world_class, chosen) as found:
            run(found, plan)
            histories.append(found.history())
    assert histories[0] == histories[1]


@settings(HISTORIES, max_examples=int(ASKED or 20))
@given(plan=PLANS, chosen=SERVICES)
def test_left_alone_with_a_good_image_a_service_comes_to_rest(
    world_class: Any, plan: list[tuple[str, str, int, int]], chosen: dict[str, Any]
) -> None:
    with watched(world_class, chosen | {"maximum": 200, "on_timeout": "CONTINUE"}) as found:
        run(found, plan)
        found.mend()
        found.world.step(60)  # IAM's changes take effect
        found.world.update(taskDefinition=found.definitions["good-2"], forceNewDeployment=True, desiredCount=2)
        found.wait(2700)
        assert found.service.primary.rollout_state == "COMPLETED"
        assert found.service.current.status == "SUCCESSFUL"
        running = service_shape(found.service)["runningCount"]
        assert (running, len(found.service.deployments)) == (2, 1)
