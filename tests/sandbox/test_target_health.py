from datetime import UTC, datetime
from typing import Any

import pytest
from moto import mock_aws

from sandbox.clock import SteppedClock
from sandbox.elb import TargetKey, Targets, install_target_health, matches
from sandbox.images import Status
from sandbox.simulation import Simulation
from sandbox.timings import Timings, load_timings

ADDRESS, PORT = "10.0.0.7", 8080


class Balancer:
    """A target group in moto whose targets answer what `answer` says."""

    def __init__(self, **settings: Any) -> None:
        import boto3

        self.clock = SteppedClock(datetime(2030, 1, 1, tzinfo=UTC))
        self.simulation = Simulation(self.clock, 1)
        self.answer: Status | None = 200
        self.asked: list[tuple[int, str]] = []
        self.changes: list[TargetKey] = []
        timings = Timings(load_timings(), 1)
        install_target_health(Targets(self.simulation, timings, self._probe, self.changes.append))
        ec2 = boto3.client("ec2", region_name="eu-west-1")
        self.elb = boto3.client("elbv2", region_name="eu-west-1")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]
            for n, zone in enumerate("ab")
        ]
        given = {
            "Name": "group", "Protocol": "HTTP", "Port": 80, "VpcId": vpc, "TargetType": "ip", "HealthCheckPath": "/up",
            "HealthCheckIntervalSeconds": 10, "UnhealthyThresholdCount": 2, "HealthyThresholdCount": 3,
        }  # fmt: skip
        self.arn = self.elb.create_target_group(**(given | settings))["TargetGroups"][0]["TargetGroupArn"]
        ids = [subnet["SubnetId"] for subnet in subnets]
        self.balancer = self.elb.create_load_balancer(Name="b", Subnets=ids)["LoadBalancers"][0]["LoadBalancerArn"]

    def listen(self) -> str:
        forward = [{"Type": "forward", "TargetGroupArn": self.arn}]
        answer = self.elb.create_listener(
            LoadBalancerArn=self.balancer, Protocol="HTTP", Port=80, DefaultActions=forward
        )
        return answer["Listeners"][0]["ListenerArn"]

    def _probe(self, _group: Any, _address: str, port: int, path: str) -> Status | None:
        self.asked.append((port, path))
        return self.answer

    def register(self) -> None:
        self.elb.register_targets(TargetGroupArn=self.arn, Targets=[{"Id": ADDRESS, "Port": PORT}])

    def health(self) -> list[tuple[str, str | None, str | None]]:
        found = self.elb.describe_target_health(TargetGroupArn=self.arn)["TargetHealthDescriptions"]
        states = [each["TargetHealth"] for each in found]
        return [(each["State"], each.get("Reason"), each.get("Description")) for each in states]

    def step(self, seconds: float) -> None:
        self.clock.advance(seconds)
        self.simulation.advance()


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield Balancer


@pytest.fixture
def balancer(make: Any) -> Balancer:
    made: Balancer = make()
    made.listen()
    made.register()
    return made


def test_one_passing_check_makes_a_new_target_healthy(balancer: Balancer) -> None:
    assert balancer.health()[0][:2] == ("initial", "Elb.RegistrationInProgress")
    balancer.step(4)
    assert balancer.health() == [("healthy", None, None)]
    assert balancer.asked == [(PORT, "/up")]


@pytest.mark.parametrize(
    ("answer", "reason", "description"),
    [
        (None, "Target.FailedHealthChecks", "Health checks failed"),
        (503, "Target.ResponseCodeMismatch", "Health checks failed with these codes: [503]"),
        ("timeout", "Target.Timeout", "Request timed out"),
    ],
)
def test_so_many_failing_checks_as_the_threshold_make_a_target_unhealthy(
    balancer: Balancer, answer: Status | None, reason: str, description: str
) -> None:
    balancer.answer = answer
    balancer.step(4)
    assert balancer.health()[0][:2] == ("initial", "Elb.InitialHealthChecking")
    balancer.step(10)
    assert balancer.health() == [("unhealthy", reason, description)]
    assert balancer.changes[-1] == TargetKey(balancer.arn, ADDRESS, PORT)


def test_an_unhealthy_target_needs_the_healthy_threshold_to_recover(balancer: Balancer) -> None:
    balancer.answer = None
    balancer.step(14)
    balancer.answer = 200
    balancer.step(20)
    assert balancer.health()[0][0] == "unhealthy"
    balancer.step(10)
    assert balancer.health()[0][0] == "healthy"


def test_a_healthy_target_survives_fewer_failures_than_the_threshold(balancer: Balancer) -> None:
    balancer.step(4)
    balancer.answer = 500
    balancer.step(10)
    assert balancer.health()[0][0] == "healthy"
    balancer.step(10)
    assert balancer.health()[0][0] == "unhealthy"


def test_a_target_drains_for_the_group_s_delay_and_is_gone(balancer: Balancer) -> None:
    delay = {"Key": "deregistration_delay.timeout_seconds", "Value": "60"}
    balancer.elb.modify_target_group_attributes(TargetGroupArn=balancer.arn, Attributes=[delay])
    balancer.step(4)
    balancer.elb.deregister_targets(TargetGroupArn=balancer.arn, Targets=[{"Id": ADDRESS, "Port": PORT}])
    balancer.step(59)
    assert balancer.health()[0][:2] == ("draining", "Target.DeregistrationInProgress")
    balancer.step(2)
    assert balancer.health() == []
    asked = [{"Id": ADDRESS, "Port": PORT}]
    found = balancer.elb.describe_target_health(TargetGroupArn=balancer.arn, Targets=asked)
    assert found["TargetHealthDescriptions"][0]["TargetHealth"]["Reason"] == "Target.NotRegistered"


def test_a_group_that_no_listener_uses_leaves_its_targets_unused(make: Any) -> None:
    balancer = make()
    balancer.register()
    balancer.step(30)
    assert balancer.health()[0][:2] == ("unused", "Target.NotInUse")
    assert balancer.asked == []
    balancer.listen()
    balancer.step(10)
    assert balancer.health()[0][0] == "healthy"


def test_a_rule_that_forwards_to_a_group_uses_it(make: Any) -> None:
    balancer = make()
    listener = balancer.elb.create_listener(
        LoadBalancerArn=balancer.balancer,
        Protocol="HTTP",
        Port=81,
        DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}],
    )["Listeners"][0]["ListenerArn"]
    balancer.elb.create_rule(
        ListenerArn=listener,
        Priority=1,
        Conditions=[{"Field": "path-pattern", "Values": ["/*"]}],
        Actions=[{"Type": "forward", "ForwardConfig": {"TargetGroups": [{"TargetGroupArn": balancer.arn}]}}],
    )
    balancer.register()
    balancer.step(4)
    assert balancer.health()[0][0] == "healthy"


def test_a_group_s_own_port_and_matcher_are_used(make: Any) -> None:
    balancer = make(HealthCheckPort="9000", Matcher={"HttpCode": "200-204,302"})
    balancer.listen()
    balancer.answer = 302
    balancer.register()
    balancer.step(4)
    assert balancer.health()[0][0] == "healthy"
    assert balancer.asked == [(9000, "/up")]


def test_two_ports_of_one_address_are_two_targets(balancer: Balancer) -> None:
    balancer.elb.register_targets(TargetGroupArn=balancer.arn, Targets=[{"Id": ADDRESS, "Port": 9090}])
    assert len(balancer.health()) == 2
    balancer.elb.deregister_targets(TargetGroupArn=balancer.arn, Targets=[{"Id": ADDRESS, "Port": 9090}])
    balancer.step(4)
    assert [health[0] for health in balancer.health()] == ["healthy", "draining"]


@pytest.mark.parametrize(
    ("matcher", "status", "expected"), [("200", 200, True), ("200-299", 204, True), ("200,302", 301, False)]
)
def test_a_matcher_takes_lists_and_ranges(matcher: str, status: int, expected: bool) -> None:
    assert matches(matcher, status) is expected
