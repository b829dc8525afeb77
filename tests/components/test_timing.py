"""How long Pulumi waits: always longer than ECS needs to decide."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from components.timing import Pace, minutes, settle_seconds, timeout_seconds

DEFAULT = Pace(
    desired_count=2,
    minimum_healthy_percent=100,
    maximum_percent=200,
    grace_period=60,
    interval=10,
    healthy_threshold=2,
    unhealthy_threshold=3,
    deregistration_delay=30,
    stop_timeout=60,
)


def test_the_defaults_settle_in_six_minutes_and_are_waited_for_long_enough():
    assert settle_seconds(DEFAULT) == 120 + 60 + 30 + 60 + 60
    # Three failures, two at a time: two rounds; then the previous revision; then ten minutes to spare.
    longest = 2 * (120 + 60 + 30 + 30 + 60) + 330 + 600
    assert longest <= timeout_seconds(DEFAULT) < longest + 60


def test_a_narrow_maximum_takes_batch_after_batch():
    assert settle_seconds(replace(DEFAULT, desired_count=10, maximum_percent=110)) == 10 * 270 + 60


def test_the_circuit_breaker_wants_three_failures_at_least_and_two_hundred_at_most():
    wanted = {count: replace(DEFAULT, desired_count=count).failures for count in (0, 1, 6, 7, 100, 1000)}
    assert wanted == {0: 3, 1: 3, 6: 3, 7: 4, 100: 50, 1000: 200}


def test_a_wait_is_never_shorter_than_a_deletion_may_take():
    worker = replace(DEFAULT, grace_period=0, interval=0, deregistration_delay=0, desired_count=1, stop_timeout=30)
    assert timeout_seconds(worker) >= 1200


def test_timeouts_are_whole_minutes_in_pulumi_s_words():
    assert timeout_seconds(DEFAULT) % 60 == 0
    assert minutes(timeout_seconds(DEFAULT)) == "26m"
    assert minutes(61) == "2m"


@given(
    st.builds(
        Pace,
        desired_count=st.integers(0, 5000),
        minimum_healthy_percent=st.just(100),
        maximum_percent=st.integers(101, 1000),
        grace_period=st.integers(0, 600),
        interval=st.integers(0, 300),
        healthy_threshold=st.integers(2, 10),
        unhealthy_threshold=st.integers(2, 10),
        deregistration_delay=st.integers(0, 120),
        stop_timeout=st.integers(30, 120),
    )
)
def test_pulumi_waits_longer_than_any_deployment_takes(pace):
    longest_good = settle_seconds(pace)
    longest_first_failure = pace.grace_period + pace.unhealthy_threshold * pace.interval + pace.deregistration_delay
    assert timeout_seconds(pace) >= longest_good + longest_first_failure + 600
