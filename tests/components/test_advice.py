"""What is allowed and may still surprise is said, and nothing is said of the defaults."""

import pytest

from components.advice import advice
from components.validation import read

SPOT = {"capacity_provider": "FARGATE_SPOT"}


def test_the_defaults_need_no_warning(balanced):
    assert advice(read("shop", balanced)) == []


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"capacity_provider_strategies": [SPOT]}, "DEP-25"),
        ({"capacity_provider_strategies": [SPOT, {"capacity_provider": "FARGATE"}]}, "DEP-25"),
        ({"deployment": {"wait_for_steady_state": False}}, "DEP-18"),
        ({"deployment": {"force_new_deployment": True}}, "DEP-22"),
        ({"restart_policy": {}}, "TSK-15"),
        ({"enable_execute_command": True}, "TSK-11"),
    ],
)
def test_what_may_surprise_is_said_with_its_control(worker, changes, control):
    (sentence,) = advice(read("shop", {**worker, **changes}))
    assert sentence.endswith(f"[{control}]")


def test_spot_beside_a_base_of_fargate_needs_no_warning(worker):
    strategies = [SPOT, {"capacity_provider": "FARGATE", "base": 1}]
    assert advice(read("shop", {**worker, "capacity_provider_strategies": strategies})) == []
