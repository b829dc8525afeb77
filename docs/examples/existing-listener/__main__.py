"""A web service behind a load balancer that exists: its listener gets a rule for the service's host name."""

import pulumi
from failwell import FargateService

config = pulumi.Config()

shop = FargateService(
    "shop",
    {
        "image": config.require("image"),
        "container_port": 5001,
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
        "load_balancer": {
            "listener_arn": config.require("listener_arn"),
            "load_balancer_security_group_id": config.require("load_balancer_security_group_id"),
            "listener_priority": 100,
            "host_headers": ["shop.example.com"],
        },
        # A service is rolled back when more than 0.5 % of its answers are errors, or when it gets slow.
        "deployment_alarms": {"http_5xx_rate_percent": 0.5, "latency_p99_seconds": 1},
    },
)

pulumi.export("target_group_arn", shop.target_group_arn)
