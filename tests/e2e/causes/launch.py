"""Causes that keep a task from starting: its image, role, secrets, log group, network, volumes."""

import json
from typing import Any

from diagnostics.model import Verdict
from tests.e2e.causes.account import ACCOUNT, REGION, REGISTRY, Account
from tests.e2e.causes.cause import Cause, deploys

ENV_FILE = {"type": "s3", "value": "arn:aws:s3:::settings/shop.env"}
SETTLED = 90
"""Seconds after which every change of IAM has reached the tasks."""
EVERYTHING = ("ecr:*", "logs:*", "secretsmanager:*", "ssm:*", "kms:*")
ALL = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
NO_SUCH_SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:shop/database-AbCdEf"
NO_SUCH_PARAMETER = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/shop/url"


def allows(*actions: str) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}


def without(*actions: str) -> Any:
    """The execution role may do everything but these, and has been like this for a while."""

    def make(account: Account) -> None:
        document = allows(*EVERYTHING)
        document["Statement"].append({"Effect": "Deny", "Action": list(actions), "Resource": "*"})
        account.allow(document)
        account.step(SETTLED)

    return make


def secret(value_from: str) -> dict[str, Any]:
    return {"secrets": [{"name": "DATABASE_URL", "valueFrom": value_from}]}


def stored(account: Account, text: str = "x", **settings: Any) -> str:
    arn: str = account.client("secretsmanager").create_secret(Name="db", SecretString=text, **settings)["ARN"]
    return arn


def group(account: Account, name: str, *, egress: bool = True) -> str:
    made: str = account.ec2.create_security_group(GroupName=name, Description=name, VpcId=account.vpc)["GroupId"]
    if not egress:
        account.ec2.revoke_security_group_egress(GroupId=made, IpPermissions=ALL)
    return made


def network(account: Account, *groups: str, subnet: str | None = None, **more: str) -> dict[str, Any]:
    given = {"subnets": [subnet or account.subnet], **({"securityGroups": list(groups)} if groups else {}), **more}
    return {"networkConfiguration": {"awsvpcConfiguration": given}}


def isolate(account: Account) -> None:
    account.ec2.delete_route(RouteTableId=account.route_table, DestinationCidrBlock="0.0.0.0/0")


def endpoints(account: Account, *names: str, groups: tuple[str, ...] = ()) -> None:
    account.ec2.modify_vpc_attribute(VpcId=account.vpc, EnableDnsHostnames={"Value": True})
    for name in names:
        account.ec2.create_vpc_endpoint(
            VpcId=account.vpc, ServiceName=f"com.amazonaws.{REGION}.{name}", VpcEndpointType="Interface",
            SubnetIds=[account.subnet], SecurityGroupIds=list(groups), PrivateDnsEnabled=True,
        )  # fmt: skip


# --- the image


def digest_deleted_under_the_service(account: Account) -> None:
    """The image of the tag is cleaned up after the deployment has resolved it; a task that dies is not replaced."""
    account.healthy_before("made:serves")
    ecr = account.client("ecr")
    account.update(forceNewDeployment=True, desiredCount=4)
    images = [{"imageDigest": account.catalogue["made:serves"].digest}]
    account.when(account.running, lambda: ecr.batch_delete_image(repositoryName="made", imageIds=images))


def digest_never_pushed(account: Account) -> None:
    account.run("", {"image": f"{REGISTRY}/shop@sha256:{'ab' * 32}"})


def repository_deleted(account: Account) -> None:
    account.healthy_before("made:serves")
    account.client("ecr").delete_repository(repositoryName="shop", force=True)
    account.serve("shop:good-2")


def repository_of_another_account(account: Account) -> None:
    account.run("", {"image": f"210987654321.dkr.ecr.{REGION}.amazonaws.com/shop:good-1"})


def registry(state: str, image: str = "nginx:1.27", host: str = "registry-1.docker.io") -> Any:
    """A registry outside AWS is in this state."""

    def make(account: Account) -> None:
        account.hosts.set(host, state)
        account.run("", {"image": image})

    return make


# --- the role, the registry's policy, the key


def repository_policy_denies(account: Account) -> None:
    denies = {"Sid": "no", "Effect": "Deny", "Principal": "*", "Action": "ecr:BatchGetImage"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [denies]})
    account.client("ecr").set_repository_policy(repositoryName="shop", policyText=policy)
    account.run("shop:good-1")


def registry_denied(account: Account) -> None:
    without("ecr:GetAuthorizationToken")(account)
    account.run("shop:good-1")


def layers_denied(account: Account) -> None:
    without("ecr:GetDownloadUrlForLayer")(account)
    account.run("shop:good-1")


def secret_denied(account: Account) -> None:
    without("secretsmanager:GetSecretValue")(account)
    account.run("shop:good-1", secret(stored(account)))


def parameter_denied(account: Account) -> None:
    without("ssm:GetParameters")(account)
    account.client("ssm").put_parameter(Name="/shop/url", Value="x", Type="String")
    account.run("shop:good-1", secret(NO_SUCH_PARAMETER))


def key_denied(account: Account) -> None:
    key = account.client("kms").create_key()["KeyMetadata"]["Arn"]
    without("kms:Decrypt")(account)
    account.run("shop:good-1", secret(stored(account, KmsKeyId=key)))


def key_disabled(account: Account) -> None:
    key = account.client("kms").create_key()["KeyMetadata"]["KeyId"]
    account.client("ssm").put_parameter(Name="url", Value="x", Type="SecureString", KeyId=key)
    account.client("kms").disable_key(KeyId=key)
    account.allow(allows(*EVERYTHING))
    account.step(SETTLED)
    account.run("shop:good-1", secret("url"))


def log_stream_denied(account: Account) -> None:
    without("logs:CreateLogStream")(account)
    account.run("shop:good-1")


def log_group_not_to_be_made(account: Account) -> None:
    without("logs:CreateLogGroup")(account)
    options = {"awslogs-group": "new", "awslogs-region": REGION, "awslogs-stream-prefix": "shop"}
    logging = {"logDriver": "awslogs", "options": {**options, "awslogs-create-group": "true"}}
    account.run("shop:good-1", {"logConfiguration": logging})


def role_of_another_service(account: Account) -> None:
    trust = {"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    account.client("iam").update_assume_role_policy(RoleName="execution", PolicyDocument=document)
    account.step(SETTLED)
    account.run("shop:good-1")


def task_role_that_is_not_there(account: Account) -> None:
    account.run("shop:good-1", definition={"taskRoleArn": f"arn:aws:iam::{ACCOUNT}:role/no-such"})


# --- secrets, logs


def secret_to_be_deleted(account: Account) -> None:
    arn = stored(account)
    account.client("secretsmanager").delete_secret(SecretId="db", RecoveryWindowInDays=7)
    account.run("shop:good-1", secret(arn))


def secret_without_its_stage(account: Account) -> None:
    account.run("shop:good-1", secret(f"{stored(account)}::AWSPREVIOUS:"))


def secret_without_its_key(account: Account) -> None:
    account.run("shop:good-1", secret(stored(account, json.dumps({"url": "x"})) + ":uri::"))


def secret_that_is_no_json(account: Account) -> None:
    account.run("shop:good-1", secret(stored(account, "postgres://db") + ":url::"))


def log_group_deleted(account: Account) -> None:
    account.healthy_before("made:serves")
    account.logs.delete_log_group(logGroupName="shop")
    account.serve("shop:good-2")


def env_file(*actions: str, uploaded: bool = False) -> Any:
    """A container reads an environment file; the role may do this with S3."""

    def make(account: Account) -> None:
        s3 = account.client("s3")
        s3.create_bucket(Bucket="settings", CreateBucketConfiguration={"LocationConstraint": REGION})
        if uploaded:
            s3.put_object(Bucket="settings", Key="shop.env", Body=b"STRIPE_KEY=x")
        account.allow(allows("ecr:*", "logs:*", *actions))
        account.step(SETTLED)
        account.run("go-http:needs-settings", {"environmentFiles": [ENV_FILE]})

    return make


# --- the network


def no_route(account: Account) -> None:
    isolate(account)
    account.run("shop:good-1")


def no_public_address(account: Account) -> None:
    account.run("shop:good-1", **network(account, subnet=account.public_subnet, assignPublicIp="DISABLED"))


def nat_gateway_deleted(account: Account) -> None:
    account.healthy_before("made:serves")
    account.ec2.delete_nat_gateway(NatGatewayId=account.nat_gateway)
    account.serve("shop:good-2")


def no_endpoint_of_s3(account: Account) -> None:
    isolate(account)
    endpoints(account, "ecr.api", "ecr.dkr", "logs")
    account.run("shop:good-1")


def public_image_without_a_route(account: Account) -> None:
    isolate(account)
    endpoints(account, "logs")
    account.run("", {"image": "nginx:1.27"})


def no_endpoint_of_secrets_manager(account: Account) -> None:
    isolate(account)
    endpoints(account, "ecr.api", "ecr.dkr", "logs")
    account.run("shop:good-1", secret(NO_SUCH_SECRET))


def no_endpoint_of_logs(account: Account) -> None:
    isolate(account)
    endpoints(account, "ecr.api", "ecr.dkr")
    account.run("shop:good-1")


def subnet_full(account: Account) -> None:
    account.subnet = account.ec2.create_subnet(
        VpcId=account.vpc, CidrBlock="10.0.20.0/28", AvailabilityZone=f"{REGION}a"
    )["Subnet"]["SubnetId"]
    free = account.ec2.describe_subnets(SubnetIds=[account.subnet])["Subnets"][0]["AvailableIpAddressCount"]
    for _ in range(free):
        account.ec2.create_network_interface(SubnetId=account.subnet)
    account.run("shop:good-1")


def subnet_deleted(account: Account) -> None:
    subnet = account._subnet("10.0.30.0/24", "a")
    definition = account.register_image("shop:good-1")
    account.create(definition, **network(account, subnet=subnet))
    account.ec2.delete_subnet(SubnetId=subnet)


# --- volumes


class Storage:
    """A file system with a mount target in the account's subnet, behind a group that lets NFS in from the VPC."""

    def __init__(self, account: Account) -> None:
        self.efs = account.client("efs")
        self.file_system = self.efs.create_file_system(CreationToken="data")["FileSystemId"]
        self.group = group(account, "storage")
        self.rule = [{"IpProtocol": "tcp", "FromPort": 2049, "ToPort": 2049, "IpRanges": [{"CidrIp": "10.0.0.0/16"}]}]
        account.ec2.authorize_security_group_ingress(GroupId=self.group, IpPermissions=self.rule)

    def mount(self, account: Account, subnet: str | None = None) -> None:
        self.efs.create_mount_target(
            FileSystemId=self.file_system, SubnetId=subnet or account.subnet, SecurityGroups=[self.group]
        )

    def run(self, account: Account, **more: Any) -> None:
        volume = {"name": "data", "efsVolumeConfiguration": {"fileSystemId": self.file_system, **more}}
        account.run("shop:good-1", definition={"volumes": [volume]})


def no_mount_target(account: Account) -> None:
    Storage(account).run(account)


def nfs_kept_out(account: Account) -> None:
    storage = Storage(account)
    storage.mount(account)
    account.ec2.revoke_security_group_ingress(GroupId=storage.group, IpPermissions=storage.rule)
    storage.run(account)


def access_point_of_another_file_system(account: Account) -> None:
    storage = Storage(account)
    storage.mount(account)
    other = storage.efs.create_file_system(CreationToken="other")["FileSystemId"]
    point = storage.efs.create_access_point(ClientToken="a", FileSystemId=other)["AccessPointId"]
    storage.run(account, transitEncryption="ENABLED", authorizationConfig={"accessPointId": point})


CAUSES = (
    Cause("image-not-found", "a tag that nobody pushed", deploys("shop:no-such")),
    Cause("image-not-found", "its repository is deleted before an update", repository_deleted),
    Cause("image-digest-stale", "a digest that nobody pushed", digest_never_pushed),
    Cause("image-digest-stale", "the image is deleted while tasks of it are added", digest_deleted_under_the_service),
    Cause("image-platform-mismatch", "built for arm64 alone", deploys("shop:arm64-only")),
    Cause("ecr-permission-denied", "the role may not get a token", registry_denied),
    Cause("ecr-permission-denied", "the role may not load layers", layers_denied),
    Cause("ecr-permission-denied", "the repository's policy denies", repository_policy_denies),
    Cause("secrets-permission-denied", "the role may not read secrets", secret_denied),
    Cause("secrets-permission-denied", "the role may not read parameters", parameter_denied),
    Cause("kms-permission-denied", "the role may not use the secret's key", key_denied),
    Cause("kms-permission-denied", "the parameter's key is disabled", key_disabled),
    Cause("log-permission-denied", "the role may not make a stream", log_stream_denied),
    Cause("log-permission-denied", "the role may not make the group", log_group_not_to_be_made),
    Cause("role-missing-or-not-assumable", "the role trusts another service", role_of_another_service, Verdict.SUSPECT),
    Cause("role-missing-or-not-assumable", "the task role is not there", task_role_that_is_not_there, Verdict.SUSPECT),
    Cause("secret-not-found", "a secret that is not there", deploys("shop:good-1", **secret(NO_SUCH_SECRET))),
    Cause("secret-not-found", "a parameter that is not there", deploys("shop:good-1", **secret(NO_SUCH_PARAMETER))),
    Cause("secret-not-found", "a secret that is marked for deletion", secret_to_be_deleted),
    Cause("secret-not-found", "a secret without that stage", secret_without_its_stage),
    Cause("secret-reference-invalid", "a JSON key that is not there", secret_without_its_key),
    Cause("secret-reference-invalid", "a JSON key of a text", secret_that_is_no_json),
    Cause("log-group-missing", "the log group is deleted before an update", log_group_deleted),
    Cause("registry-unreachable", "no route", no_route),
    Cause("registry-unreachable", "behind an internet gateway without a public address", no_public_address),
    Cause("registry-unreachable", "the NAT gateway is deleted before an update", nat_gateway_deleted),
    Cause("registry-unreachable", "no endpoint of S3 for the layers", no_endpoint_of_s3),
    Cause("registry-unreachable", "a public image without a route", public_image_without_a_route),
    Cause("aws-endpoint-unreachable", "no endpoint of Secrets Manager", no_endpoint_of_secrets_manager),
    Cause("aws-endpoint-unreachable", "no endpoint of CloudWatch Logs", no_endpoint_of_logs),
    Cause("subnet-ip-exhausted", "no free address in the subnet", subnet_full),
    Cause("network-configuration-invalid", "the subnet is deleted under the service", subnet_deleted),
    Cause("efs-mount-network", "no mount target", no_mount_target),
    Cause("efs-mount-network", "a security group keeps NFS out", nfs_kept_out),
    Cause("efs-access-denied", "an access point of another file system", access_point_of_another_file_system),
    Cause("ecr-permission-denied", "another account's repository", repository_of_another_account),
    Cause("registry-rate-limited", "Docker Hub's limit of pulls", registry("limiting")),
    Cause("registry-server-error", "Docker Hub fails", registry("failing"), Verdict.SUSPECT),
    Cause("private-registry-auth-failed", "a private image of Docker Hub", registry("refusing-login", "shop/api:1")),
    Cause(
        "private-registry-auth-failed",
        "a private image of GitHub",
        registry("refusing-login", "ghcr.io/shop/api:1", "ghcr.io"),
    ),
    Cause("registry-unreachable", "Docker Hub does not answer", registry("unreachable")),
    Cause("env-file-unavailable", "an environment file that is not there", env_file("s3:*")),
    Cause("env-file-unavailable", "the role may not read it", env_file(uploaded=True)),
)
