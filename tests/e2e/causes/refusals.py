"""Causes that make AWS refuse the update itself: the error of the API is what is known."""

import json
from typing import Any

from diagnostics.model import Verdict
from tests.e2e.causes.account import Account
from tests.e2e.causes.cause import Cause
from tests.e2e.causes.launch import allows


def caller(account: Account, *actions: str) -> dict[str, str]:
    """Return the keys of a person who may do this."""
    iam = account.client("iam")
    iam.create_user(UserName="deployer")
    document = json.dumps(allows(*actions))
    iam.put_user_policy(UserName="deployer", PolicyName="deploy", PolicyDocument=document)
    made = iam.create_access_key(UserName="deployer")["AccessKey"]
    return {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}


def may_not_create_services(account: Account) -> None:
    definition = account.register_image("shop:good-1")
    account.ecs = account.front().client("ecs", **caller(account, "ecs:Describe*", "ecs:List*"))
    account.deploy(definition)


def may_not_pass_the_role(account: Account) -> None:
    account.ecs = account.front().client("ecs", **caller(account, "ecs:*"))
    account.run("shop:good-1")


def throttled(account: Account) -> None:
    definition = account.register_image("shop:good-1")
    layers = account.front()
    account.ecs = layers.client("ecs")
    layers.fault("ecs:CreateService", "throttle")
    account.deploy(definition)


def balancer(group: str, container: str = "app", port: int = 5001) -> dict[str, Any]:
    return {"loadBalancers": [{"targetGroupArn": group, "containerName": container, "containerPort": port}]}


def group_of_no_listener(account: Account) -> None:
    arn = account.target_group(listener=False)
    account.deploy(account.register_image("shop:good-1"), **balancer(arn))


def container_that_is_not_there(account: Account) -> None:
    arn = account.target_group()
    account.deploy(account.register_image("shop:good-1"), **balancer(arn, container="web"))


def port_that_is_not_mapped(account: Account) -> None:
    arn = account.target_group()
    account.deploy(account.register_image("shop:good-1"), **balancer(arn, port=8080))


def group_of_instances(account: Account) -> None:
    arn = account.target_group(TargetType="instance")
    account.deploy(account.register_image("shop:good-1"), **balancer(arn))


def definition_deregistered(account: Account) -> None:
    definition = account.register_image("shop:good-1")
    account.ecs.deregister_task_definition(taskDefinition=definition)
    account.deploy(definition)


def definition_that_was_never_there(account: Account) -> None:
    account.deploy("shop:99")


def memory_that_fits_no_cpu(account: Account) -> None:
    account.run("shop:good-1", definition={"cpu": "256", "memory": "8192"})


def no_essential_container(account: Account) -> None:
    account.run("shop:good-1", {"essential": False})


def no_execution_role(account: Account) -> None:
    account.ecs.register_task_definition(
        family="shop", requiresCompatibilities=["FARGATE"], networkMode="awsvpc", cpu="256", memory="512",
        containerDefinitions=[{"name": "app", "image": account.catalogue["shop:good-1"].name,
                               "secrets": [{"name": "A", "valueFrom": "a"}]}],
    )  # fmt: skip


def no_network(account: Account) -> None:
    account.run("shop:good-1", networkConfiguration={})


def no_log_options(account: Account) -> None:
    account.run("shop:good-1", {"logConfiguration": {"logDriver": "awslogs", "options": {}}})


def mount_of_no_volume(account: Account) -> None:
    account.run("shop:good-1", {"mountPoints": [{"sourceVolume": "data", "containerPath": "/data"}]})


def platform_that_is_none(account: Account) -> None:
    account.run("shop:good-1", platformVersion="1.4")


def broken(account: Account) -> None:
    definition = account.register_image("shop:good-1")
    layers = account.front()
    account.ecs = layers.client("ecs")
    layers.fault("ecs:CreateService", "error")
    account.deploy(definition)


def service_that_is_there(account: Account) -> None:
    account.run("shop:good-1")
    account.create(account.register_image("shop:good-2"))


def service_that_is_draining(account: Account) -> None:
    account.healthy_before()
    account.ecs.delete_service(cluster="main", service="shop", force=True)
    account.create(account.register_image("shop:good-2"))


def service_that_is_not_there(account: Account) -> None:
    account.update(desiredCount=2)


def provider_not_associated(account: Account) -> None:
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    account.ecs.create_service(
        cluster="main", serviceName="shop", taskDefinition=account.register_image("shop:good-1"), desiredCount=1,
        networkConfiguration={"awsvpcConfiguration": {"subnets": [account.subnet]}}, capacityProviderStrategy=strategy,
    )  # fmt: skip


CAUSES = (
    Cause("deployer-permission-denied", "the caller may not create services", may_not_create_services),
    Cause("deployer-permission-denied", "the caller may not pass the role", may_not_pass_the_role),
    Cause("load-balancer-config-invalid", "the target group has no listener", group_of_no_listener),
    Cause("load-balancer-config-invalid", "a container that is not there", container_that_is_not_there),
    Cause("load-balancer-config-invalid", "a port that is not mapped", port_that_is_not_mapped),
    Cause("load-balancer-config-invalid", "a target group of instances", group_of_instances),
    Cause("task-definition-inactive", "it was deregistered", definition_deregistered),
    Cause("task-definition-inactive", "it was never there", definition_that_was_never_there),
    Cause("task-definition-invalid", "memory that fits no CPU", memory_that_fits_no_cpu),
    Cause("task-definition-invalid", "no container is essential", no_essential_container),
    Cause("role-missing-or-not-assumable", "secrets without an execution role", no_execution_role),
    Cause("network-configuration-invalid", "no subnets", no_network),
    Cause("deployment-blocked", "a service of that name is there", service_that_is_there),
    Cause("deployment-blocked", "a service of that name drains", service_that_is_draining, Verdict.SUSPECT),
    Cause("deployment-blocked", "the service is not there", service_that_is_not_there),
    Cause(
        "ec2-insufficient-resources",
        "a capacity provider that is not associated",
        provider_not_associated,
        Verdict.SUSPECT,
    ),
    Cause("log-driver-misconfigured", "the log driver's options are missing", no_log_options),
    Cause("volume-configuration-invalid", "a mount of a volume that is not there", mount_of_no_volume),
    Cause("platform-version-unsupported", "a platform version that does not exist", platform_that_is_none),
    Cause("aws-internal-error", "CreateService fails in AWS", broken, Verdict.SUSPECT),
    Cause("api-throttled", "CreateService is throttled", throttled, Verdict.SUSPECT),
)
