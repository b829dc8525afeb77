"""Waivers: for defaults alone, with a reason, until their day."""

from datetime import date

import pulumi
import pytest

from components import ArgumentError
from components.controls import CONTROLS, Level, State, check
from components.validation import read
from components.waivers import Waiver, waive
from tests.components.hardened import Hardened

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
