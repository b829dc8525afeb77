"""A worker made of plain resources, as a program without our component makes it."""

from typing import Any

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
region = aws.get_region().region
trust = aws.iam.get_policy_document(
    statements=[
        {"actions": ["sts:AssumeRole"], "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}]}
    ]
)
role = aws.iam.Role("execution", assume_role_policy=trust.json)
aws.iam.RolePolicyAttachment(
    "execution",
    role=role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
reading = aws.iam.get_policy_document(statements=[{"actions": ["ssm:GetParameters"], "resources": ["*"]}])
aws.iam.RolePolicy("execution", role=role.name, policy=reading.json)
logs = aws.cloudwatch.LogGroup("worker", retention_in_days=7)
group = aws.ec2.SecurityGroup(
    "worker",
    vpc_id=config.require("vpc_id"),
    egress=[{"protocol": "-1", "from_port": 0, "to_port": 0, "cidr_blocks": ["0.0.0.0/0"]}],
)
container: dict[str, Any] = {
    "name": "worker",
    "image": config.require("image"),
    "essential": True,
    "environment": [{"name": "STORY", "value": config.require("story")}],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": logs.name, "awslogs-region": region, "awslogs-stream-prefix": "worker"},
    },
}
if parameter := config.get("parameter_arn"):
    container["secrets"] = [{"name": "DATABASE_URL", "valueFrom": parameter}]
definition = aws.ecs.TaskDefinition(
    "worker",
    family="worker",
    cpu="256",
    memory="512",
    network_mode="awsvpc",
    requires_compatibilities=["FARGATE"],
    execution_role_arn=role.arn,
    container_definitions=pulumi.Output.json_dumps([container]),
    skip_destroy=True,
)
service = aws.ecs.Service(
    "worker",
    name="worker",
    cluster=config.require("cluster_arn"),
    desired_count=config.require_int("desired_count"),
    launch_type="FARGATE",
    task_definition=definition.arn,
    wait_for_steady_state=config.require_bool("wait_for_steady_state"),
    network_configuration={"subnets": config.require_object("subnet_ids"), "security_groups": [group.id]},
    deployment_circuit_breaker={"enable": True, "rollback": True},
    tags={"team": config.require("team")},
)
if config.require_bool("scaled"):
    aws.appautoscaling.Target(
        "worker",
        service_namespace="ecs",
        scalable_dimension="ecs:service:DesiredCount",
        resource_id=pulumi.Output.concat("service/sandbox/", service.name),
        min_capacity=1,
        max_capacity=4,
    )
