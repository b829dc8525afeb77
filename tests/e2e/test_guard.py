"""On the real engine: a transform may not break a control, wherever it is registered, and nothing is made of it."""

from pathlib import Path

import pytest

from tests.e2e.conftest import ROOT, Checkout

pytestmark = pytest.mark.e2e

_TRANSFORM = """
import json


def weaken(args):
    changes = WEAKER.get(args.type_)
    if changes is None:
        return None
    props = dict(args.props)
    if "container" in changes:
        containers = json.loads(props["containerDefinitions"])
        props["containerDefinitions"] = json.dumps([{**each, **changes["container"]} for each in containers])
    else:
        props.update(changes)
    return pulumi.ResourceTransformResult(props=props, opts=args.opts)
"""
_MADE = 'service = FargateService("shop", arguments)\n'
_ON_COMPONENT = (_MADE, _MADE.replace("arguments)", "arguments, pulumi.ResourceOptions(transforms=[weaken]))"))
_CONFIG = "config = pulumi.Config()\n"
_ON_STACK = (_CONFIG, f"pulumi.runtime.register_resource_transform(weaken)\n{_CONFIG}")
_WRITABLE = {"aws:ecs/taskDefinition:TaskDefinition": {"container": {"readonlyRootFilesystem": False}}}
_SLOW = {"aws:lb/targetGroup:TargetGroup": {"deregistrationDelay": 300}}


def program(checkout: Checkout, weaker: object, where: tuple[str, str], *more: tuple[str, str]) -> None:
    """Write the example's program with a transform in it."""
    source = (ROOT / "__main__.py").read_text(encoding="utf-8")
    helper = (_CONFIG, f"WEAKER = {weaker!r}\n{_TRANSFORM}\n\n{_CONFIG}")
    for old, new in (helper, where, *more):
        assert source.count(old) == 1, old
        source = source.replace(old, new)
    target = Path(checkout.directory) / "__main__.py"
    target.unlink()
    target.write_text(source, encoding="utf-8")


def types(checkout: Checkout) -> set[str]:
    return {each["type"] for each in checkout.state().get("resources", [])}


def test_a_transform_of_the_component_or_the_stack_cannot_break_what_must_hold(checkout: Checkout) -> None:
    for where in (_ON_COMPONENT, _ON_STACK):
        program(checkout, _WRITABLE, where)
        run = checkout.up("shop:good-1")
        assert run.exit_code == 1, str(run)
        assert "error[broken-controls]: a transform broke 1 hardening control(s)" in str(run)
        assert "containerDefinitions[0].readonlyRootFilesystem is not true [TSK-02]" in str(run)
        made = types(checkout)
        assert "aws:ecs/taskDefinition:TaskDefinition" not in made
        assert "aws:ecs/service:Service" not in made


def test_a_transform_cannot_break_the_repository_of_a_service(checkout: Checkout) -> None:
    program(checkout, {"aws:ecr/repository:Repository": {"imageTagMutability": "MUTABLE"}}, _ON_STACK)
    run = checkout.up("shop:good-1", "--config", "create_repository=true")
    assert run.exit_code == 1, str(run)
    assert "imageTagMutability is MUTABLE [ECR-01]" in str(run)
    assert "aws:ecr/repository:Repository" not in types(checkout)


def test_a_default_can_be_broken_with_a_waiver_alone(checkout: Checkout) -> None:
    program(checkout, _SLOW, _ON_STACK)
    run = checkout.up("shop:good-1")
    assert run.exit_code == 1, str(run)
    assert "deregistrationDelay is 300 s [DEP-14]" in str(run)

    waiver = {"control": "DEP-14", "reason": "uploads take five minutes", "expires": "2999-12-31"}
    args = ('    "waivers": config.require_object("waivers"),\n', f'    "waivers": [{waiver!r}],\n')
    program(checkout, _SLOW, _ON_STACK, args)
    run = checkout.up("shop:good-1")
    assert run.exit_code == 0, str(run)
    (targets,) = [each for each in checkout.state()["resources"] if each["type"] == "aws:lb/targetGroup:TargetGroup"]
    assert targets["inputs"]["deregistrationDelay"] == 300
