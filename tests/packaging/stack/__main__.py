"""A team's program: the installed component, beside packages of its own that have the names of failwell's rooms."""

import errors
import pulumi
import pulumi_aws as aws
import settings
from failwell import FargateService

import automation
import components
import deploy
import diagnostics
import sandbox

OWN = (automation, components, deploy, diagnostics, errors, sandbox, settings)

config = pulumi.Config()
provider = None
if address := config.get("own_provider"):
    services = (
        "cloudwatch", "ec2", "ecr", "ecs", "elbv2", "events", "iam", "kms", "logs", "sns", "sqs", "sts",
    )  # fmt: skip
    provider = aws.Provider(
        "own",
        region=config.require("cluster_arn").split(":")[3],
        access_key="own",
        secret_key=pulumi.Output.secret("own"),
        endpoints=[dict.fromkeys(services, address)],
    )
invoke = pulumi.InvokeOptions(provider=provider)
registry = f"{aws.get_caller_identity(opts=invoke).account_id}.dkr.ecr.{aws.get_region(opts=invoke).region}"
service = FargateService(
    "shop",
    {
        "image": f"{registry}.amazonaws.com/{config.require('image')}",
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
        "container_port": 5001,
        "cpu": 256,
        "memory": 512,
        "desired_count": 1,
        "waivers": [{"control": "DEP-10", "reason": "one task fails like two", "expires": "2099-12-31"}],
        "load_balancer": {
            "listener_arn": config.require("listener_arn"),
            "load_balancer_security_group_id": config.require("load_balancer_security_group_id"),
            "listener_priority": 100,
            "path_patterns": ["/*"],
        },
    },
    pulumi.ResourceOptions(providers=[provider] if provider else None),
)
pulumi.export("service_name", service.service_name)
pulumi.export("owners", sorted({module.OWNER for module in OWN}))
