"""A worker on Fargate Spot: two tasks on Fargate, which AWS does not take back, and the others mostly on Spot."""

import pulumi
from failwell import Cluster, FargateService

config = pulumi.Config()

cluster = Cluster("batch", {})  # has both capacity providers

worker = FargateService(
    "worker",
    {
        "image": config.require("image"),
        "cluster_arn": cluster.cluster_arn,
        "cluster_name": "batch",
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
        "desired_count": 6,
        "capacity_provider_strategies": [
            {"capacity_provider": "FARGATE", "base": 2, "weight": 1},
            {"capacity_provider": "FARGATE_SPOT", "weight": 3},
        ],
        "stop_timeout": 120,  # a task that AWS takes back has two minutes
    },
)

pulumi.export("service_arn", worker.service_arn)
