"""Two services of one cluster: the shop calls the prices by name, by Service Connect, and nobody else reaches them."""

import pulumi
import pulumi_aws as aws
from failwell import Cluster, FargateService

config = pulumi.Config()

cluster = Cluster("shops", {})
namespace = aws.servicediscovery.HttpNamespace("shops")
place = {
    "cluster_arn": cluster.cluster_arn,
    "cluster_name": "shops",
    "vpc_id": config.require("vpc_id"),
    "subnet_ids": config.require_object("subnet_ids"),
}

shop = FargateService(
    "shop",
    {
        **place,
        "image": config.require("image"),
        "environment": {"PRICES_URL": "http://prices:5001"},
        "service_connect": {"namespace": namespace.arn},
        "egress_rules": [
            {"description": "HTTPS, for the registry and AWS", "from_port": 443, "cidr_ipv4": "0.0.0.0/0"},
            {"description": "prices", "from_port": 5001, "cidr_ipv4": aws.ec2.get_vpc(id=place["vpc_id"]).cidr_block},
        ],
    },
)
FargateService(
    "prices",
    {
        **place,
        "image": config.require("other_image"),
        "container_port": 5001,
        "service_connect": {"namespace": namespace.arn, "dns_name": "prices"},
        "ingress_security_group_ids": [shop.security_group_id],
    },
)

pulumi.export("cluster_arn", cluster.cluster_arn)
