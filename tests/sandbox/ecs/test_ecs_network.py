"""Ways that a task's network lacks, each taken away over EC2's own API."""

import json
from typing import Any

import pytest

ALL = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
NO_REGISTRY = (
    "ResourceInitializationError: unable to pull secrets or registry auth: The task cannot pull registry auth from "
    "Amazon ECR: There is a connection issue between the task and Amazon ECR. Check your task network configuration. "
    "operation error ECR: GetAuthorizationToken, exceeded maximum number of attempts, 3, https response error "
    'StatusCode: 0, RequestID: , request send failed, Post "https://api.ecr.eu-west-1.amazonaws.com/": dial tcp '
)
ENDPOINTS = ("ecr.api", "ecr.dkr", "logs", "secretsmanager", "ssm")


def network(world: Any, groups: list[str] | None = None, subnet: str | None = None, **more: str) -> dict[str, Any]:
    given = {"subnets": [subnet or world.subnet], **({"securityGroups": groups} if groups else {}), **more}
    return {"networkConfiguration": {"awsvpcConfiguration": given}}


def group(world: Any, name: str, *, egress: bool = True) -> str:
    made: str = world.ec2.create_security_group(GroupName=name, Description=name, VpcId=world.vpc)["GroupId"]
    if not egress:
        world.ec2.revoke_security_group_egress(GroupId=made, IpPermissions=ALL)
    return made


def tcp(port: int, **source: Any) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}]


def isolate(world: Any) -> None:
    world.ec2.delete_route(RouteTableId=world.route_table, DestinationCidrBlock="0.0.0.0/0")


def stopped(world: Any, container: dict[str, Any] | None = None, **settings: Any) -> dict[str, Any]:
    world.create(world.register("good-1", container), **settings)
    world.until(lambda: world.tasks("STOPPED"), within=500)
    task: dict[str, Any] = world.tasks("STOPPED")[0]
    assert task["stopCode"] == "TaskFailedToStart"
    return task


def endpoints(world: Any, groups: list[str], names: tuple[str, ...] = ENDPOINTS) -> None:
    world.ec2.modify_vpc_attribute(VpcId=world.vpc, EnableDnsHostnames={"Value": True})
    for name in names:
        world.ec2.create_vpc_endpoint(
            VpcId=world.vpc, ServiceName=f"com.amazonaws.eu-west-1.{name}", VpcEndpointType="Interface",
            SubnetIds=[world.subnet], SecurityGroupIds=groups, PrivateDnsEnabled=True,
        )  # fmt: skip


def test_without_a_route_the_registry_times_out_after_minutes(world: Any) -> None:
    isolate(world)
    world.create(world.register("good-1"))
    waited = world.until(lambda: world.tasks("STOPPED"), within=500)
    assert 4 * 60 < waited < 5.5 * 60
    task = world.tasks("STOPPED")[0]
    assert task["stoppedReason"].startswith(NO_REGISTRY)
    assert task["stoppedReason"].endswith(":443: i/o timeout")
    assert f"was unable to place a task. Reason: {task['stoppedReason']}." in world.messages()


@pytest.mark.parametrize("broken", ["deleted", "private subnet", "no egress"])
def test_a_nat_gateway_that_leads_nowhere(world: Any, broken: str) -> None:
    groups = None
    if broken == "deleted":
        world.ec2.delete_nat_gateway(NatGatewayId=world.nat_gateway)
    elif broken == "private subnet":
        world.ec2.detach_internet_gateway(InternetGatewayId=world.internet_gateway, VpcId=world.vpc)
    else:
        groups = [group(world, "sealed", egress=False)]
    assert stopped(world, **network(world, groups))["stoppedReason"].startswith(NO_REGISTRY)


@pytest.mark.parametrize(("public", "works"), [("ENABLED", True), ("DISABLED", False)])
def test_behind_an_internet_gateway_a_task_needs_a_public_address(world: Any, public: str, works: bool) -> None:
    settings = network(world, subnet=world.public_subnet, assignPublicIp=public)
    if works:
        world.create(world.register("good-1"), **settings)
        world.until(world.completed, within=300)
    else:
        assert stopped(world, **settings)["stoppedReason"].startswith(NO_REGISTRY)


def test_https_alone_is_enough_to_start(world: Any) -> None:
    narrow = group(world, "narrow", egress=False)
    rule = tcp(443, IpRanges=[{"CidrIp": "0.0.0.0/0"}])
    world.ec2.authorize_security_group_egress(GroupId=narrow, IpPermissions=rule)
    world.create(world.register("good-1"), **network(world, [narrow]))
    world.until(world.completed, within=300)


def test_the_endpoints_are_enough_without_a_route(world: Any) -> None:
    isolate(world)
    tasks, doors = group(world, "tasks"), group(world, "doors")
    world.ec2.authorize_security_group_ingress(
        GroupId=doors, IpPermissions=tcp(443, UserIdGroupPairs=[{"GroupId": tasks}])
    )
    endpoints(world, [doors])
    name = "com.amazonaws.eu-west-1.s3"
    world.ec2.create_vpc_endpoint(VpcId=world.vpc, ServiceName=name, RouteTableIds=[world.route_table])
    arn = world.client("secretsmanager").create_secret(Name="db", SecretString="x")["ARN"]
    secret = {"secrets": [{"name": "DB", "valueFrom": arn}]}
    world.create(world.register("good-1", secret), **network(world, [tasks]))
    world.until(world.completed, within=300)


def test_without_the_endpoint_of_s3_the_layers_time_out(world: Any) -> None:
    isolate(world)
    endpoints(world, [])
    reason = stopped(world)["stoppedReason"]
    image = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:good-1"
    assert reason.startswith(
        f"CannotPullContainerError: The task cannot pull {image} from the registry {image}. There is a connection "
        "issue between the task and the registry. Check your task network configuration. : failed to copy: "
        f"httpReadSeeker: failed open: failed to do request: Get {image}: dial tcp "
    )
    assert reason.endswith(":443: i/o timeout")


def test_without_the_endpoint_of_the_registry_the_manifest_times_out(world: Any) -> None:
    isolate(world)
    endpoints(world, [], ("ecr.api", "logs"))
    reason = stopped(world)["stoppedReason"]
    host = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"
    assert reason.startswith(
        f"CannotPullContainerError: pull image manifest has been retried 5 time(s): failed to resolve ref {host}"
        f'/shop:good-1: failed to do request: Head "https://{host}/v2/shop/manifests/good-1": dial tcp '
    )


def test_without_the_endpoint_of_logs_the_driver_is_killed(world: Any) -> None:
    isolate(world)
    endpoints(world, [], ("ecr.api", "ecr.dkr"))
    assert stopped(world)["stoppedReason"] == (
        "ResourceInitializationError: failed to validate logger args: The task cannot find the Amazon CloudWatch log "
        "group defined in the task definition. There is a connection issue between the task and Amazon CloudWatch. "
        "Check your network configuration. : signal: killed"
    )


def test_an_endpoint_whose_group_takes_nobody_is_worse_than_none(world: Any) -> None:
    endpoints(world, [group(world, "closed")], ("ecr.api",))
    reason = stopped(world)["stoppedReason"]
    assert reason.startswith(NO_REGISTRY + "10.0.0.")


def test_a_secret_cannot_be_reached(world: Any) -> None:
    isolate(world)
    arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:db-AbCdEf"
    reason = stopped(world, {"secrets": [{"name": "DB", "valueFrom": arn}]})["stoppedReason"]
    assert reason == (
        "ResourceInitializationError: unable to pull secrets or registry auth: unable to retrieve secret from asm: "
        "There is a connection issue between the task and AWS Secrets Manager. Check your task network configuration. "
        f"failed to fetch secret {arn} from secrets manager: operation error Secrets Manager: GetSecretValue, https "
        "response error StatusCode: 0, RequestID: , canceled, context deadline exceeded"
    )


def test_a_parameter_cannot_be_reached(world: Any) -> None:
    isolate(world)
    reason = stopped(world, {"secrets": [{"name": "DB", "valueFrom": "/shop/url"}]})["stoppedReason"]
    assert "The task cannot pull secrets from AWS Systems Manager. There is a connection issue between" in reason
    assert reason.endswith("context deadline exceeded")


def test_an_image_of_another_registry_cannot_be_reached(world: Any) -> None:
    isolate(world)
    endpoints(world, [], ("logs",))
    reason = stopped(world, {"image": "nginx:1.27"})["stoppedReason"]
    assert 'Head "https://registry-1.docker.io/v2/library/nginx/manifests/1.27": dial tcp ' in reason


def balanced(world: Any, *rules: tuple[str, list[dict[str, Any]]]) -> tuple[str, str]:
    """Give the load balancer and the tasks a group each, and the groups their rules."""
    front, tasks = group(world, "front", egress=False), group(world, "tasks")
    world.elb.set_security_groups(LoadBalancerArn=world.balancer, SecurityGroups=[front])
    for which, rule in rules:
        text = json.dumps(rule).replace("FRONT", front).replace("TASKS", tasks)
        given = {"GroupId": front if which == "front" else tasks, "IpPermissions": json.loads(text)}
        authorize = "authorize_security_group_egress" if which == "front" else "authorize_security_group_ingress"
        getattr(world.ec2, authorize)(**given)
    return front, tasks


OUT = ("front", tcp(5001, UserIdGroupPairs=[{"GroupId": "TASKS"}]))
IN = ("tasks", tcp(5001, UserIdGroupPairs=[{"GroupId": "FRONT"}]))


@pytest.mark.parametrize("inward", [IN, ("tasks", tcp(5001, IpRanges=[{"CidrIp": "10.0.0.0/16"}]))])
def test_a_load_balancer_reaches_the_port_that_both_groups_open(world: Any, inward: Any) -> None:
    _, tasks = balanced(world, OUT, inward)
    world.create(world.register("good-1"), world.target_group(), **network(world, [tasks]))
    world.until(world.completed, within=300)


@pytest.mark.parametrize(
    "rules",
    [
        [OUT],
        [IN],
        [OUT, ("tasks", tcp(8080, UserIdGroupPairs=[{"GroupId": "FRONT"}]))],
        [OUT, ("tasks", tcp(5001, IpRanges=[{"CidrIp": "192.168.0.0/16"}]))],
    ],
)
def test_a_port_that_a_group_keeps_shut_times_out(world: Any, rules: list[Any]) -> None:
    _, tasks = balanced(world, *rules)
    arn = world.target_group()
    world.create(world.register("good-1"), arn, **network(world, [tasks]))
    world.until(lambda: any("is unhealthy in" in message for message in world.messages()), within=300)
    assert any(message.endswith("due to (reason Request timed out).") for message in world.messages())
    health = world.elb.describe_target_health(TargetGroupArn=arn)["TargetHealthDescriptions"][0]["TargetHealth"]
    assert (health["Reason"], health["Description"]) == ("Target.Timeout", "Request timed out")


# --- network ACLs


def seal(world: Any, subnet: str, *entries: dict[str, Any]) -> None:
    """Give a subnet an ACL of its own that lets nothing through but these entries."""
    acl = world.ec2.create_network_acl(VpcId=world.vpc)["NetworkAcl"]["NetworkAclId"]
    for number, entry in enumerate(entries, 1):
        given = {"Protocol": "6", "RuleAction": "allow", "CidrBlock": "0.0.0.0/0", "RuleNumber": number, **entry}
        world.ec2.create_network_acl_entry(NetworkAclId=acl, **given)
    found = world.ec2.describe_network_acls(Filters=[{"Name": "association.subnet-id", "Values": [subnet]}])
    (old,) = [each for acls in found["NetworkAcls"] for each in acls["Associations"] if each["SubnetId"] == subnet]
    world.ec2.replace_network_acl_association(AssociationId=old["NetworkAclAssociationId"], NetworkAclId=acl)


HTTPS_OUT = {"Egress": True, "PortRange": {"From": 443, "To": 443}}
ANSWERS_IN = {"Egress": False, "PortRange": {"From": 1024, "To": 65535}}


@pytest.mark.parametrize(
    ("entries", "works"),
    [
        ((HTTPS_OUT, ANSWERS_IN), True),
        ((HTTPS_OUT,), False),
        ((ANSWERS_IN,), False),
        (({**HTTPS_OUT, "RuleAction": "deny"}, {"Egress": True, "Protocol": "-1"}, ANSWERS_IN), False),
        ((HTTPS_OUT, {**ANSWERS_IN, "PortRange": {"From": 1024, "To": 40000}}), False),
    ],
)
def test_a_network_acl_has_to_let_answers_back_in(world: Any, entries: Any, works: bool) -> None:
    seal(world, world.subnet, *entries)
    if works:
        world.create(world.register("good-1"))
        world.until(world.completed, within=300)
    else:
        assert stopped(world)["stoppedReason"].startswith(NO_REGISTRY)


def test_an_acl_of_the_nat_gateways_subnet_counts(world: Any) -> None:
    seal(world, world.public_subnet, HTTPS_OUT, ANSWERS_IN)
    assert stopped(world)["stoppedReason"].startswith(NO_REGISTRY), "nothing enters it from the task"


# --- policies of endpoints


def allowing(*actions: str, **statement: Any) -> str:
    allow = {"Effect": "Allow", "Principal": "*", "Action": list(actions), "Resource": "*", **statement}
    return json.dumps({"Version": "2012-10-17", "Statement": [allow]})


def with_policy(world: Any, service: str, policy: str) -> None:
    isolate(world)
    doors = group(world, "doors")
    world.ec2.authorize_security_group_ingress(GroupId=doors, IpPermissions=ALL)
    endpoints(world, [doors])
    name = "com.amazonaws.eu-west-1.s3"
    world.ec2.create_vpc_endpoint(VpcId=world.vpc, ServiceName=name, RouteTableIds=[world.route_table])
    every = world.ec2.describe_vpc_endpoints()["VpcEndpoints"]
    chosen = next(each for each in every if each["ServiceName"].endswith(f".{service}"))["VpcEndpointId"]
    world.ec2.modify_vpc_endpoint(VpcEndpointId=chosen, PolicyDocument=policy)


@pytest.mark.parametrize(
    ("service", "policy", "said"),
    [
        ("ecr.api", allowing("ecr:Describe*"), "no VPC endpoint policy allows the ecr:GetAuthorizationToken action"),
        ("ecr.api", allowing("ecr:*", Effect="Deny"), "with an explicit deny in a VPC endpoint policy"),
        ("ecr.dkr", allowing("ecr:GetDownloadUrlForLayer"), "403 Forbidden"),
        ("s3", allowing("s3:GetObject", Resource="arn:aws:s3:::own/*"), "403 Forbidden"),
    ],
)  # fmt: skip
def test_the_policy_of_an_endpoint_has_to_let_the_pull_through(
    world: Any, service: str, policy: str, said: str
) -> None:
    with_policy(world, service, policy)
    assert stopped(world)["stoppedReason"].endswith(said)


def test_a_policy_that_allows_what_a_pull_needs_is_enough(world: Any) -> None:
    with_policy(world, "s3", allowing("s3:GetObject", Resource="arn:aws:s3:::prod-eu-west-1-starport-layer-bucket/*"))
    world.create(world.register("good-1"))
    world.until(world.completed, within=300)
