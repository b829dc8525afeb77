"""The network that a planned service is put into: AWS's, with the security group rules that the update changes."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from automation.preflight.plan import Hidden, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from automation.preflight.values import items, maps, text, texts, whole
from diagnostics.checked import Node
from diagnostics.collect_network import collect_network
from diagnostics.model import Quote
from diagnostics.network import ANYWHERE, Network, Permission, SecurityGroup
from diagnostics.reads import Gaps
from diagnostics.shapes import VpcConfiguration
from diagnostics.surroundings_parts import network as parse_network

GROUP_TYPE = "aws:ec2/securityGroup:SecurityGroup"
_INGRESS, _EGRESS = (f"aws:vpc/securityGroup{way}Rule:SecurityGroup{way}Rule" for way in ("Ingress", "Egress"))
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"


@dataclass(frozen=True)
class Placed(VpcConfiguration):
    """Where the tasks are put, as far as it is seen; `hidden` names what is not."""

    hidden: tuple[str, ...] = ()


def settings(subject: Subject) -> Placed:
    """Return a planned service's network configuration."""
    given = subject.inputs.get("networkConfiguration")
    if isinstance(given, Hidden):
        return Placed(hidden=("the network configuration",))
    configuration: Mapping[str, Any] = given if isinstance(given, Mapping) else {}
    unseen = [
        words
        for key, words in (("subnets", "subnets"), ("securityGroups", "security groups"))
        if isinstance(configuration.get(key), Hidden)
        or any(isinstance(each, Hidden) for each in items(configuration.get(key)))
    ]
    public = configuration.get("assignPublicIp")
    return Placed(
        subnets=texts(configuration.get("subnets")),
        security_groups=texts(configuration.get("securityGroups")),
        # The provider's default is false: https://www.pulumi.com/registry/packages/aws/api-docs/ecs/service/
        assign_public_ip="" if isinstance(public, Hidden) else "ENABLED" if public else "DISABLED",
        hidden=tuple(unseen),
    )


def read_network(
    subject: Subject, reads: PreflightReads, placed: Placed, balancers: Sequence[str] = ()
) -> tuple[Network, tuple[Quote, ...]]:
    """Return the network of a service's subnets and security groups, and AWS's words about what may not be read."""
    gaps: Gaps = []
    groups = list(placed.security_groups)
    document = collect_network(reads.surroundings, placed.subnets, groups, balancers, gaps)
    network = parse_network(Node(document)) or Network()
    planned = tuple(with_the_plan(subject.plan, each) for each in network.security_groups)
    quotes = tuple(Quote(answer.operation, f"{answer.code}: {answer.message}") for _, answer in gaps)
    return replace(network, security_groups=planned), quotes


def tasks_groups(subject: Subject, network: Network, placed: Placed) -> tuple[SecurityGroup, ...]:
    """Return the tasks' security groups, those that the update makes included; none where one of them is not seen."""
    found = [group for each in placed.security_groups if (group := network.security_group(each))]
    if len(found) < len(placed.security_groups):
        return ()
    if "security groups" not in placed.hidden:
        return tuple(found)
    made = [each for each in subject.plan.sources(subject.planned, "networkConfiguration", GROUP_TYPE) if each.made]
    return (*found, *(_made(subject.plan, each) for each in made)) if made else ()


def with_the_plan(plan: Plan, group: SecurityGroup) -> SecurityGroup:
    """Return a security group with what the update adds to its rules, and without what it takes away."""
    ingress, egress = list(group.ingress), list(group.egress)
    for rule, inward in _rules(plan, group.id):
        held = ingress if inward else egress
        if rule.operation != "same" and rule.old_inputs:
            held[:] = _without(held, _permission(rule.old_inputs))
        if not rule.deleted:
            held.append(_permission(rule.inputs))
    return replace(group, ingress=tuple(ingress), egress=tuple(egress))


def _made(plan: Plan, resource: PlannedResource) -> SecurityGroup:
    """Return a security group that the update makes."""
    held: dict[bool, list[Permission]] = {True: [], False: []}
    for key, inward in (("ingress", True), ("egress", False)):
        given = resource.inputs.get(key)
        held[inward] += [_ANYONE] if isinstance(given, Hidden) else [_permission(each) for each in maps(given)]
    for type_ in (_INGRESS, _EGRESS, _RULE):
        for rule in plan.of_type(type_):
            if any(each.urn == resource.urn for each in plan.sources(rule, "securityGroupId", GROUP_TYPE)):
                held[_inward(rule)].append(_permission(rule.inputs))
    return SecurityGroup(id=resource.name, name=resource.name, ingress=tuple(held[True]), egress=tuple(held[False]))


def _rules(plan: Plan, group_id: str) -> Iterator[tuple[PlannedResource, bool]]:
    """Yield the stack's rules of a group that there is, each with whether it lets in."""
    for rule in plan.resources:
        if rule.type not in {_INGRESS, _EGRESS, _RULE}:
            continue
        known = {(rule.old_inputs or {}).get("securityGroupId"), rule.inputs.get("securityGroupId")}
        if group_id in known:
            yield rule, _inward(rule)


def _inward(rule: PlannedResource) -> bool:
    inputs = rule.inputs or rule.old_inputs or {}
    return rule.type == _INGRESS or (rule.type == _RULE and inputs.get("type") == "ingress")


_ANYONE = Permission(protocol="-1", cidrs=ANYWHERE)
"""Stands for a rule that is not seen: whoever asks must take it for one that lets through."""


def _permission(inputs: Mapping[str, Any]) -> Permission:
    """Return a planned rule; a part of it that is hidden may be anything."""
    protocol = inputs.get("ipProtocol", inputs.get("protocol"))
    ends = inputs.get("fromPort"), inputs.get("toPort")
    named = [*_named(inputs, "referencedSecurityGroupId", "sourceSecurityGroupId", "securityGroups")]
    blocks = [*_named(inputs, "cidrIpv4", "cidrIpv6", "cidrBlocks", "ipv6CidrBlocks")]
    lists = [*_named(inputs, "prefixListId", "prefixListIds")]
    if isinstance(protocol, Hidden) or any(isinstance(each, Hidden) for each in (*ends, *named, *blocks, *lists)):
        seen = "-1" if isinstance(protocol, Hidden) else text(protocol)
        return Permission(seen, whole(ends[0]), whole(ends[1]), cidrs=ANYWHERE)
    every = text(protocol) == "-1"
    return Permission(
        text(protocol),
        None if every else whole(ends[0]),
        None if every else whole(ends[1]),
        cidrs=tuple(blocks),
        groups=tuple(named),
        prefix_lists=tuple(lists),
    )


def _named(inputs: Mapping[str, Any], *keys: str) -> Iterator[Any]:
    for key in keys:
        value = inputs.get(key)
        if value is not None and value != "":
            yield from items(value) if isinstance(value, list | tuple) else (value,)


def _without(held: Iterable[Permission], gone: Permission) -> list[Permission]:
    """Take a rule out of permissions, of which AWS shows those of the same ports as one."""

    def left(each: Permission) -> Permission | None:
        if (each.protocol, each.from_port, each.to_port) != (gone.protocol, gone.from_port, gone.to_port):
            return each
        rest = replace(
            each,
            cidrs=tuple(one for one in each.cidrs if one not in gone.cidrs),
            groups=tuple(one for one in each.groups if one not in gone.groups),
            prefix_lists=tuple(one for one in each.prefix_lists if one not in gone.prefix_lists),
        )
        return rest if rest.cidrs or rest.groups or rest.prefix_lists else None

    return [rest for each in held if (rest := left(each))]
