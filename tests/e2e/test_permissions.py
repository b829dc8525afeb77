"""With IAM enforced the published policies run the commands on the real engine; each action that they lack is named."""

from collections.abc import Callable, Sequence
from time import monotonic

import pytest

from automation.audit import Seen, look
from automation.engine import ensure_engine
from automation.outcome import ExitCode, Outcome
from automation.permissions import Use, actions_of
from automation.progress import Progress
from automation.project import read_project
from automation.up import Request, run_up
from diagnostics.aws import Reader
from diagnostics.clock import ScaledClock
from diagnostics.reads import SessionSettings
from sandbox import process
from sandbox.process import Sandbox
from tests.e2e.conftest import Checkout
from tests.sandbox.sandbox_callers import Caller, make_user, policy

pytestmark = pytest.mark.e2e

NEEDED = actions_of(*Use)
PROVIDER = policy({"NotAction": NEEDED, "Resource": "*"})
"""What the stack's own resources may need, and nothing that the tool asks for: that is its own policy alone."""
STOP = "ecs:StopServiceDeployment"


@pytest.fixture(scope="module")
def local(checkout: Checkout) -> Sandbox:
    running = process.start(checkout.directory / ".failwell" / "sandbox", speed=60)
    running.evaluate("everybody")
    return running


Up = Callable[[str, Sequence[str]], tuple[Outcome, str]]


@pytest.fixture
def up(checkout: Checkout, local: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Up:
    """Run `up` with an image, as somebody who may do this."""

    def run(image: str, actions: Sequence[str]) -> tuple[Outcome, str]:
        who = make_user(local, policy({"Action": list(actions), "Resource": "*"}), PROVIDER)
        become(who, local, monkeypatch)
        now, speed = local.clock()
        request = Request(
            project=read_project(checkout.directory),
            stack="sandbox",
            engine=ensure_engine(lambda _what, _share: None),
            environment=local.environment() | who.environment(),
            clock=ScaledClock(now, speed, monotonic()),
            config=(f"image={image}",),
            defaults=local.defaults(),
            create_stack=True,
        )
        said: list[str] = []
        outcome = run_up(request, Progress(said.append))
        assert outcome is not None
        return outcome, "\n".join(said)

    return run


def become(who: Caller, local: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (local.environment() | who.environment()).items():
        monkeypatch.setenv(name, value)


def test_the_policy_of_everything_deploys_stops_and_explains_with_nothing_left_unknown(up: Up) -> None:
    outcome, said = up("shop:good-1", NEEDED)
    assert (outcome.exit_code, outcome.gaps) == (ExitCode.PROVEN, ()), said
    outcome, said = up("shop:crash-on-start", NEEDED)
    assert (outcome.exit_code, outcome.gaps) == (ExitCode.ROLLED_BACK, ()), said
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.root_cause == "app-crash-exception"
    assert outcome.api_calls["StopServiceDeployment"] == 1


def test_without_the_right_to_stop_that_is_said_and_the_breaker_ends_it(up: Up) -> None:
    outcome, said = up("shop:health-500", [action for action in NEEDED if action != STOP])
    assert outcome.exit_code is ExitCode.ROLLED_BACK, said
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.root_cause == "elb-health-code-mismatch"
    assert f"is not authorized to perform: {STOP} " in said


def audited() -> tuple[Seen, Reader]:
    reader = Reader(SessionSettings())
    return look(reader, "sandbox", "shop", hidden="[hidden]"), reader


def test_an_audit_needs_its_policy_and_names_each_action_that_it_lacks(
    up: Up, local: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert up("shop:good-1", NEEDED)[0].exit_code is ExitCode.PROVEN
    allowed = actions_of(Use.AUDIT)
    become(make_user(local, policy({"Action": allowed, "Resource": "*"})), local, monkeypatch)
    whole, reader = audited()
    assert whole.gaps == []
    called = {action for action in allowed if reader.api_calls[action.partition(":")[2]]}
    assert len(called) > 15
    for action in sorted(called - {"ecs:DescribeServices"}):
        less = [each for each in allowed if each != action]
        become(make_user(local, policy({"Action": less, "Resource": "*"})), local, monkeypatch)
        seen, _ = audited()
        assert any(f"is not authorized to perform: {action} " in gap for gap in seen.gaps), (action, seen.gaps)
        assert seen.of("aws:ecs/service:Service"), "the rest is read"
