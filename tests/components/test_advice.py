"""What is allowed and may still surprise is said, and nothing is said of the defaults."""

import pytest

from components.advice import advice
from components.validation import read
from tests.components.conftest import waived

OWN = {"certificate_arn": "arn:aws:acm:eu-west-1:210987654321:certificate/0a"}
LOGGED = {**OWN, "access_logs_bucket": "logs-of-the-team"}
SPOT = {"capacity_provider": "FARGATE_SPOT"}


def test_the_defaults_need_no_warning(balanced):
    assert advice(read("shop", balanced)) == []


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"capacity_provider_strategies": [SPOT]}, "DEP-25"),
        ({"capacity_provider_strategies": [SPOT, {"capacity_provider": "FARGATE"}]}, "DEP-25"),
        ({"desired_count": 1}, "DEP-10"),
        ({"autoscaling": {"min_capacity": 1}}, "DEP-10"),
        ({"load_balancer": OWN}, "ELB-06"),
        ({"load_balancer": {**LOGGED, "deletion_protection": False}}, "ELB-05"),
    ],
)
def test_what_may_surprise_is_said_with_its_control(worker, changes, control):
    (sentence,) = advice(read("shop", {**worker, **changes}))
    assert sentence.endswith(f"[{control}]")


@pytest.mark.parametrize(
    ("changes", "control"),
    [
        ({"desired_count": 1}, "DEP-10"),
        ({"load_balancer": OWN}, "ELB-06"),
        ({"load_balancer": {**LOGGED, "deletion_protection": False}}, "ELB-05"),
    ],
)
def test_what_is_waived_is_not_said_again(worker, changes, control):
    assert advice(read("shop", {**worker, **changes, "waivers": waived(control)})) == []


def test_no_task_at_all_is_no_advice_about_their_number(worker):
    assert advice(read("shop", {**worker, "desired_count": 0})) == []


def test_spot_beside_a_base_of_fargate_needs_no_warning(worker):
    strategies = [SPOT, {"capacity_provider": "FARGATE", "base": 1}]
    assert advice(read("shop", {**worker, "capacity_provider_strategies": strategies})) == []
