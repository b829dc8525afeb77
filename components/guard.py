"""Keeps transforms from breaking a control: what the engine is about to send is held against what the component made.

The engine runs a child's own transforms first, then those of the component and its parents, then the stack's
(https://www.pulumi.com/docs/iac/concepts/options/transforms/). So the first look is a transform of the child, and the
last one a hook, which sees the inputs after all of them, in a preview too. The older `transformations` run in the
program before the first look and are not judged.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pulumi
from pulumi.output import Unknown as PulumiUnknown

from .controls import UNKNOWN, Finding, Level, Resource, Stack, State, check
from .waivers import Waiver, waive

_SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that marks a secret, an asset or a reference in values on the wire (Pulumi's `resource/properties.go`)."""


class BrokenControlError(pulumi.RunError):
    """A transform broke a control; the message names it, the place, and what to write instead."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        head = f"error[broken-controls]: a transform broke {len(findings)} hardening control(s) of the component"
        super().__init__("\n".join([head, *map(_problem, findings)]))


def _problem(finding: Finding) -> str:
    control = finding.control
    waiver = "" if control.level is Level.MUST else f", or waive {control.id} with a reason in `waivers`"
    return (
        f"  --> {finding.sentence} [{control.id}]\n      = why: {control.reason}\n      help: {control.instead}{waiver}"
    )


class Guard:
    """Remembers the children as the component made them, and compares with what is about to be sent.

    Args:
        name: what no other component has; the hook is named after it, and hooks of one name collide.
        waivers: what may fail.
        today: decides which waivers have ended.
    """

    def __init__(self, name: str, waivers: Sequence[Waiver], today: date) -> None:
        self._hook_name = f"failwell-controls-{name}"
        self._waivers = waivers
        self._today = today
        self._made: dict[str, Resource] = {}
        self._sent: dict[str, Resource] = {}

    def options(self) -> pulumi.ResourceOptions:
        """Return what each child needs to be looked at."""
        hook = pulumi.ResourceHook(self._hook_name, self._last_look, pulumi.ResourceHookOptions(on_dry_run=True))
        return pulumi.ResourceOptions(
            transforms=[self.first_look],
            hooks=pulumi.ResourceHookBinding(before_create=[hook], before_update=[hook]),
        )

    def first_look(self, args: pulumi.ResourceTransformArgs) -> None:
        """Remember a child as the component made it."""
        self._made[args.name] = Resource(args.type_, args.name, plain(args.props))

    def _last_look(self, args: pulumi.ResourceHookArgs) -> None:
        self.last_look(args.type, args.name, args.new_inputs or {})

    def last_look(self, type_: str, name: str, inputs: Mapping[str, Any]) -> None:
        """Refuse what is about to be sent where a control fails that did not fail before, and no waiver lets it.

        Raises:
            BrokenControlError: a transform broke a control.
        """
        self._sent[name] = Resource(type_, name, plain(inputs))
        before = {_where(each) for each in self._failures(self._made)}
        broken = [each for each in self._failures(self._sent) if _where(each) not in before]
        if broken:
            raise BrokenControlError(broken)

    def _failures(self, resources: Mapping[str, Resource]) -> list[Finding]:
        # Of every child that was sent so far: some controls need two. What is not among them may be elsewhere.
        stack = Stack(tuple(resource for name, resource in resources.items() if name in self._sent))
        found = waive(check(stack), self._waivers, self._today)
        return [each for each in found if each.state is State.FAILED and each.control.level is not Level.WARN]


def child_options(
    component: pulumi.ComponentResource,
    opts: pulumi.ResourceOptions | None,
    waivers: Sequence[Waiver],
    today: date,
) -> pulumi.ResourceOptions:
    """Return the options of the children of a component that has no other name than its own and its parent's."""
    parent = opts.parent if opts else None
    names = [each.pulumi_resource_name for each in (parent, component) if each is not None]
    kind = component.pulumi_resource_type.rpartition(":")[2]
    watched = Guard("/".join([kind, *names]), waivers, today).options()
    return pulumi.ResourceOptions.merge(watched, pulumi.ResourceOptions(parent=component))


def _where(finding: Finding) -> tuple[str, str]:
    return finding.control.id, finding.resource


def plain(inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Return inputs as controls read them; what is secret or not known yet is `UNKNOWN`."""
    return {key: _plain(value) for key, value in inputs.items()}


def _plain(value: object) -> object:
    if isinstance(value, PulumiUnknown | pulumi.Output):
        return UNKNOWN
    if isinstance(value, Mapping):
        return UNKNOWN if _SIGNATURE in value else plain(value)
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value
