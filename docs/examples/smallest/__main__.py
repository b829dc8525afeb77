"""The smallest service: four arguments, and each hardening default as it is."""

import pulumi
from failwell import FargateService

config = pulumi.Config()

shop = FargateService(
    "shop",
    {
        "image": config.require("image"),
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
    },
)

pulumi.export("service_arn", shop.service_arn)
