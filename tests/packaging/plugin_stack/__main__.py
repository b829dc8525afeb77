"""A program without the package `failwell`: it constructs the component through the plugin, as other languages do."""

import pulumi

OUTPUTS = {"serviceName": None, "containerPort": None}

config = pulumi.Config()
service = pulumi.ComponentResource(
    "failwell:index:FargateService",
    "shop",
    OUTPUTS
    | {
        "image": config.require("image"),
        "clusterArn": config.require("cluster_arn"),
        "vpcId": config.require("vpc_id"),
        "subnetIds": config.require_object("subnet_ids"),
        "containerPort": 5001,
        "cpu": 256,
        "memory": 512,
        "desiredCount": 1,
        "waivers": [{"control": "DEP-10", "reason": "one task fails like two", "expires": "2099-12-31"}],
        "environment": {"LOG_LEVEL": "info"},
        "loadBalancer": {
            "listenerArn": config.require("listener_arn"),
            "loadBalancerSecurityGroupId": config.require("load_balancer_security_group_id"),
            "listenerPriority": 100,
            "pathPatterns": ["/*"],
        },
        "targetGroup": {"healthCheck": {"interval": 15}},
    },
    remote=True,
)
pulumi.export("service", service.serviceName)
pulumi.export("container_port", service.containerPort)
