"""A Fargate service behind a load balancer, with everything that it needs, as a program of plain resources."""

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
defaults = config.require_object("defaults")
account, region = aws.get_caller_identity().account_id, aws.get_region().region
trust = aws.iam.get_policy_document(
    statements=[
        {
            "actions": ["sts:AssumeRole"],
            "principals": [{"type": "Service", "identifiers": ["ecs-tasks.amazonaws.com"]}],
        }
    ]
)
role = aws.iam.Role("execution", assume_role_policy=trust.json)
aws.iam.RolePolicyAttachment(
    "execution",
    role=role.name,
    policy_arn="arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
)
logs = aws.cloudwatch.LogGroup("web", retention_in_days=7, tags={"team": "shop"})
group = aws.ec2.SecurityGroup("web", vpc_id=defaults["vpc_id"], description="web")
aws.vpc.SecurityGroupIngressRule(
    "web",
    security_group_id=group.id,
    ip_protocol="tcp",
    from_port=5001,
    to_port=5001,
    referenced_security_group_id=defaults["load_balancer_security_group_id"],
)
aws.vpc.SecurityGroupEgressRule("web", security_group_id=group.id, ip_protocol="-1", cidr_ipv4="0.0.0.0/0")
targets = aws.lb.TargetGroup(
    "web",
    port=5001,
    protocol="HTTP",
    vpc_id=defaults["vpc_id"],
    target_type="ip",
    deregistration_delay=30,
    health_check={"path": "/healthz", "interval": 10, "timeout": 5, "unhealthy_threshold": 2},
)
rule = aws.lb.ListenerRule(
    "web",
    listener_arn=defaults["listener_arn"],
    actions=[{"type": "forward", "target_group_arn": targets.arn}],
    conditions=[{"path_pattern": {"values": ["/*"]}}],
)
alarm = aws.cloudwatch.MetricAlarm(
    "errors",
    comparison_operator="GreaterThanThreshold",
    evaluation_periods=1,
    threshold=5,
    metric_name="HTTPCode_Target_5XX_Count",
    namespace="AWS/ApplicationELB",
    period=60,
    statistic="Sum",
    dimensions={"TargetGroup": targets.arn_suffix},
)
secret = aws.secretsmanager.Secret("database", recovery_window_in_days=0)
aws.secretsmanager.SecretVersion("database", secret_id=secret.id, secret_string=pulumi.Output.secret("hush"))
container = {
    "name": "web",
    "image": f"{account}.dkr.ecr.{region}.amazonaws.com/shop:{config.require('image')}",
    "essential": True,
    "portMappings": [{"containerPort": 5001}],
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {
            "awslogs-group": logs.name,
            "awslogs-region": region,
            "awslogs-stream-prefix": "web",
        },
    },
}
task = aws.ecs.TaskDefinition(
    "web",
    family="web",
    cpu="256",
    memory="512",
    network_mode="awsvpc",
    requires_compatibilities=["FARGATE"],
    execution_role_arn=role.arn,
    container_definitions=pulumi.Output.json_dumps([container]),
    skip_destroy=True,
)
service = aws.ecs.Service(
    "web",
    cluster=defaults["cluster_arn"],
    desired_count=config.require_int("desired_count"),
    launch_type="FARGATE",
    task_definition=task.arn,
    wait_for_steady_state=True,
    network_configuration={"subnets": defaults["subnet_ids"], "security_groups": [group.id]},
    load_balancers=[
        {
            "target_group_arn": targets.arn,
            "container_name": config.require("container"),
            "container_port": 5001,
        }
    ],
    deployment_circuit_breaker={"enable": True, "rollback": True},
    deployment_controller={"type": "ECS"},
    alarms={"alarm_names": [alarm.name], "enable": True, "rollback": True},
    health_check_grace_period_seconds=30,
    enable_ecs_managed_tags=True,
    propagate_tags="SERVICE",
    opts=pulumi.ResourceOptions(depends_on=[rule]),
)
pulumi.export("service", service.id)
