"""A worker: no port and no load balancer, and one permission for the program in its tasks."""

import pulumi
from failwell import FargateService

config = pulumi.Config()

worker = FargateService(
    "worker",
    {
        "image": config.require("image"),
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
        "task_role_policy_statements": [
            {"actions": ["s3:ListBucket"], "resources": [config.require("bucket_arn")]},
        ],
        # A worker may need longer than a web service to finish what it has begun.
        "stop_timeout": 120,
    },
)

pulumi.export("task_role_arn", worker.task_role_arn)
