"""Whatever is killed with SIGKILL, and whenever: `repair`, then a good `up`, and nothing is lost, doubled or left.

`FAILWELL_KILLS=30` is the long form: so many of each kind, where CI has 3. `FAILWELL_SEED` draws the same ones again.
"""

import os
import secrets
import time
from dataclasses import replace
from itertools import pairwise

import pytest

from tests.e2e.conftest import Checkout
from tests.e2e.kills import Kill, Killed, Takes, Victim, draw, leftovers, repair, services

pytestmark = pytest.mark.e2e

KILLS = int(os.environ.get("FAILWELL_KILLS", "3"))
SEED = os.environ.get("FAILWELL_SEED") or secrets.token_hex(4)
SOON = 0.1
ENDS = {0, 4, 5}
"""What `repair --wait` may say of a deployment that it waited for: it serves, the previous one does, or nothing."""


@pytest.fixture(scope="module")
def takes(checkout: Checkout) -> Takes:
    """Deploy a stack that serves, twice, and see how long each takes."""
    started = checkout.deploy("sandbox", "start", "--project", str(checkout.directory), "--speed", "120")
    assert started.exit_code == 0, started
    moments = [time.monotonic()]
    for image in ("shop:good-1", "shop:good-2"):
        run = checkout.up(image)
        assert run.exit_code == 0, run
        moments.append(time.monotonic())
    return Takes(*(after - before for before, after in pairwise(moments)))


@pytest.fixture
def served(checkout: Checkout, takes: Takes) -> Checkout:
    assert takes.first > 0
    return checkout


@pytest.mark.parametrize("number", range(KILLS))
@pytest.mark.parametrize("victim", list(Victim))
def test_what_is_killed_is_repaired(served: Checkout, takes: Takes, victim: Victim, number: int) -> None:
    kill = draw(SEED, victim, number, takes)
    print(f"FAILWELL_SEED={SEED}: {kill}")
    service = kill.stack if kill.first else "shop"
    priority = 400 + 100 * list(Victim).index(victim) + number
    own = ["--config", f"service_name={service}", "--config", f"listener_priority={priority}"] if kill.first else []
    killed = Killed(served, kill, *own)
    while not killed.happened and kill.after > SOON:  # it was over by then: earlier, so that nothing passes untried
        kill = replace(kill, after=kill.after / 2)
        killed = Killed(served, kill, *own)
    assert killed.happened, killed.said
    print(f"killed: {killed.happened}, the run's exit code {killed.exit_code}\n{killed.said}")
    repaired = repair(served, kill.stack)
    print(repaired)
    if "there is no such stack" not in repaired.errors:  # killed before it was made
        assert repaired.exit_code in ENDS, repaired
        assert leftovers(served, kill.stack, service) == []
        if number == 0:
            again = repair(served, kill.stack)
            assert "nothing to repair" in again.output, again
    good = served.up("shop:good-2", *own, stack=kill.stack)
    assert good.exit_code == 0, good
    assert leftovers(served, kill.stack, service) == []
    assert good.service["proof"]["proven"]


@pytest.mark.parametrize("victim", [Victim.CLI, Victim.PROVIDER])
def test_a_service_that_was_just_made_is_taken_into_the_state_and_not_made_twice(
    served: Checkout, victim: Victim
) -> None:
    name = f"made-{victim}"
    own = ["--config", f"service_name={name}", "--config", f"listener_priority={390 + list(Victim).index(victim)}"]
    kill = Kill(victim, 0.0, "shop:good-1", name, first=True)
    killed = Killed(served, kill, *own, when=lambda: bool(services(served, name)))
    assert killed.happened, killed.said
    (made,) = services(served, name)
    repaired = repair(served, name)
    assert repaired.exit_code == 0, repaired
    assert f"had been made: it is in the state now, as {made}" in killed.said + repaired.output
    assert leftovers(served, name, name) == []
    assert "nothing to repair" in repair(served, name).output
    good = served.up("shop:good-1", *own, stack=name)
    assert good.exit_code == 0, good
    assert services(served, name) == {made}
    assert good.service["proof"]["proven"]


def test_a_state_beside_which_a_killed_cli_left_an_empty_file_is_read(served: Checkout) -> None:
    found = [file for file in served.directory.rglob("*.json.attrs") if "stacks" in file.parts]
    assert found
    for file in found:
        file.write_bytes(b"")
    assert "nothing to repair" in repair(served, "sandbox").output
    assert [file for file in found if file.exists() and not file.stat().st_size] == []
