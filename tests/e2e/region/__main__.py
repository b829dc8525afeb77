"""A worker of the component in another region than its provider's."""

import pulumi
from failwell import FargateService

config = pulumi.Config()
FargateService(
    "worker",
    {
        "image": config.require("service_image"),
        "region": config.require("region"),
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require("subnet_ids").split(","),
    },
)
