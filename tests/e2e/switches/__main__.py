"""Everything that can be turned off, on or off."""

from typing import Any

import pulumi
import pulumi_aws as aws
from failwell import Cluster, FargateService

config = pulumi.Config()
on = config.require_bool("on")
name = config.require("component_name")

cluster = Cluster("switches", {"container_insights": "enhanced" if on else "enabled"})
namespace = aws.servicediscovery.HttpNamespace("switches")
logs = aws.s3.Bucket("switches")
alarm = aws.cloudwatch.MetricAlarm(
    "switches",
    name="switches",
    namespace="Shop",
    metric_name="Refused",
    statistic="Sum",
    period=60,
    evaluation_periods=1,
    threshold=1,
    comparison_operator="GreaterThanThreshold",
    treat_missing_data="notBreaching",
)
seen = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True, "metric_name": "switches"}
acl = aws.wafv2.WebAcl("switches", scope="REGIONAL", default_action={"allow": {}}, visibility_config=seen)

place: dict[str, Any] = {
    "image": config.require("image"),
    "container_port": 5001,
    "cluster_arn": cluster.cluster_arn,
    "cluster_name": "switches",
    "vpc_id": config.require("vpc_id"),
    "subnet_ids": config.require_object("subnet_ids"),
}
balancer: dict[str, Any] = {
    "internal": False,
    "lb_subnet_ids": config.require_object("public_subnet_ids"),
    "allowed_cidr_blocks": ["0.0.0.0/0"],
    "certificate_arn": config.require("certificate_arn"),
    "http_redirect": on,
    "deletion_protection": on,
}
if on:
    balancer |= {"access_logs_bucket": logs.id, "web_acl_arn": acl.arn}
taken_back = ("DEP-09", "ELB-08", "ELB-09", "LOG-02", "SNS-01", "TSK-11")
web: dict[str, Any] = {
    **place,
    "waivers": [{"control": each, "reason": "it is switched here", "expires": "2099-12-31"} for each in taken_back],
    "service_name": "web",
    "load_balancer": balancer,
    "operational_alarms": {"enabled": on},
    "create_kms_key": on,
    "enable_execute_command": on,
    "deployment": {"availability_zone_rebalancing": "ENABLED" if on else "DISABLED"},
}
worker: dict[str, Any] = {
    **place,
    "deployment_alarms": {"extra_alarm_names": [alarm.name] if on else []},
}
if on:
    web["autoscaling"] = {"min_capacity": 2, "max_capacity": 4}
    worker["service_connect"] = {"namespace": namespace.arn}

renamed = pulumi.ResourceOptions(aliases=[pulumi.Alias(name="web")]) if config.require_bool("alias") else None
FargateService(name, web, renamed)
FargateService("worker", worker)
