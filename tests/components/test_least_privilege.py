"""The roles that the component makes are enough to start a task and run its program, and each statement is needed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from moto import mock_aws

from tests.components.conftest import Graph
from tests.sandbox.ecs.conftest import ACCOUNT, REGION, World

SETTLE_SECONDS = 61
"""How long the sandbox's IAM takes until tasks see a change."""
IMAGE = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/python-boto3:needs-bucket"
BUCKET = "arn:aws:s3:::shop-data"
INVOKES = {
    "aws:index/getPartition:getPartition": {"partition": "aws"},
    "aws:index/getRegion:getRegion": {"region": REGION},
    "aws:index/getCallerIdentity:getCallerIdentity": {"accountId": ACCOUNT},
}


class Account:
    """A sandbox with what the service is given: a secret and a parameter behind a key of its own."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        for name, value in (("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")):
            monkeypatch.setenv(name, value)
        self.world = World()
        self.iam = self.world.client("iam")
        self.key = self.world.client("kms").create_key()["KeyMetadata"]["Arn"]
        secrets, ssm = self.world.client("secretsmanager"), self.world.client("ssm")
        made = secrets.create_secret(Name="shop/database", SecretString="a", KmsKeyId=self.key)
        self.secret = made["ARN"]
        ssm.put_parameter(Name="/shop/mail", Value="b", Type="SecureString", KeyId=self.key)
        self.parameter = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/mail"
        self.uploads = self._uploads()

    def _uploads(self) -> dict[str, Any]:
        """Make a file system whose policy leaves it to the account's roles who mounts it."""
        efs, ec2 = self.world.client("efs"), self.world.ec2
        made = efs.create_file_system(CreationToken="uploads")
        group = ec2.create_security_group(GroupName="uploads", Description="uploads", VpcId=self.world.vpc)["GroupId"]
        nfs = {"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[nfs])
        file_system = made["FileSystemId"]
        efs.create_mount_target(FileSystemId=file_system, SubnetId=self.world.subnet, SecurityGroups=[group])
        owners = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "elasticfilesystem:*", "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [owners]})
        efs.put_file_system_policy(FileSystemId=file_system, Policy=policy)
        point = efs.create_access_point(ClientToken="uploads", FileSystemId=file_system)
        return {
            "name": "uploads",
            "file_system_arn": made["FileSystemArn"],
            "access_point_arn": point["AccessPointArn"],
            "mount_target_security_group_id": group,
            "container_path": "/uploads",
        }

    def arguments(self) -> dict[str, Any]:
        return {
            "image": IMAGE,
            "cluster_arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/main",
            "vpc_id": self.world.vpc,
            "subnet_ids": [self.world.subnet, "subnet-0b"],
            "secrets": {"DATABASE_URL": self.secret, "MAIL_KEY": self.parameter},
            "secrets_kms_key_arn": self.key,
            "efs_volumes": [self.uploads],
            "task_role_policy_statements": [{"actions": ["s3:ListBucket"], "resources": [BUCKET]}],
        }

    @staticmethod
    def name(kind: str) -> str:
        return f"shop-{kind}"

    def role(self, graph: Graph, kind: str) -> str:
        """Make a role as the component planned it, with the policy; return its ARN."""
        planned = graph.one("Role", f"{kind}-role").inputs
        made = self.iam.create_role(RoleName=self.name(kind), AssumeRolePolicyDocument=planned["assumeRolePolicy"])
        self.allow(kind, statements(graph, kind))
        return str(made["Role"]["Arn"])

    def allow(self, role: str, given: list[Any]) -> None:
        """Let a role do this and nothing else; IAM takes no policy without a statement."""
        if not given:
            self.iam.delete_role_policy(RoleName=self.name(role), PolicyName="planned")
            return
        document = {"Version": "2012-10-17", "Statement": given}
        self.iam.put_role_policy(RoleName=self.name(role), PolicyName="planned", PolicyDocument=json.dumps(document))

    def register(self, graph: Graph) -> None:
        """Register the task definition as the component planned it."""
        planned = graph.one("TaskDefinition").inputs
        self.world.logs.create_log_group(logGroupName=graph.one("LogGroup").inputs["name"])
        self.world.ecs.register_task_definition(
            family="planned",
            requiresCompatibilities=planned["requiresCompatibilities"],
            networkMode=planned["networkMode"],
            cpu=planned["cpu"],
            memory=planned["memory"],
            executionRoleArn=self.role(graph, "execution"),
            taskRoleArn=self.role(graph, "task"),
            containerDefinitions=json.loads(planned["containerDefinitions"]),
            volumes=planned["volumes"],
        )

    def runs(self) -> bool:
        """Tell whether a task of the definition still runs two minutes after what was changed has settled."""
        self.world.step(SETTLE_SECONDS)
        network = {"awsvpcConfiguration": {"subnets": [self.world.subnet]}}
        given = {"cluster": "main", "taskDefinition": "planned", "launchType": "FARGATE"}
        (task,) = self.world.ecs.run_task(**given, networkConfiguration=network)["tasks"]
        for _ in range(24):
            self.world.step(5)
        (seen,) = self.world.ecs.describe_tasks(cluster="main", tasks=[task["taskArn"]])["tasks"]
        self.world.ecs.stop_task(cluster="main", task=task["taskArn"])
        return bool(seen["lastStatus"] == "RUNNING")


def statements(graph: Graph, kind: str) -> list[Any]:
    policy = json.loads(graph.one("RolePolicy", f"{kind}-policy").inputs["policy"])
    return list(policy["Statement"])


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with mock_aws():
        yield Account(monkeypatch)


@pytest.fixture
def graph(run: Callable[..., Graph], account: Account) -> Graph:
    from components import FargateService

    return run(lambda: FargateService("shop", account.arguments()), INVOKES)


def test_a_task_starts_with_the_roles_as_they_are_and_not_without_any_of_their_statements(
    account: Account, graph: Graph
) -> None:
    account.register(graph)
    assert account.runs()
    looked = 0
    for kind in ("execution", "task"):
        whole = statements(graph, kind)
        for index, statement in enumerate(whole):
            account.allow(kind, whole[:index] + whole[index + 1 :])
            assert not account.runs(), f"{kind}: a task runs without {statement}"
            looked += 1
        account.allow(kind, whole)
        assert account.runs()
    assert looked == 8  # pull, log in, log, secret, parameter and key; the file system and the program's own
