"""Whatever the order, however often, whoever is killed: each story is one message, and ends where the story ended."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alerts.handler.sending import SendError
from alerts.handler.webhook import Response
from tests.alerts.chain import BOT, WEBHOOK, Chain
from tests.alerts.dynamodb import MemoryDynamo
from tests.alerts.region import NOW, Region, missing
from tests.diagnostics.conftest import SteppedClock

BAD = ["{", "[]", '{"source": "aws.ecs"}', "null"]


class Killed(BaseException):
    """The process is gone at this very moment."""


Plan = Callable[[str], None]
"""Told which call it is."""
BEFORE, AFTER = "before Slack has it", "after Slack has it"


class Trouble:
    """Counts the calls of the function to the outside, and does at some of them what it is told."""

    def __init__(self, plans: dict[int, Plan]) -> None:
        self._plans = plans
        self._calls = 0

    def __call__(self, call: str) -> None:
        self._calls += 1
        if plan := self._plans.pop(self._calls, None):
            plan(call)


def kill(_: str) -> None:
    raise Killed


def fail(call: str) -> None:
    """What can go wrong there: a line is cut off, a table throttles."""
    if call in (BEFORE, AFTER):
        raise SendError("no answer", sent_nothing=call == BEFORE)
    from botocore.exceptions import ClientError

    raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, "UpdateItem")


class Shaky:
    """A Slack behind a bad line: calls are told before they arrive, and after."""

    def __init__(self, slack: Any, at_call: Plan) -> None:
        self._slack, self._at_call = slack, at_call
        self.cut_off = 0

    def __call__(self, url: str, body: bytes, headers: Any) -> Response:
        self._at_call(BEFORE)
        answer: Response = self._slack(url, body, headers)
        try:
            self._at_call(AFTER)
        except SendError:
            self.cut_off += 1
            raise
        return answer


def run(chain: Chain, region: Region, events: list[str], sizes: list[int]) -> None:
    for event in events:
        chain.queue.put(event)
    turns = 0
    while chain.queue.waiting:
        turns += 1
        assert turns < 500
        try:
            chain.invoke(sizes[turns % len(sizes)])
        except Killed:
            chain.function = chain.start()
        next_at = chain.queue.next_at()
        if next_at is not None and next_at > chain.queue.now():
            region.clock.advance(next_at - chain.queue.now())


def story(region: Region, number: int, *, far: int) -> list[str]:
    """Return the events of a service's failure: so far as it goes, all of them past when the first arrives."""
    events = [region.die(number, missing(number)), region.fail(number)]
    if far > 0:
        events.append(region.roll_back(number))
    if far > 1:
        region.clock.advance(300)
        events.append(region.complete(number))
    return events


ENDS = ("failed to deploy:", "was rolled back", "has recovered")
STORIES = st.lists(st.integers(0, 2), min_size=1, max_size=3)


def arrange(secret: str, far: list[int], data: st.DataObject, plans: dict[int, Plan]) -> tuple[Chain, Shaky]:
    region = Region(SteppedClock(NOW))
    trouble = Trouble(plans)
    client = MemoryDynamo(trouble)
    for number in range(len(far)):
        region.add(number)
    events = [event for number, each in enumerate(far) for event in story(region, number, far=each)]
    again = data.draw(st.lists(st.sampled_from(events), max_size=5))
    bad = data.draw(st.lists(st.sampled_from(BAD), max_size=2))
    order = data.draw(st.permutations([*events, *again, *bad]))
    chain = Chain(region.clock, region, client=client, secret=secret)
    shaky = Shaky(chain.slack, trouble)
    from alerts.handler.webhook import Webhook

    chain.destinations = [Webhook(lambda _: secret, shaky)]
    chain.function = chain.start()
    run(chain, region, order, data.draw(st.lists(st.integers(1, 10), min_size=1, max_size=4)))
    assert sorted(each.body for each in chain.queue.dead) == sorted(bad)
    return chain, shaky


@settings(max_examples=60)
@given(STORIES, st.data())
def test_each_story_is_exactly_one_message_of_a_webhook(far: list[int], data: st.DataObject) -> None:
    chain, _ = arrange(WEBHOOK, far, data, {})
    assert sorted(_service(each) for each in chain.slack.messages) == [f"web-{n}" for n in range(len(far))]


@settings(max_examples=60)
@given(STORIES, st.data(), st.dictionaries(st.integers(1, 60), st.sampled_from([kill, fail]), max_size=3))
def test_a_bots_messages_are_one_each_whoever_is_killed_wherever(
    far: list[int], data: st.DataObject, plans: dict[int, Plan]
) -> None:
    chain, _ = arrange(BOT, far, data, dict(plans))
    assert sorted(_service(each) for each in chain.slack.messages) == [f"web-{n}" for n in range(len(far))]
    for message in chain.slack.messages:
        number = int(_service(message).removeprefix("web-"))
        assert ENDS[far[number]] in message["text"]


@settings(max_examples=60)
@given(STORIES, st.data(), st.dictionaries(st.integers(1, 60), st.sampled_from([kill, fail]), max_size=3))
def test_a_webhook_loses_none_whoever_is_killed_and_doubles_only_what_was_cut_off(
    far: list[int], data: st.DataObject, plans: dict[int, Plan]
) -> None:
    chain, line = arrange(WEBHOOK, far, data, dict(plans))
    told = [_service(each) for each in chain.slack.messages]
    assert set(told) == {f"web-{n}" for n in range(len(far))}
    assert len(told) <= len(far) + sum(each is kill for each in plans.values()) + line.cut_off


@pytest.mark.parametrize("call", range(1, 25))
def test_an_end_that_came_first_is_told_whenever_the_handler_is_killed(call: int) -> None:
    """It comes once, before there is a story that it could end."""
    region = Region(SteppedClock(NOW))
    region.add(0)
    died, failed, rolled_back = story(region, 0, far=1)
    trouble = Trouble({call: kill})
    chain = Chain(region.clock, region, client=MemoryDynamo(trouble), secret=BOT)
    from alerts.handler.webhook import Webhook

    chain.destinations = [Webhook(lambda _: BOT, Shaky(chain.slack, trouble))]
    chain.function = chain.start()
    run(chain, region, [rolled_back, died, failed], [1])
    (message,) = chain.slack.messages
    assert ENDS[1] in message["text"]


@pytest.mark.parametrize("lost", [True, False])
def test_an_answer_that_is_lost_is_looked_for_in_the_bots_channel(*, lost: bool) -> None:
    region = Region(SteppedClock(NOW))
    region.add(0)
    chain = Chain(region.clock, region, client=MemoryDynamo(), secret=BOT)
    slack = chain.slack

    def cut_off(url: str, body: bytes, headers: Any) -> Response:
        answer = slack(url, body, headers)
        if len(slack.posts) == 1:
            if not lost:
                slack.shown.clear()
            raise SendError("no answer", sent_nothing=False)
        return answer

    from alerts.handler.webhook import Webhook

    chain.destinations = [Webhook(lambda _: BOT, cut_off)]
    chain.function = chain.start()
    run(chain, region, [region.fail(0)], [10])
    methods = [url.rpartition("/")[2] for url, _ in slack.posts]
    assert methods == ["chat.postMessage", "conversations.history", "chat.update" if lost else "chat.postMessage"]
    assert len(slack.messages) == 1


def _service(message: dict[str, Any]) -> str:
    return next(word for word in message["text"].replace(":", " ").split() if word.startswith("web-"))
