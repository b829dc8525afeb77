"""One service and its task definition, as a file describes them in ECS's own words."""

import json
from pathlib import Path

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
spec = json.loads(Path(config.require("spec")).read_text(encoding="utf-8"))
task, service = spec["definition"], spec["service"]
network = service["networkConfiguration"]["awsvpcConfiguration"]
breaker = service["deploymentConfiguration"]["deploymentCircuitBreaker"]
definition = aws.ecs.TaskDefinition(
    "definition",
    family=task["family"],
    cpu=task["cpu"],
    memory=task["memory"],
    network_mode=task["networkMode"],
    requires_compatibilities=task["requiresCompatibilities"],
    execution_role_arn=task["executionRoleArn"],
    task_role_arn=task.get("taskRoleArn"),
    container_definitions=json.dumps(task["containerDefinitions"]),
    skip_destroy=True,
)
aws.ecs.Service(
    "service",
    name=service["serviceName"],
    cluster=service["cluster"],
    task_definition=definition.arn,
    desired_count=service["desiredCount"],
    launch_type="FARGATE",
    health_check_grace_period_seconds=service["healthCheckGracePeriodSeconds"],
    network_configuration={"subnets": network["subnets"], "security_groups": network["securityGroups"]},
    load_balancers=[
        {
            "target_group_arn": each["targetGroupArn"],
            "container_name": each["containerName"],
            "container_port": each["containerPort"],
        }
        for each in service["loadBalancers"]
    ],
    deployment_circuit_breaker=breaker,
    wait_for_steady_state=config.require_bool("wait"),
)
