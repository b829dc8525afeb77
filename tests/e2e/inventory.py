"""What there is in an account: the identifiers of everything that the components and their surroundings can make."""

from collections.abc import Callable, Iterator
from typing import Any

QUESTIONS: tuple[tuple[str, str, dict[str, Any], str, str], ...] = (
    ("acm", "list_certificates", {}, "CertificateSummaryList", "CertificateArn"),
    (
        "application-autoscaling",
        "describe_scalable_targets",
        {"ServiceNamespace": "ecs"},
        "ScalableTargets",
        "ResourceId",
    ),
    (
        "application-autoscaling",
        "describe_scaling_policies",
        {"ServiceNamespace": "ecs"},
        "ScalingPolicies",
        "PolicyARN",
    ),
    (
        "application-autoscaling",
        "describe_scheduled_actions",
        {"ServiceNamespace": "ecs"},
        "ScheduledActions",
        "ScheduledActionARN",
    ),
    ("cloudwatch", "describe_alarms", {}, "MetricAlarms", "AlarmArn"),
    ("ec2", "describe_addresses", {}, "Addresses", "AllocationId"),
    ("ec2", "describe_internet_gateways", {}, "InternetGateways", "InternetGatewayId"),
    ("ec2", "describe_nat_gateways", {}, "NatGateways", "NatGatewayId"),
    ("ec2", "describe_network_interfaces", {}, "NetworkInterfaces", "NetworkInterfaceId"),
    ("ec2", "describe_route_tables", {}, "RouteTables", "RouteTableId"),
    ("ec2", "describe_security_group_rules", {}, "SecurityGroupRules", "SecurityGroupRuleId"),
    ("ec2", "describe_security_groups", {}, "SecurityGroups", "GroupId"),
    ("ec2", "describe_subnets", {}, "Subnets", "SubnetId"),
    ("ec2", "describe_vpc_endpoints", {}, "VpcEndpoints", "VpcEndpointId"),
    ("ec2", "describe_vpcs", {}, "Vpcs", "VpcId"),
    ("ecr", "describe_repositories", {}, "repositories", "repositoryArn"),
    ("efs", "describe_file_systems", {}, "FileSystems", "FileSystemId"),
    ("elbv2", "describe_load_balancers", {}, "LoadBalancers", "LoadBalancerArn"),
    ("elbv2", "describe_target_groups", {}, "TargetGroups", "TargetGroupArn"),
    ("events", "list_rules", {}, "Rules", "Arn"),
    ("iam", "list_policies", {"Scope": "Local"}, "Policies", "Arn"),
    ("iam", "list_roles", {}, "Roles", "Arn"),
    ("kms", "list_aliases", {}, "Aliases", "AliasArn"),
    ("logs", "describe_log_groups", {}, "logGroups", "logGroupArn"),
    ("s3", "list_buckets", {}, "Buckets", "Name"),
    ("secretsmanager", "list_secrets", {}, "SecretList", "ARN"),
    ("servicediscovery", "list_namespaces", {}, "Namespaces", "Arn"),
    ("servicediscovery", "list_services", {}, "Services", "Arn"),
    ("sns", "list_subscriptions", {}, "Subscriptions", "SubscriptionArn"),
    ("sns", "list_topics", {}, "Topics", "TopicArn"),
    ("sqs", "list_queues", {}, "QueueUrls", ""),
    ("wafv2", "list_web_acls", {"Scope": "REGIONAL"}, "WebACLs", "ARN"),
)
"""Service, operation, its arguments, the list in the answer, and what an item of it is called by."""
_GONE = {"deleted", "deleting"}

Connect = Callable[[str], Any]
"""Gives boto3's client of a service."""


def inventory(connect: Connect) -> set[str]:
    """Return what is there. A KMS key that waits for its deletion is gone, and so is an inactive task definition."""
    found = {f"{service} {each}" for service, each in _answers(connect)}
    kms, ecs, elbv2 = connect("kms"), connect("ecs"), connect("elbv2")
    for key in kms.list_keys()["Keys"]:
        if kms.describe_key(KeyId=key["KeyId"])["KeyMetadata"]["KeyState"] != "PendingDeletion":
            found.add(f"kms {key['KeyArn']}")
    # A deleted cluster stays listed for a while.
    listed = ecs.describe_clusters(clusters=ecs.list_clusters()["clusterArns"])["clusters"]
    for cluster in (each["clusterArn"] for each in listed if each["status"] == "ACTIVE"):
        found.add(f"ecs {cluster}")
        found |= {f"ecs {arn}" for arn in ecs.list_services(cluster=cluster)["serviceArns"]}
        found |= {f"ecs {arn}" for arn in ecs.list_tasks(cluster=cluster)["taskArns"]}
    for balancer in elbv2.describe_load_balancers()["LoadBalancers"]:
        for listener in elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]:
            rules = elbv2.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]
            found |= {f"elbv2 {rule['RuleArn']}" for rule in rules}
    return found


def _answers(connect: Connect) -> Iterator[tuple[str, str]]:
    for service, operation, arguments, items, name in QUESTIONS:
        answer = getattr(connect(service), operation)(**arguments)
        for item in answer.get(items) or ():
            if not name:
                yield service, item
            elif str(item.get("State")) not in _GONE:
                yield service, item[name]
