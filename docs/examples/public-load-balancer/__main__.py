"""A web service on the internet: a load balancer of its own, AWS WAF before it, and a log of each request."""

import pulumi
import pulumi_aws as aws
from failwell import FargateService

config = pulumi.Config()

# Access logs: a closed bucket, in which only Elastic Load Balancing may write.
# https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html
logs = aws.s3.Bucket("access-logs")
aws.s3.BucketPublicAccessBlock(
    "access-logs",
    bucket=logs.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
writable = aws.s3.BucketPolicy(
    "access-logs",
    bucket=logs.id,
    policy=pulumi.Output.json_dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                    "Action": "s3:PutObject",
                    "Resource": pulumi.Output.concat(
                        logs.arn, "/shop/AWSLogs/", aws.get_caller_identity().account_id, "/*"
                    ),
                }
            ],
        }
    ),
)

# The firewall: AWS's rules against common attacks, and a limit for each address.
seen = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": True}
firewall = aws.wafv2.WebAcl(
    "shop",
    scope="REGIONAL",
    default_action={"allow": {}},
    rules=[
        {
            "name": "common",
            "priority": 1,
            "override_action": {"none": {}},
            "statement": {
                "managed_rule_group_statement": {"vendor_name": "AWS", "name": "AWSManagedRulesCommonRuleSet"}
            },
            "visibility_config": {**seen, "metric_name": "common"},
        },
        {
            "name": "rate",
            "priority": 2,
            "action": {"block": {}},
            "statement": {"rate_based_statement": {"limit": 2000, "aggregate_key_type": "IP"}},
            "visibility_config": {**seen, "metric_name": "rate"},
        },
    ],
    visibility_config={**seen, "metric_name": "shop"},
)

shop = FargateService(
    "shop",
    {
        "image": config.require("image"),
        "container_port": 5001,
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": config.require("vpc_id"),
        "subnet_ids": config.require_object("subnet_ids"),
        "load_balancer": {
            "internal": False,
            "lb_subnet_ids": config.require_object("public_subnet_ids"),
            "allowed_cidr_blocks": ["0.0.0.0/0"],
            "certificate_arn": config.require("certificate_arn"),
            "web_acl_arn": firewall.arn,
            "access_logs_bucket": writable.bucket,  # the policy's, so that the bucket can be written when it is named
            "access_logs_prefix": "shop",
            "deletion_protection": config.require_bool("deletion_protection"),
        },
        "waivers": [
            {"control": "ELB-09", "reason": "customers reach the shop over the internet", "expires": "2099-12-31"},
        ],
    },
)

pulumi.export("url", shop.url)
