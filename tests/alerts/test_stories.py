"""What is a story and what is none, and how each is told: one message, brought up to date where that is possible."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest

from alerts.handler.webhook import Response
from tests.alerts.block_kit import breaches
from tests.alerts.chain import BOT, GENERIC, Chain
from tests.alerts.dynamodb import MemoryDynamo
from tests.alerts.region import CRASHED, FULL, Region, missing

Make = Callable[..., tuple[Region, Chain]]


def told(chain: Chain, region: Region, *events: str, wait: float = 0) -> list[dict[str, Any]]:
    """Handle events until the queue is empty; return the messages that are shown then."""
    for event in events:
        chain.queue.put(event)
    chain.settle(region.clock.advance)
    region.clock.advance(wait)
    for message in chain.slack.messages:
        if "blocks" in message:
            assert breaches(message) == []
    return chain.slack.messages


def full(region: Region, numbers: Iterable[int]) -> list[str]:
    """Return the events of tasks that find no address; it may become free, so that each service needs two of them."""
    return [region.die(number, FULL) for number in numbers for _ in range(2)]


def test_a_stop_for_a_doomed_cause_is_told_though_the_deployment_goes_on(region_chain: Make) -> None:
    region, chain = region_chain()
    (message,) = told(chain, region, region.die(0, missing(0)))
    assert "production: web-0 failed to deploy: the image" in message["text"]
    assert region.clock.now().timestamp() - region.tasks[max(region.tasks)]["stoppedAt"].timestamp() <= 20


def test_duplicates_and_what_follows_are_the_same_message(region_chain: Make) -> None:
    region, chain = region_chain()
    first = region.die(0, missing(0))
    (_,) = told(chain, region, first, first, region.die(0, missing(0)), region.fail(0), first, region.roll_back(0))
    assert len(chain.slack.posts) == 1


def test_benign_stops_are_no_story_and_cost_no_read(region_chain: Make) -> None:
    region, chain = region_chain()
    benign = [
        region.die(0, "Scaling activity initiated by (deployment ecs-svc/02)", "ServiceSchedulerInitiated"),
        region.die(0, "Task stopped by user", "UserInitiated"),
        region.die(0, "Your Spot Task was interrupted.", "SpotInterruption"),
    ]
    assert told(chain, region, *benign) == []
    assert not region.api_calls


def test_one_death_that_may_pass_waits_and_the_second_alike_tells(region_chain: Make) -> None:
    region, chain = region_chain()
    assert told(chain, region, region.die(0, "Task failed container health checks", "ServiceSchedulerInitiated")) == []
    (message,) = told(chain, region, region.die(0, "Task failed container health checks", "ServiceSchedulerInitiated"))
    assert "web-0" in message["text"]


def test_the_first_death_counts_though_ecs_has_forgotten_it(region_chain: Make) -> None:
    region, chain = region_chain()
    told(chain, region, region.die(0, "Task failed container health checks", "ServiceSchedulerInitiated"))
    region.tasks = {arn: task for arn, task in region.tasks.items() if task["lastStatus"] == "RUNNING"}
    (message,) = told(chain, region, region.die(0, "Task failed container health checks", "ServiceSchedulerInitiated"))
    assert "`container-health-check-failing`" in json.dumps(message)


def test_the_same_death_twice_is_one_death(region_chain: Make) -> None:
    region, chain = region_chain()
    event = region.die(0, "Task failed container health checks", "ServiceSchedulerInitiated")
    assert told(chain, region, event, event, event) == []


def test_what_ecs_gives_up_is_told_though_nothing_says_why(region_chain: Make) -> None:
    region, chain = region_chain()
    (message,) = told(chain, region, region.fail(0))
    assert "web-0 failed to deploy" in message["text"]


def test_the_tasks_of_events_are_evidence_when_the_service_is_gone(region_chain: Make) -> None:
    region, chain = region_chain()
    event = region.die(0, missing(0))
    region.services.clear()
    region.tasks.clear()
    (message,) = told(chain, region, event)
    assert "image `registry.example.com/web-0:2` does not exist" in message["text"]


def test_a_message_of_a_bot_is_brought_up_to_date_and_never_goes_back(region_chain: Make) -> None:
    region, chain = region_chain(secret=BOT)
    failed, back = region.fail(0), None
    (message,) = told(chain, region, region.die(0, missing(0)))
    assert "failed to deploy:" in message["text"]
    back = region.roll_back(0)
    (message,) = told(chain, region, back)
    assert "was rolled back" in message["text"]
    (message,) = told(chain, region, failed)
    assert "was rolled back" in message["text"]
    region.clock.advance(600)
    (message,) = told(chain, region, region.complete(0))
    assert "has recovered" in message["text"]
    told(chain, region, back, failed)
    assert "has recovered" in chain.slack.messages[0]["text"]


def test_an_end_that_overtakes_the_failure_is_told_with_it(region_chain: Make) -> None:
    region, chain = region_chain()
    failed = region.fail(0)
    (message,) = told(chain, region, region.roll_back(0), failed)
    assert "failed to deploy and was rolled back" in message["text"]


@pytest.mark.parametrize(("follow_ups", "messages"), [(False, 1), (True, 2)])
def test_a_webhook_is_told_of_the_end_only_where_that_is_wanted(
    region_chain: Make, *, follow_ups: bool, messages: int
) -> None:
    region, chain = region_chain(follow_ups=follow_ups)
    told(chain, region, region.fail(0))
    told(chain, region, region.roll_back(0))
    assert len(told(chain, region, region.complete(0))) == messages


def test_a_rollback_that_only_its_reason_tells_of_is_the_failed_deployments_story(
    region_chain: Make,
) -> None:
    region, chain = region_chain()
    region.fail(0)
    reason = "ECS deployment circuit breaker: rolling back to deploymentId ecs-svc/01."
    (message,) = told(chain, region, region.deployment_event(0, 1, "IN_PROGRESS", reason))
    assert "ecs-svc/02" in json.dumps(message)


def test_deaths_after_a_deployment_are_one_story_until_none_came_for_an_hour(region_chain: Make) -> None:
    region, chain = region_chain()
    region.complete(0, revision=2)
    region.tasks.clear()
    assert len(told(chain, region, region.die(0, missing(0)))) == 1
    assert "does not keep running" in chain.slack.messages[0]["text"]
    for _ in range(8):
        region.clock.advance(1200)
        assert len(told(chain, region, region.die(0, missing(0)))) == 1
    region.clock.advance(3700)
    assert len(told(chain, region, region.die(0, missing(0)))) == 2


def test_deaths_that_nothing_explains_are_told_outside_a_deployment_after_the_third(region_chain: Make) -> None:
    region, chain = region_chain()
    region.complete(0, revision=2)
    region.tasks.clear()
    counts = [len(told(chain, region, region.die(0, CRASHED, "EssentialContainerExited"))) for _ in range(3)]
    assert counts == [0, 0, 1]


def test_one_death_beside_tasks_that_serve_is_no_story(region_chain: Make) -> None:
    region, chain = region_chain()
    region.complete(0, revision=2)
    assert told(chain, region, region.die(0, CRASHED, "EssentialContainerExited")) == []


def test_two_hundred_services_without_an_address_are_one_message_with_the_cause(region_chain: Make) -> None:
    region, chain = region_chain(200, client=MemoryDynamo())
    (message,) = told(chain, region, *full(region, range(200)))
    assert "200 services fail for one cause: the subnet `subnet-0123456789abcdef0`" in message["text"]
    assert "more" in json.dumps(message)


def test_two_hundred_services_are_one_message_of_a_bot_that_grows(region_chain: Make) -> None:
    region, chain = region_chain(200, client=MemoryDynamo(), secret=BOT)
    (message,) = told(chain, region, *full(region, range(200)))
    assert "200 services fail for one cause" in message["text"]
    assert chain.slack.posts[0][0].rpartition("/")[2] == "chat.postMessage"
    assert len(chain.slack.posts) <= 40  # one a batch


def test_services_that_fail_for_their_own_reasons_are_told_alone_and_at_once(region_chain: Make) -> None:
    region, chain = region_chain(3)
    for number in range(3):
        event = region.die(number, CRASHED, "EssentialContainerExited")
        region.logs[max(region.tasks).rpartition("/")[2]] = [
            "Traceback (most recent call last):",
            "ModuleNotFoundError: No module named 'x'",
        ]
        chain.queue.put(event)
    chain.invoke()
    assert len(chain.slack.messages) == 3
    assert "ModuleNotFoundError" in json.dumps(chain.slack.messages[0])


def test_a_later_member_of_a_storm_is_told_too(region_chain: Make) -> None:
    region, chain = region_chain(9)
    told(chain, region, *full(region, range(8)))
    region.clock.advance(120)
    messages = told(chain, region, *full(region, [8]))
    assert len(messages) == 2
    assert "1 more services (9 so far)" in messages[1]["text"]


def test_the_environment_is_a_tag_of_the_service_then_the_clusters_name(region_chain: Make) -> None:
    region, chain = region_chain(2)
    region.tags["web-1"] = "blue"
    messages = told(chain, region, region.fail(0), region.fail(1))
    assert [each["text"].partition(":")[0] for each in messages] == ["production", "blue"]


def test_a_message_says_who_deployed_and_what_changed_and_masks_secrets(region_chain: Make) -> None:
    region, chain = region_chain()
    event = region.die(0, CRASHED, "EssentialContainerExited")
    region.logs[max(region.tasks).rpartition("/")[2]] = [
        "Traceback (most recent call last):",
        "psycopg.OperationalError: password hunter2-hunter2 for <!channel> & co",
    ]
    (message,) = told(chain, region, region.die(0, CRASHED, "EssentialContainerExited"), event, region.fail(0))
    text = json.dumps(message)
    assert "deployer/release-42" in text
    assert "app.image" in text
    assert "hunter2" not in text
    assert "<!channel>" not in text


def test_a_generic_webhook_gets_the_alert_as_json(region_chain: Make) -> None:
    region, chain = region_chain(secret=GENERIC)
    (message,) = told(chain, region, region.die(0, missing(0)))
    assert (message["schema"], message["cause"], message["state"]) == ("alert/1", "image-not-found", "failed")


def test_malformed_messages_end_in_the_dead_letter_queue_and_break_no_batch(region_chain: Make) -> None:
    region, chain = region_chain()
    bad = ["", "{", "[]", "null", '{"source": 1}', json.dumps({"source": "aws.ecs", "detail-type": "x"}), "[" * 100_000]
    good = region.die(0, missing(0))
    assert len(told(chain, region, *bad, good)) == 1
    assert len(chain.queue.dead) == len(bad)


def test_other_kinds_of_events_are_left_alone(region_chain: Make) -> None:
    region, chain = region_chain()
    assert told(chain, region, region.event("ECS Hook State Change", "arn", {"x": 1})) == []
    assert not chain.queue.dead


def test_a_webhook_that_is_down_for_a_while_gets_the_message_once(region_chain: Make) -> None:
    region, chain = region_chain()
    chain.slack.answers = [Response(503, {}, ""), Response(429, {"retry-after": "7"}, "")]
    assert len(told(chain, region, region.fail(0))) == 1
    assert len(chain.slack.posts) == 3
    assert not chain.queue.dead


def test_a_webhook_that_refuses_for_good_leaves_the_event_in_the_dead_letter_queue(region_chain: Make) -> None:
    region, chain = region_chain()
    chain.slack.answers = [Response(400, {}, "invalid_payload")] * 5
    assert told(chain, region, region.fail(0)) == []
    assert len(chain.queue.dead) == 1
    for dead in chain.queue.dead:  # somebody mended it, and redrives
        chain.queue.put(dead.body)
    chain.settle(region.clock.advance)
    assert len(chain.slack.messages) == 1


def test_a_throttled_look_is_made_again_later(region_chain: Make) -> None:
    region, chain = region_chain()
    region.refused["DescribeServices"] = "ThrottlingException"
    chain.queue.put(region.fail(0))
    chain.invoke()
    assert chain.slack.messages == []
    region.refused.clear()
    chain.settle(region.clock.advance)
    assert len(chain.slack.messages) == 1


def test_what_may_not_be_read_is_said_and_the_rest_is_told(region_chain: Make) -> None:
    region, chain = region_chain()
    region.refused["DescribeServices"] = "AccessDeniedException"
    (message,) = told(chain, region, region.die(0, missing(0)))
    assert "does not exist" in message["text"]
    assert "AccessDeniedException" in json.dumps(message)
