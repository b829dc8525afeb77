"""Waivers: for defaults alone, with a reason, until their day."""

from datetime import date

import pulumi
import pytest

from components import ArgumentError
from components.controls import CONTROLS, Level, State, check
from components.guard import BrokenControlError
from components.validation import read
from components.waivers import Waiver, waive
from tests.components.conftest import BALANCED, WORKER, waived
from tests.components.hardened import Hardened
from tests.components.test_controls import FAILING
from tests.components.test_guard import guard, send

TODAY = date(2026, 11, 21)
WAIVER = {"control": "LOG-02", "reason": "the account has no key of its own yet", "expires": "2026-11-21"}


def refused(args, **changes):
    with pytest.raises(ArgumentError) as error:
        read("shop", {**args, "waivers": [{**WAIVER, **changes}]}, TODAY)
    return str(error.value)


def test_a_default_can_be_waived_until_the_end_of_its_last_day(worker):
    (waiver,) = read("shop", {**worker, "waivers": [WAIVER]}, TODAY).waivers
    assert waiver == Waiver("LOG-02", WAIVER["reason"], TODAY)


def test_an_expired_waiver_is_refused(worker):
    message = refused(worker, expires="2026-11-20")
    assert "waivers[0].expires: was 2026-11-20, and today is 2026-11-21" in message
    assert "help: keep the control, or decide again and write a new day" in message


@pytest.mark.parametrize("control", [each.id for each in CONTROLS if each.level is Level.MUST])
def test_what_has_to_hold_cannot_be_waived(worker, control):
    assert f"waivers[0].control: `{control}` cannot be waived: it has to hold always" in refused(
        worker, control=control
    )


def test_a_warning_needs_no_waiver(worker):
    assert "`ELB-10` needs no waiver: it only warns" in refused(worker, control="ELB-10")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"control": "LOG-99"}, "waivers[0].control: `LOG-99` is not a control"),
        ({"reason": "because"}, "waivers[0].reason: says too little"),
        ({"expires": "31.01.2027"}, "waivers[0].expires: `31.01.2027` is not a day"),
        ({"expires": None}, "waivers[0].expires: is missing"),
        ({"until": "2027-01-31"}, "waivers[0].until: is not an argument"),
    ],
)
def test_a_waiver_that_says_nothing_is_refused(worker, changes, says):
    assert says in refused(worker, **changes)


def test_waivers_are_an_output_for_an_auditor(deploy, worker):
    waiver = {**WAIVER, "expires": "2999-12-31"}
    assert deploy(worker, waivers=[waiver]).registered_outputs["waivers"] == [waiver]
    assert deploy(worker).registered_outputs["waivers"] == []


def findings(*waivers: Waiver):
    made = Hardened()
    made["logs"].pop("kmsKeyId")
    made["task"]["skipDestroy"] = False
    found = waive(check(made.stack()), waivers, TODAY)
    return {each.control.id: each for each in found if each.state in {State.FAILED, State.WAIVED}}


def test_a_waived_failure_is_said_with_its_reason():
    found = findings(Waiver("LOG-02", "no key yet, see the plan", date(2027, 1, 31)))
    assert found["LOG-02"].state is State.WAIVED
    assert found["LOG-02"].message == "is not set (waived until 2027-01-31: no key yet, see the plan)"
    assert found["DEP-17"].state is State.FAILED


def test_an_expired_waiver_lets_nothing_fail():
    found = findings(Waiver("LOG-02", "no key yet, see the plan", date(2026, 11, 20)))
    assert found["LOG-02"].state is State.FAILED
    assert found["LOG-02"].message == "is not set (its waiver ended on 2026-11-20)"


def test_what_has_to_hold_fails_in_spite_of_a_waiver():
    assert findings(Waiver("DEP-17", "we never roll back", date(2027, 1, 31)))["DEP-17"].state is State.FAILED


ONE_SUBNET = {"control": "DEP-10", "reason": "the outpost has one zone only", "expires": "2026-11-21"}


def test_one_subnet_is_refused_unless_a_waiver_says_why_it_is_enough(worker):
    args = {**worker, "subnet_ids": ["subnet-0a"]}
    with pytest.raises(ArgumentError, match=r"subnet_ids: has 1 entries.* \[DEP-10\]"):
        read("shop", args, TODAY)
    assert read("shop", {**args, "waivers": [ONE_SUBNET]}, TODAY).subnet_ids == ["subnet-0a"]


@pytest.mark.parametrize(
    "waiver",
    [
        {**ONE_SUBNET, "expires": "2026-11-20"},
        {**ONE_SUBNET, "control": "LOG-02"},
        {**ONE_SUBNET, "reason": ""},
        {"control": "DEP-10"},
        "DEP-10",
    ],
)
def test_a_waiver_that_does_not_hold_lets_no_argument_pass(worker, waiver):
    with pytest.raises(ArgumentError, match=r"subnet_ids: has 1 entries"):
        read("shop", {**worker, "subnet_ids": ["subnet-0a"], "waivers": [waiver]}, TODAY)


def test_no_subnet_at_all_is_refused_in_spite_of_a_waiver(worker):
    with pytest.raises(ArgumentError, match=r"subnet_ids: has 0 entries"):
        read("shop", {**worker, "subnet_ids": [], "waivers": [ONE_SUBNET]}, TODAY)


def test_a_waiver_holds_for_subnets_that_are_known_later_too(deploy, worker):
    waiver = {**ONE_SUBNET, "expires": "2999-12-31"}
    graph = deploy(worker, subnet_ids=pulumi.Output.from_input(["subnet-0a"]), waivers=[waiver])
    assert graph.one("Service").inputs["networkConfiguration"]["subnets"] == ["subnet-0a"]


DEFAULTS = [each.id for each in CONTROLS if each.level is Level.DEFAULT]
OWN = {"certificate_arn": "arn:aws-us-gov:acm:us-gov-west-1:210987654321:certificate/0a"}
PUBLIC = {
    **OWN,
    "internal": False,
    "lb_subnet_ids": ["subnet-1a", "subnet-1b"],
    "allowed_cidr_blocks": ["0.0.0.0/0"],
}
ACL = "arn:aws-us-gov:wafv2:us-gov-west-1:210987654321:regional/webacl/shop/0a"
MAIL = {"description": "mail", "from_port": 25, "cidr_ipv4": "0.0.0.0/0"}
PROXY = {"name": "proxy", "image": f"registry.example.com/proxy@sha256:{'0a' * 32}"}


def checks(**health_check):
    return {**BALANCED, "target_group": {"health_check": health_check}}


TAKEN_BACK = [
    ("DEP-06", {**BALANCED, "deployment_alarms": {"period_seconds": 300}}),
    ("DEP-09", {**WORKER, "deployment": {"availability_zone_rebalancing": "DISABLED"}}),
    ("DEP-10", {**WORKER, "subnet_ids": ["subnet-0a"]}),
    ("DEP-13", checks(interval=30)),
    ("DEP-13", checks(healthy_threshold=5)),
    ("DEP-13", checks(path="/")),
    ("DEP-13", checks(matcher="200-399")),
    ("DEP-14", {**BALANCED, "target_group": {"deregistration_delay": 5}}),
    ("DEP-14", {**BALANCED, "target_group": {"deregistration_delay": 300}}),
    ("DEP-14", {**BALANCED, "target_group": {"deregistration_delay": 60}, "stop_timeout": 30}),
    ("DEP-18", {**WORKER, "deployment": {"wait_for_steady_state": False}}),
    ("DEP-22", {**WORKER, "deployment": {"force_new_deployment": True}}),
    ("ELB-07", {**WORKER, "load_balancer": {**OWN, "lb_subnet_ids": ["subnet-0a"]}}),
    ("ELB-08", {**WORKER, "load_balancer": PUBLIC, "waivers": waived("ELB-09")}),
    ("ELB-09", {**WORKER, "load_balancer": {**PUBLIC, "web_acl_arn": ACL}}),
    ("LOG-01", {**WORKER, "log_retention_in_days": 30}),
    ("LOG-02", {**WORKER, "create_kms_key": False, "waivers": waived("SNS-01")}),
    ("NET-04", {**WORKER, "egress_rules": [MAIL]}),
    ("NET-04", {**WORKER, "egress_rules": [{**MAIL, "from_port": 443, "to_port": 444}]}),
    ("SNS-01", {**WORKER, "create_kms_key": False, "waivers": waived("LOG-02")}),
    ("TSK-04", {**WORKER, "container_port": 80}),
    ("TSK-09", {**WORKER, "init_process_enabled": False}),
    ("TSK-09", {**WORKER, "sidecars": [{**PROXY, "init_process_enabled": False}]}),
    ("TSK-10", {**WORKER, "stop_timeout": 5}),
    ("TSK-11", {**WORKER, "enable_execute_command": True}),
    ("TSK-15", {**WORKER, "restart_policy": {}}),
]
"""Arguments that take back one default each."""

SAID = {"ELB-05", "ELB-06"}
"""What is a warning of each preview, until it is waived: see test_advice.py."""
WITHOUT_ARGUMENT = {
    "CLU-01", "CLU-02", "DEP-23", "DEP-24", "ECR-02", "ECR-03", "ECR-04", "EVT-03", "KMS-01", "NET-05", "SQS-01",
    "TSK-12", "TSK-13", "TSK-14", "TSK-16", "TSK-18",
}  # fmt: skip
"""Defaults that no argument of a service takes back; a transform may."""


def test_every_default_is_taken_back_by_an_argument_or_by_none():
    assert sorted({control for control, _args in TAKEN_BACK} | SAID | WITHOUT_ARGUMENT) == DEFAULTS


@pytest.mark.parametrize(("control", "args"), TAKEN_BACK, ids=[control for control, _args in TAKEN_BACK])
def test_an_argument_that_takes_back_a_default_is_refused_unless_waived(deploy, control, args):
    with pytest.raises(ArgumentError) as error:
        read("shop", args, TODAY)
    assert {problem.complaint.control for problem in error.value.problems} == {control}
    assert f", or waive {control} with a reason in `waivers`" in str(error.value)
    waivers = [*args.get("waivers", ()), *waived(control)]
    assert deploy({**args, "waivers": waivers}).registered_outputs["waivers"] == waivers


@pytest.mark.parametrize(("control", "args"), TAKEN_BACK, ids=[control for control, _args in TAKEN_BACK])
def test_a_waiver_that_is_over_lifts_nothing(control, args):
    over = {**WAIVER, "control": control, "expires": "2026-11-20"}
    with pytest.raises(ArgumentError) as error:
        read("shop", {**args, "waivers": [*args.get("waivers", ()), over]}, TODAY)
    assert control in {problem.complaint.control for problem in error.value.problems}


@pytest.mark.parametrize(
    ("args", "path"),
    [
        ({**WORKER, "stop_timeout": 0}, "stop_timeout"),
        ({**WORKER, "stop_timeout": 121}, "stop_timeout"),
        ({**WORKER, "container_port": 0}, "container_port"),
        ({**BALANCED, "target_group": {"deregistration_delay": 3601}}, "target_group.deregistration_delay"),
        (checks(interval=301), "target_group.health_check.interval"),
    ],
)
def test_what_aws_refuses_no_waiver_lifts(args, path):
    with pytest.raises(ArgumentError) as error:
        read("shop", {**args, "waivers": waived("TSK-10", "TSK-04", "DEP-14", "DEP-13")}, TODAY)
    assert [problem.path for problem in error.value.problems] == [path]


def test_a_waiver_holds_for_values_that_are_known_later_too(deploy):
    later = pulumi.Output.from_input(300)
    args = {**BALANCED, "target_group": {"deregistration_delay": later}}
    graph = deploy({**args, "waivers": waived("DEP-14")})
    assert graph.one("TargetGroup").inputs["deregistrationDelay"] == 300
    with pytest.raises(ArgumentError, match=r"is 300: the container is killed after 60 s .* \[DEP-14\]"):
        deploy(args)


def refused_by_the_guard(control, *waivers):
    """Let transforms change what makes a control fail, and return the controls that are called broken."""
    broken = set()
    for change in [change for failing, change, _path in FAILING if failing == control]:
        made, changed, watching = Hardened(), Hardened(), guard(*waivers)
        change(changed)
        before = {each.name: each for each in made.stack().resources}
        for after in [each for each in changed.stack().resources if each.name in before]:
            try:
                send(watching, after.name, after.type, before[after.name].inputs, after.inputs)
            except BrokenControlError as refused:
                broken |= {finding.control.id for finding in refused.findings}
    return broken


OF_A_STACK = {"ELB-08"}
"""What needs ARNs of two resources, which nobody knows when the first of them is sent: the audit sees it."""


@pytest.mark.parametrize("control", sorted({*DEFAULTS} - OF_A_STACK))
def test_a_transform_that_takes_back_a_default_is_refused_unless_waived(control):
    assert control in refused_by_the_guard(control)
    assert control not in refused_by_the_guard(control, Waiver(control, "the team said why", TODAY))
