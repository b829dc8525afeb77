"""The service itself in an audit: its task definition, cluster, scaling and network, and then what it depends on."""

from typing import Any

from automation.audit.load_balancing import look_at_load_balancing
from automation.audit.reading import Asks, Audit, Seen, tags
from automation.audit.surroundings import look_at_surroundings
from automation.errors import UsageError
from diagnostics.answers import WRONG
from diagnostics.reads import Shape

_SERVICE = "aws:ecs/service:Service"
_TASK = "aws:ecs/taskDefinition:TaskDefinition"
_CLUSTER = "aws:ecs/cluster:Cluster"
_SCALABLE = "aws:appautoscaling/target:Target"
_SCALING_POLICY = "aws:appautoscaling/policy:Policy"
_SCHEDULED = "aws:appautoscaling/scheduledAction:ScheduledAction"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
_EGRESS = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"

_LATEST = "1.4.0"
"""
What ECS answers for `LATEST` on Linux
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html).
"""


def look(reader: Asks, cluster: str, service: str, hidden: object) -> Seen:
    """Read a service and what it depends on; `hidden` stands for what AWS does not show.

    Raises:
        UsageError: there is no such service.
    """
    audit = Audit(reader, hidden)
    answer = audit.read("ecs", "describe_services", cluster=cluster, services=[service], include=["TAGS"])
    if answer is None:
        raise UsageError(f"the service {service} of the cluster {cluster} cannot be read: {audit.seen.gaps[0]}")
    found = next((each for each in answer["services"] if each.get("status") != "INACTIVE"), None)
    if found is None:
        raise UsageError(f"there is no service {service} in the cluster {cluster}; name both as ECS does")
    try:
        audit.seen.add(_SERVICE, service, _service(found, hidden), found["serviceArn"])
        audit.seen.whole.add(_SERVICE)
        definition = _look_at_task(audit, found)
    except WRONG as wrong:
        raise UsageError(
            f"the service {service} of the cluster {cluster} cannot be audited: AWS's answer is not as its API's model "
            f"says ({type(wrong).__name__}: {wrong}); is the endpoint AWS's own?"
        ) from wrong
    audit.whole(lambda: _look_at_cluster(audit, cluster), _CLUSTER)
    audit.whole(lambda: _look_at_scaling(audit, found), _SCALABLE, _SCALING_POLICY, _SCHEDULED)
    audit.whole(lambda: _look_at_groups(audit, found), _GROUP, _INGRESS, _EGRESS)
    audit.guarded(lambda: look_at_load_balancing(audit, found), "load balancing")
    audit.guarded(lambda: look_at_surroundings(audit, found, definition), "what stands around the service")
    return audit.seen


def _service(found: Shape, hidden: object) -> dict[str, Any]:
    """Return a service in the words of `aws.ecs.Service`; the provider's own settings are nowhere in AWS."""
    network = found.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    deployment = found.get("deploymentConfiguration", {})
    same = (
        "desiredCount", "loadBalancers", "healthCheckGracePeriodSeconds", "deploymentController",
        "availabilityZoneRebalancing", "enableExecuteCommand", "propagateTags",
    )  # fmt: skip
    return {
        **{key: found[key] for key in same if key in found},
        "name": found["serviceName"],
        "networkConfiguration": network,
        "deploymentConfiguration": deployment,
        "deploymentCircuitBreaker": deployment.get("deploymentCircuitBreaker"),
        "alarms": deployment.get("alarms"),
        "deploymentMinimumHealthyPercent": deployment.get("minimumHealthyPercent"),
        "deploymentMaximumPercent": deployment.get("maximumPercent"),
        "enableEcsManagedTags": found.get("enableECSManagedTags"),
        "capacityProviderStrategies": found.get("capacityProviderStrategy", []),
        "platformVersion": "LATEST" if found.get("platformVersion") == _LATEST else found.get("platformVersion"),
        "tags": tags(found.get("tags", [])),
        "waitForSteadyState": hidden,
        "forceNewDeployment": hidden,
        "sigintRollback": hidden,
    }


def _look_at_task(audit: Audit, service: Shape) -> Shape:
    answer = audit.read("ecs", "describe_task_definition", taskDefinition=service["taskDefinition"], include=["TAGS"])
    if answer is None:
        return {}
    definition: Shape = answer["taskDefinition"]
    inputs = {
        **definition,
        "tags": tags(answer.get("tags", [])),
        "skipDestroy": audit.hidden,
        "trackLatest": audit.hidden,
    }
    audit.seen.add(_TASK, definition["family"], inputs, definition["taskDefinitionArn"])
    audit.seen.whole.add(_TASK)
    return definition


def _look_at_cluster(audit: Audit, cluster: str) -> None:
    include = ["SETTINGS", "CONFIGURATIONS", "TAGS"]
    answer = audit.read("ecs", "describe_clusters", clusters=[cluster], include=include) or {}
    for found in answer.get("clusters", []):
        inputs = {**found, "name": found["clusterName"], "tags": tags(found.get("tags", []))}
        audit.seen.add(_CLUSTER, found["clusterName"], inputs, found["clusterArn"])


def _look_at_scaling(audit: Audit, service: Shape) -> None:
    cluster = service["clusterArn"].rpartition("/")[2]
    resource = f"service/{cluster}/{service['serviceName']}"
    where: dict[str, Any] = {"ServiceNamespace": "ecs"}
    scaling = "application-autoscaling"
    for each in audit.pages(scaling, "describe_scalable_targets", "ScalableTargets", ResourceIds=[resource], **where):
        audit.seen.add(_SCALABLE, resource, {"resourceId": resource, "minCapacity": each["MinCapacity"]})
    for each in audit.pages(scaling, "describe_scheduled_actions", "ScheduledActions", ResourceId=resource, **where):
        least = each.get("ScalableTargetAction", {}).get("MinCapacity")
        audit.seen.add(_SCHEDULED, each["ScheduledActionName"], {"scalableTargetAction": {"minCapacity": least}})
    for each in audit.pages(scaling, "describe_scaling_policies", "ScalingPolicies", ResourceId=resource, **where):
        metric = each.get("TargetTrackingScalingPolicyConfiguration", {}).get("PredefinedMetricSpecification", {})
        tracked = {"predefinedMetricSpecification": {"predefinedMetricType": metric.get("PredefinedMetricType")}}
        audit.seen.add(_SCALING_POLICY, each["PolicyName"], {"targetTrackingScalingPolicyConfiguration": tracked})


def _look_at_groups(audit: Audit, service: Shape) -> None:
    groups = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {}).get("securityGroups", [])
    if not groups:
        return
    answer = audit.read("ec2", "describe_security_groups", GroupIds=groups) or {}
    for each in answer.get("SecurityGroups", []):
        # Its rules are resources of their own below, with their descriptions.
        audit.seen.add(_GROUP, each["GroupId"], {"description": each["Description"]}, each["GroupId"])
    filters = [{"Name": "group-id", "Values": groups}]
    for rule in audit.pages("ec2", "describe_security_group_rules", "SecurityGroupRules", Filters=filters):
        inputs = {
            "securityGroupId": rule["GroupId"],
            "ipProtocol": rule["IpProtocol"],
            "fromPort": rule.get("FromPort"),
            "toPort": rule.get("ToPort"),
            "cidrIpv4": rule.get("CidrIpv4"),
            "cidrIpv6": rule.get("CidrIpv6"),
            "referencedSecurityGroupId": rule.get("ReferencedGroupInfo", {}).get("GroupId"),
            "description": rule.get("Description"),
        }
        audit.seen.add(_EGRESS if rule["IsEgress"] else _INGRESS, rule["SecurityGroupRuleId"], inputs)
