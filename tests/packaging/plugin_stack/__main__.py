"""A program that has no package `failwell`: it constructs the component through the plugin, as any language does."""

import pulumi


class Remote(pulumi.ComponentResource):
    """The component of the plugin `failwell`, as a generated SDK declares it."""

    service_name: pulumi.Output[str]
    container_port: pulumi.Output[int]
    expected_settle_minutes: pulumi.Output[int]

    def __init__(self, name: str, inputs: dict, opts: pulumi.ResourceOptions | None = None) -> None:
        outputs = {"serviceName": None, "containerPort": None, "expectedSettleMinutes": None}
        super().__init__("failwell:index:FargateService", name, outputs | inputs, opts, remote=True)


config = pulumi.Config()
remote = Remote(
    "shop",
    {
        "image": config.require("image"),
        "clusterArn": config.require("cluster_arn"),
        "vpcId": config.require("vpc_id"),
        "subnetIds": config.require_object("subnet_ids"),
        "containerPort": 5001,
        "cpu": 256,
        "memory": 512,
        "desiredCount": 1,
        "environment": {"LOG_LEVEL": "info"},
        "loadBalancer": {
            "listenerArn": config.require("listener_arn"),
            "loadBalancerSecurityGroupId": config.require("load_balancer_security_group_id"),
            "listenerPriority": 100,
            "pathPatterns": ["/*"],
        },
        "targetGroup": {"healthCheck": {"interval": 15}},
    },
)
pulumi.export("service", pulumi.Output.from_input(remote.serviceName))
pulumi.export("container_port", pulumi.Output.from_input(remote.containerPort))
