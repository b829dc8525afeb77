"""A transform may change what the component makes, but not break a control of it."""

import json
from datetime import date

import pulumi
import pytest
from pulumi.output import Unknown
from pulumi.runtime.rpc import wrap_rpc_secret

from components.controls import UNKNOWN
from components.controls import types as t
from components.guard import BrokenControlError, Guard, plain
from components.waivers import Waiver
from tests.components.hardened import CONTAINER, Hardened

TODAY = date(2026, 11, 21)


def guard(*waivers: Waiver) -> Guard:
    return Guard("shop", waivers, TODAY)


def send(watching: Guard, child: str, type_: str, made: dict, to_be_sent: dict | None = None, **changes) -> None:
    """Let a child be made, and sent with what a transform changed."""
    watching.first_look(pulumi.ResourceTransformArgs(True, type_, child, made, pulumi.ResourceOptions()))
    watching.last_look(type_, child, {**made, **changes} if to_be_sent is None else to_be_sent)


def test_what_no_transform_touched_is_sent():
    made = Hardened()
    send(guard(), "task", t.TASK_DEFINITION, made["task"])


def test_a_transform_may_change_what_no_control_is_about():
    send(guard(), "task", t.TASK_DEFINITION, Hardened()["task"], family="other")


def test_a_transform_that_breaks_what_must_hold_is_refused():
    container = json.dumps([{**CONTAINER, "readonlyRootFilesystem": False}])
    with pytest.raises(BrokenControlError) as refused:
        send(guard(), "task", t.TASK_DEFINITION, Hardened()["task"], containerDefinitions=container)
    assert str(refused.value).splitlines() == [
        "error[broken-controls]: a transform broke 1 hardening control(s) of the component",
        "  --> task: containerDefinitions[0].readonlyRootFilesystem is not true [TSK-02]",
        "      = why: an intruder cannot leave programs behind or change the ones that run",
        "      help: readonlyRootFilesystem: true, and volumes for what must be written",
    ]


def test_a_default_that_a_transform_broke_needs_a_waiver():
    targets = Hardened()["targets"]
    with pytest.raises(BrokenControlError, match=r"or waive DEP-14 with a reason in `waivers`"):
        send(guard(), "targets", t.TARGET_GROUP, targets, deregistrationDelay=300)
    waiver = Waiver("DEP-14", "uploads take five minutes", TODAY)
    send(guard(waiver), "targets", t.TARGET_GROUP, targets, deregistrationDelay=300)
    lapsed = Waiver("DEP-14", "uploads take five minutes", date(2026, 11, 20))
    with pytest.raises(BrokenControlError, match="its waiver ended on 2026-11-20"):
        send(guard(lapsed), "targets", t.TARGET_GROUP, targets, deregistrationDelay=300)


def test_what_an_argument_asked_for_is_not_a_transforms_doing():
    targets = {**Hardened()["targets"], "deregistrationDelay": 10}
    send(guard(), "targets", t.TARGET_GROUP, targets)


def test_a_warning_stops_nothing():
    send(guard(), "targets", t.TARGET_GROUP, Hardened()["targets"], protocol="HTTP")


def test_two_resources_are_judged_together_as_soon_as_both_are_there():
    made, watching = Hardened(), guard()
    send(watching, "ingress", t.INGRESS_RULE, made["ingress"], cidrIpv4="0.0.0.0/0")  # whose group it is, is not known
    with pytest.raises(BrokenControlError, match="NET-03"):
        send(watching, "service", t.SERVICE, made["service"])


def test_what_is_secret_or_not_known_yet_is_neither_passed_nor_broken():
    assert plain({"a": Unknown(), "b": [wrap_rpc_secret("hunter2")], "c": {"d": 1.0}}) == {
        "a": UNKNOWN,
        "b": [UNKNOWN],
        "c": {"d": 1.0},
    }
    send(guard(), "task", t.TASK_DEFINITION, Hardened()["task"], containerDefinitions=Unknown())


def test_every_child_is_looked_at(deploy):
    graph = deploy()
    children = [each for each in graph.resources if each.type.startswith("aws:")]
    assert len(children) > 10
    for each in children:
        assert list(each.options.hooks.before_create) == ["failwell-controls-blue/shop"], each.name
        assert list(each.options.hooks.before_update) == ["failwell-controls-blue/shop"], each.name
        assert len(each.options.transforms) == 1, each.name


def test_what_another_child_names_by_an_arn_may_be_the_one_whose_arn_nobody_knows():
    balancer, watching = {**Hardened()["balancer"], "internal": False}, guard()
    send(watching, "balancer", t.LOAD_BALANCER, balancer)
    association = {"resourceArn": UNKNOWN, "webAclArn": "arn:aws:wafv2:eu-west-1:210987654321:regional/webacl/shop/0a"}
    watching.first_look(
        pulumi.ResourceTransformArgs(True, t.WEB_ACL_ASSOCIATION, "acl", association, pulumi.ResourceOptions())
    )
    known = {**association, "resourceArn": "arn:aws:elasticloadbalancing:eu-west-1:210987654321:loadbalancer/app/a/0b"}
    watching.last_look(t.WEB_ACL_ASSOCIATION, "acl", known)
