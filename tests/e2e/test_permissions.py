"""With IAM enforced the published policies run the commands on the real engine; each action that they lack is named."""

import json
from collections.abc import Callable, Iterator, Sequence
from time import monotonic

import pytest

from automation.ahead.forecast import forecast
from automation.ahead.preview import preview_of
from automation.audit import look
from automation.engine.install import ensure_engine
from automation.engine.project import read_project
from automation.engine.workspace import open_stack
from automation.mending.repair import AwsOfStack, How, repair
from automation.outcome import ExitCode, Outcome
from automation.permissions import Use, actions_of
from automation.preflight.model import Report
from automation.preflight.plan import preview
from automation.request import Request, opening, site_of
from automation.telling.progress import Progress
from automation.up import run_up
from components.controls import UNKNOWN
from diagnostics.aws import Reader
from diagnostics.clock import ScaledClock, ServerClock
from diagnostics.reads import SessionSettings
from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector
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
Asked = Callable[[str, Sequence[str]], Request]


@pytest.fixture(scope="module")
def environment() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def asked(checkout: Checkout, local: Sandbox, environment: pytest.MonkeyPatch) -> Asked:
    """Become somebody who may do this, and ask for an image."""

    def request(image: str, actions: Sequence[str]) -> Request:
        who = make_user(local, policy({"Action": list(actions), "Resource": "*"}), PROVIDER)
        become(who, local, environment)
        now, speed = local.clock()
        return Request(
            project=read_project(checkout.directory),
            stack="sandbox",
            engine=ensure_engine(lambda _what, _share: None),
            environment=local.environment() | who.environment(),
            clock=ServerClock(ScaledClock(now, speed, monotonic())),
            config=(f"image={image}",),
            defaults=local.defaults(),
            create_stack=True,
        )

    return request


@pytest.fixture(scope="module")
def up(asked: Asked) -> Up:
    """Run `up` with an image, as somebody who may do this."""

    def run(image: str, actions: Sequence[str]) -> tuple[Outcome, str]:
        said: list[str] = []
        outcome = run_up(asked(image, actions), Progress(said.append))
        assert outcome is not None
        return outcome, "\n".join(said)

    return run


def denied(report: Report | None) -> list[str]:
    """Return the words of IAM for which a check is not done."""
    assert report is not None
    quotes = [quote.quote for each in report.findings for quote in each.evidence]
    return [each for each in quotes if "not authorized to perform" in each]


def become(who: Caller, local: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (local.environment() | who.environment()).items():
        monkeypatch.setenv(name, value)


@pytest.fixture(scope="module")
def first(up: Up) -> Outcome:
    """A first deployment with the policy of everything."""
    return up("shop:good-1", NEEDED)[0]


def test_the_policy_of_everything_deploys_stops_and_explains_with_nothing_left_unknown(up: Up, first: Outcome) -> None:
    assert (first.exit_code, first.gaps) == (ExitCode.PROVEN, ())
    assert denied(first.preflight) == []
    outcome, said = up("shop:crash-on-start", NEEDED)
    assert (outcome.exit_code, outcome.gaps) == (ExitCode.ROLLED_BACK, ()), said
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.root_cause == "app-crash-exception"
    assert outcome.api_calls["StopServiceDeployment"] == 1


def test_without_the_right_to_stop_that_is_said_and_the_breaker_ends_it(up: Up, first: Outcome) -> None:
    assert first.exit_code is ExitCode.PROVEN
    outcome, said = up("shop:health-500", [action for action in NEEDED if action != STOP])
    assert outcome.exit_code is ExitCode.ROLLED_BACK, said
    assert outcome.diagnosis is not None
    assert outcome.diagnosis.root_cause == "elb-health-code-mismatch"
    assert f"is not authorized to perform: {STOP} " in said


def test_preview_gate_and_repair_run_with_the_policy_of_everything(asked: Asked, first: Outcome) -> None:
    assert first.exit_code is ExitCode.PROVEN
    request = asked("shop:good-2", NEEDED)
    with opening(request) as (opened, config_file, _):
        site = site_of(request, opened.stack.name)
        ahead = forecast(opened.stack.name, preview(opened, config_file), site)
        assert all(not each.unseen for each in preview_of(ahead, site, lambda _plan: {}).services)
    assert (denied(ahead.report), ahead.report.refused, ahead.gate.missing) == ([], (), ())
    opened = open_stack(request.project, request.stack, request.engine, request.environment, create=False)
    found = repair(opened, AwsOfStack(opened.environment), How(), lambda _line: None)
    assert (found.left, found.deploying) == ((), ())


def test_an_audit_needs_its_policy_and_names_each_action_that_it_lacks(
    first: Outcome, local: Sandbox, environment: pytest.MonkeyPatch
) -> None:
    assert first.exit_code is ExitCode.PROVEN
    allowed = actions_of(Use.AUDIT)
    auditor = make_user(local, policy({"Action": allowed, "Resource": "*"}))
    become(auditor, local, environment)
    reader = Reader(SessionSettings())
    whole = look(reader, "sandbox", "shop", hidden=UNKNOWN)
    assert whole.gaps == []
    called = {action for action in allowed if reader.api_calls[action.partition(":")[2]]}
    assert len(called) > 15
    iam = connector(local.endpoint)("iam")
    for action in sorted(called - {"ecs:DescribeServices"}):
        less = policy({"Action": [each for each in allowed if each != action], "Resource": "*"})
        iam.put_user_policy(UserName=auditor.name, PolicyName="p0", PolicyDocument=json.dumps(less))
        seen = look(reader, "sandbox", "shop", hidden=UNKNOWN)
        named = f"is not authorized to perform: {action} ".lower()  # SNS writes itself in capitals
        assert any(named in gap.lower() for gap in seen.gaps), (action, seen.gaps)
        assert list(seen.of("aws:ecs/service:Service")), "the rest is read"
