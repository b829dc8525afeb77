"""The reads of what stands around a deployment: registry, secret stores, IAM, alarms, VPC. Never a secret's value."""

from collections.abc import Callable, Sequence
from typing import Any, cast

from diagnostics.reads import Shape

_POLICIES = 20
"""Policies of one role that are read: IAM attaches at most 20.

Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
"""
_MANIFESTS = [
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
]


class SurroundingsReader:
    """Implements `diagnostics.reads.SurroundingReads` on the reader's own way to call an operation."""

    def __init__(self, ask: Callable[..., Any]) -> None:
        self._ask = ask

    def batch_get_image(self, registry: str, region: str, repository: str, image_id: dict[str, str]) -> Shape:
        """Return `BatchGetImage`'s answer for one image of ECR: `images` or `failures`."""
        answer = self._ask(
            "ecr",
            "batch_get_image",
            region,
            registryId=registry,
            repositoryName=repository,
            imageIds=[image_id],
            acceptedMediaTypes=_MANIFESTS,
        )
        return cast("Shape", answer)

    def describe_secret(self, secret_id: str, region: str | None) -> Shape:
        """Return `DescribeSecret`'s answer: never a value."""
        return cast("Shape", self._ask("secretsmanager", "describe_secret", region, SecretId=secret_id))

    def describe_parameters(self, names: Sequence[str], region: str | None) -> list[Shape]:
        """Return `DescribeParameters.Parameters` of at most 50 names: never a value."""
        wanted = [{"Key": "Name", "Option": "Equals", "Values": list(names)}]
        found: list[Shape] = []
        page: dict[str, str] = {}
        while True:
            answer = self._ask("ssm", "describe_parameters", region, ParameterFilters=wanted, **page)
            found += answer["Parameters"]
            if not answer.get("NextToken"):
                return found
            page = {"NextToken": answer["NextToken"]}

    def get_role(self, name: str) -> Shape:
        """Return `GetRole.Role`."""
        return cast("Shape", self._ask("iam", "get_role", RoleName=name)["Role"])

    def role_policies(self, name: str) -> list[Shape]:
        """Return a role's policies, attached and inline: `PolicyName`, `PolicyArn`, `PolicyDocument`."""
        policies: list[Shape] = []
        for each in self._ask("iam", "list_attached_role_policies", RoleName=name)["AttachedPolicies"][:_POLICIES]:
            version = self._ask("iam", "get_policy", PolicyArn=each["PolicyArn"])["Policy"]["DefaultVersionId"]
            read = self._ask("iam", "get_policy_version", PolicyArn=each["PolicyArn"], VersionId=version)
            policies.append({**each, "PolicyDocument": read["PolicyVersion"]["Document"]})
        for inline in self._ask("iam", "list_role_policies", RoleName=name)["PolicyNames"][:_POLICIES]:
            read = self._ask("iam", "get_role_policy", RoleName=name, PolicyName=inline)
            policies.append({"PolicyName": inline, "PolicyDocument": read["PolicyDocument"]})
        return policies

    def describe_alarms(self, names: Sequence[str]) -> list[Shape]:
        """Return `DescribeAlarms.MetricAlarms` of at most 100 names."""
        answer = self._ask("cloudwatch", "describe_alarms", AlarmNames=list(names), MaxRecords=100)
        return cast("list[Shape]", answer["MetricAlarms"])

    def describe_ec2(self, operation: str, key: str, filters: dict[str, Sequence[str]]) -> list[Shape]:
        """Return all pages of one of EC2's `describe_…` operations, filtered.

        A filter finds nothing where an id does not exist; naming the ids would be refused as a whole.
        """
        # `DescribeNatGateways` alone says `Filter`.
        name = "Filter" if operation == "describe_nat_gateways" else "Filters"
        asked: dict[str, Any] = {name: [{"Name": each, "Values": list(filters[each])} for each in filters]}
        found: list[Shape] = []
        while True:
            answer = self._ask("ec2", operation, **asked)
            found += answer[key]
            if not answer.get("NextToken"):
                return found
            asked["NextToken"] = answer["NextToken"]

    def describe_vpc_dns(self, vpc_id: str) -> Shape:
        """Return `VpcId`, `EnableDnsSupport` and `EnableDnsHostnames` of a VPC."""
        described: Shape = {"VpcId": vpc_id}
        for asked, key in (("enableDnsSupport", "EnableDnsSupport"), ("enableDnsHostnames", "EnableDnsHostnames")):
            answer = self._ask("ec2", "describe_vpc_attribute", VpcId=vpc_id, Attribute=asked)
            described[key] = answer[key]["Value"]
        return described

    def describe_load_balancers(self, arns: Sequence[str]) -> list[Shape]:
        """Return `DescribeLoadBalancers.LoadBalancers`."""
        answer = self._ask("elbv2", "describe_load_balancers", LoadBalancerArns=list(arns))
        return cast("list[Shape]", answer["LoadBalancers"])
