"""The published policies are enough, and with any one action removed the tool says which, and does the rest.

IAM is enforced by the sandbox's own layer, in this process; the situations emerge in the account, as in `tests/e2e`.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pytest
from moto import mock_aws

from automation.permissions import Use, actions_of
from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.explain import explain_service
from diagnostics.fleet import Fleet
from diagnostics.model import Diagnosis
from diagnostics.watch import WatchState
from tests.automation.user import User
from tests.e2e.causes import health, launch, scheduling
from tests.e2e.causes.account import Account, SteppedEcsClock
from tests.e2e.causes.cause import Cause

WATCH = actions_of(Use.WATCH)
LONGEST = 1800.0


@dataclass
class Situation:
    """A deployment that fails, and whoever looks at it."""

    name: str
    account: Account
    user: User
    clock: Clock

    def look(self, *without: str) -> Diagnosis:
        """Look once and explain, with the policy of the page without some of its actions."""
        self.user.may([action for action in WATCH if action not in without])
        return explain_service(Collector(self.user.reader(), "main", "shop", self.clock))


def named(causes: Sequence[Cause], what: str) -> Cause:
    (found,) = [cause for cause in causes if cause.what == what]
    return found


def with_a_managed_policy(cause: Cause) -> Callable[[Account], object]:
    def make(account: Account) -> object:
        made = cause.make(account)
        definition = account.client("ecs").describe_services(cluster="main", services=["shop"])["services"][0]
        described = account.client("ecs").describe_task_definition(taskDefinition=definition["taskDefinition"])
        role = described["taskDefinition"]["executionRoleArn"].rpartition("/")[2]
        nothing = {"Effect": "Allow", "Action": "sns:Publish", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [nothing]})
        policy = account.client("iam").create_policy(PolicyName="managed", PolicyDocument=document)["Policy"]
        account.client("iam").attach_role_policy(RoleName=role, PolicyArn=policy["Arn"])
        return made

    return make


SITUATIONS: dict[str, tuple[Callable[[Account], object], set[str]]] = {
    "security-group-blocks-traffic": (
        named(health.CAUSES, "the tasks let nobody in").make,
        {action for action in WATCH if action.startswith(("ec2:", "ecs:", "elasticloadbalancing:", "logs:"))},
    ),
    "secrets-permission-denied": (
        with_a_managed_policy(named(launch.CAUSES, "the role may not read secrets")),
        {action for action in WATCH if action.startswith(("iam:", "secretsmanager:", "ecr:"))},
    ),
    "secret-not-found": (named(launch.CAUSES, "a parameter that is not there").make, {"ssm:DescribeParameters"}),
    "deployment-alarm-triggered": (
        named(scheduling.CAUSES, "an alarm rings during the deployment").make,
        {"cloudwatch:DescribeAlarms"},
    ),
}
"""What fails, how that is made, and the actions that it is there for: it needs each of them."""
TELLS_THE_CAUSE = {
    "ecs:DescribeServices",
    "ec2:DescribeSecurityGroups",
    *(f"elasticloadbalancing:Describe{each}" for each in ("LoadBalancers", "TargetGroups", "TargetHealth")),
}
"""Without these the cause is another, less exact one, or none."""


@pytest.fixture
def situation(request: pytest.FixtureRequest) -> Iterator[Situation]:
    with mock_aws():
        account = Account()
        SITUATIONS[request.param][0](account)
        while account.watch and (account.clock.now() - account.since).total_seconds() < LONGEST:
            account.step(15)
            if account.watch.look().state is WatchState.DOOMED:
                break
        yield Situation(request.param, account, User(account), SteppedEcsClock(account.clock.now))


def test_together_the_situations_need_the_whole_policy() -> None:
    assert set().union(*(needed for _, needed in SITUATIONS.values())) == set(WATCH)


@pytest.mark.parametrize("situation", SITUATIONS, indirect=True)
def test_the_policy_is_enough_and_without_an_action_that_one_is_named_and_the_rest_is_done(
    situation: Situation,
) -> None:
    whole = situation.look()
    assert whole.root_cause == situation.name
    assert whole.gaps == ()
    for action in sorted(SITUATIONS[situation.name][1]):
        told = situation.look(action)
        assert any(f"is not authorized to perform: {action} " in gap.why for gap in told.gaps), (action, told.gaps)
        assert {each for each in WATCH for gap in told.gaps if f"perform: {each} " in gap.why} == {action}
        assert (told.root_cause != situation.name) == (action in TELLS_THE_CAUSE), (action, told.root_cause)


@pytest.mark.parametrize("situation", ["secret-not-found"], indirect=True)
def test_a_deployment_is_stopped_with_the_policy_of_aborts_and_not_without_its_one_write(situation: Situation) -> None:
    ecs = situation.account.client("ecs")
    arn = ecs.list_service_deployments(cluster="main", service="shop")["serviceDeployments"][0]["serviceDeploymentArn"]
    (write,) = set(actions_of(Use.WATCH, Use.ABORT)) - set(WATCH)
    situation.user.may(WATCH)
    writer = situation.user.writer()
    with pytest.raises(PermissionError, match=f"is not authorized to perform: {write} "):
        writer.stop_service_deployment(arn)
    situation.user.may([*WATCH, write])
    writer.stop_service_deployment(arn)
    states = ecs.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    assert states[0]["status"].startswith(("STOP", "ROLLBACK"))


@pytest.mark.parametrize("situation", ["secret-not-found"], indirect=True)
def test_a_fleet_is_listed_with_its_own_action_and_without_it_that_is_said(situation: Situation) -> None:
    situation.user.may(actions_of(Use.WATCH, Use.FLEET))
    reader = situation.user.reader()
    assert [arn.rpartition("/")[2] for arn in reader.list_services("main")] == ["shop"]
    situation.user.may(WATCH)
    fleet = Fleet(situation.user.reader(), "main", situation.clock)
    (gap,) = fleet.look().gaps
    assert "is not authorized to perform: ecs:ListServices " in gap.why
