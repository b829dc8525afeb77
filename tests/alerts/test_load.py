"""A thousand failures in a minute are handled within ECS's request limits."""

from tests.alerts.load import bad_minute


def test_a_thousand_failures_of_five_hundred_services_in_a_minute_stay_within_ecs_buckets() -> None:
    found = bad_minute()
    assert found.buckets.refused.total() == 0, found.buckets
    assert found.in_dead_letter_queue == 0
    # One for each service with a cause of its own; those without an address share one, and one more as it grows.
    assert 333 + 1 <= found.messages <= 333 + 3
    assert found.minutes < 10
    assert found.buckets.calls["service read"] <= 150
    assert found.median_batch_seconds < 1
