"""The same service, made by plain resources, in three regions and another account."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
subnets, roles = config.require_object("subnets"), config.require_object("execution_roles")
doomed = (config.get("doomed_in") or "").split(",")


def image(place: str) -> str:
    return config.require("doomed_image") if place in doomed else config.require("service_image")


def service(place: str, opts: pulumi.ResourceOptions | None, **own: Any) -> None:
    """Make the service `web` in the cluster `main`, both by name."""
    definition = aws.ecs.TaskDefinition(
        place,
        family="web",
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu="256",
        memory="512",
        execution_role_arn=roles[place],
        container_definitions=json.dumps(
            [{"name": "app", "image": image(place), "portMappings": [{"containerPort": 5001}]}]
        ),
        opts=opts,
        **own,
    )
    aws.ecs.Service(
        place,
        name="web",
        cluster="main",
        task_definition=definition.arn,
        desired_count=1,
        launch_type="FARGATE",
        wait_for_steady_state=True,
        network_configuration={"subnets": [subnets[place]], "assign_public_ip": True},
        deployment_circuit_breaker={"enable": True, "rollback": True},
        opts=opts,
        **own,
    )


class Component(pulumi.ComponentResource):
    """What awsx's component of this type is to the engine: a parent of plain resources."""

    def __init__(self, place: str, provider: aws.Provider) -> None:
        super().__init__("awsx:ecs:FargateService", place, None, pulumi.ResourceOptions(providers=[provider]))
        service(place, pulumi.ResourceOptions(parent=self))
        self.register_outputs({})


service("here", None)
service("beside", None, region="eu-north-1")
Component("there", aws.Provider("there", region="us-west-2"))
role = config.require("role_arn")
keys = config.get_object("keys") or {}  # the same account by keys, which the engine's events do not show
assumed = None if keys else [aws.ProviderAssumeRoleArgs(role_arn=role, session_name="deployer")]
elsewhere = aws.Provider("elsewhere", assume_roles=assumed, allowed_account_ids=[role.split(":")[4]], **keys)
service("elsewhere", pulumi.ResourceOptions(provider=elsewhere))
