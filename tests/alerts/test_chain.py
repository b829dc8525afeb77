"""From what happens in ECS to one message that says why, in one process on a stepped clock."""

from collections.abc import Callable
from typing import Any

from tests.alerts.block_kit import breaches
from tests.alerts.chain import Chain

GONE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:no-such-tag"


def run(world: Any, chain: Chain, seconds: float, by: float = 5) -> None:
    """Let time pass, handling what arrives."""
    end = world.clock.now().timestamp() + seconds
    while world.clock.now().timestamp() < end:
        world.step(by)
        chain.take()  # type: ignore[attr-defined]
        while chain.queue.waiting and (chain.queue.next_at() or 0) <= chain.queue.now():
            chain.invoke()


def test_a_tag_that_does_not_exist_is_one_message_and_it_says_why(world: Any, chain_of: Callable[..., Chain]) -> None:
    chain = chain_of()
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
    world.update(taskDefinition=world.register("no-such-tag"))
    run(world, chain, 1200)
    (message,) = chain.slack.messages
    assert breaches(message) == []
    assert "no-such-tag" in message["text"]
    assert not chain.queue.waiting
    assert not chain.queue.dead
