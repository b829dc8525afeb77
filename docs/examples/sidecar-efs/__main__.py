"""A service with a sidecar that starts first, and a directory on Amazon EFS that outlives its tasks."""

import pulumi
import pulumi_aws as aws
from failwell import FargateService

config = pulumi.Config()
vpc_id, subnet_ids = config.require("vpc_id"), config.require_object("subnet_ids")

# The file system, which the network reaches by NFS in each of the tasks' subnets.
files = aws.efs.FileSystem("files", encrypted=True)
doors = aws.ec2.SecurityGroup("files", description="NFS from the VPC", vpc_id=vpc_id)
rule = aws.vpc.SecurityGroupIngressRule(
    "files",
    security_group_id=doors.id,
    cidr_ipv4=aws.ec2.get_vpc_output(id=vpc_id).cidr_block,
    ip_protocol="tcp",
    from_port=2049,
    to_port=2049,
    description="NFS from the VPC",
)
mounts = [
    aws.efs.MountTarget(f"files-{index}", file_system_id=files.id, subnet_id=subnet, security_groups=[doors.id])
    for index, subnet in enumerate(subnet_ids)
]
# One directory, as the user that the containers run as.
uploads = aws.efs.AccessPoint(
    "uploads",
    file_system_id=files.id,
    posix_user={"uid": 1000, "gid": 1000},
    root_directory={
        "path": "/uploads",
        "creation_info": {"owner_uid": 1000, "owner_gid": 1000, "permissions": "0750"},
    },
)
# Known when the first task can mount it.
mountable = pulumi.Output.all(files.arn, rule.id, *(mount.id for mount in mounts)).apply(lambda known: known[0])

shop = FargateService(
    "shop",
    {
        "image": config.require("image"),
        "container_port": 5001,
        "cluster_arn": config.require("cluster_arn"),
        "vpc_id": vpc_id,
        "subnet_ids": subnet_ids,
        "cpu": 1024,
        "memory": 2048,
        "efs_volumes": [
            {
                "name": "uploads",
                "file_system_arn": mountable,
                "access_point_arn": uploads.arn,
                "mount_target_security_group_id": doors.id,
                "container_path": "/uploads",
            }
        ],
        "sidecars": [{"name": "proxy", "image": config.require("proxy_image"), "memory": 256}],
        "depends_on": [{"container_name": "proxy", "condition": "START"}],
    },
)

pulumi.export("service_arn", shop.service_arn)
