"""The functions that the stand-in has, by Pulumi's token."""

from collections.abc import Callable, Mapping

from sandbox.provider.connection import Connection
from sandbox.provider.invokes import account, containers, load_balancing, network, policy_document
from sandbox.provider.wire import Values

Invoke = Callable[[Connection, Values], Values]

INVOKES: Mapping[str, Invoke] = {
    "aws:index/getCallerIdentity:getCallerIdentity": account.caller_identity,
    "aws:index/getRegion:getRegion": account.region,
    "aws:index/getPartition:getPartition": account.partition,
    "aws:index/getAvailabilityZones:getAvailabilityZones": account.availability_zones,
    "aws:ec2/getManagedPrefixList:getManagedPrefixList": network.managed_prefix_list,
    "aws:ec2/getSubnet:getSubnet": network.subnet,
    "aws:ec2/getVpc:getVpc": network.vpc,
    "aws:ec2/getSubnets:getSubnets": network.subnets,
    "aws:ecr/getImage:getImage": containers.image,
    "aws:ecr/getRepository:getRepository": containers.repository,
    "aws:ecs/getCluster:getCluster": containers.cluster,
    "aws:iam/getPolicyDocument:getPolicyDocument": policy_document.policy_document,
    "aws:lb/getListener:getListener": load_balancing.listener,
    "aws:lb/getLoadBalancer:getLoadBalancer": load_balancing.load_balancer,
}
