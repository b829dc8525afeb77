"""Healthy histories that look bad on the way: each ends with a revision that serves, so none may be called doomed."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from sandbox.image_keys import Ending
from tests.e2e.causes.account import ACCOUNT, REGION, Account
from tests.e2e.causes.health import OUT, behind, tcp
from tests.e2e.causes.launch import EVERYTHING, NO_SUCH_PARAMETER, allows, env_file, isolate, network, secret, stored
from tests.e2e.causes.programs import URL, container, containers
from tests.e2e.causes.scheduling import NO_SURGE, again, on_spot

CURL = ["CMD-SHELL", "curl -f http://localhost:5001/healthz || exit 1"]
IMAGE = "made:serves"


@dataclass(frozen=True)
class History:
    """`make` deploys, and says what happens meanwhile."""

    what: str
    make: Callable[[Account], object]

    def __str__(self) -> str:
        return self.what


def slowly(name: str, **settings: Any) -> Callable[[Account], object]:
    """An image with a grace period that is long enough for it."""
    return lambda account: account.serve(name, healthCheckGracePeriodSeconds=240, **settings)


def checked(name: str, **check: int) -> Callable[[Account], object]:
    """An image with a container check of these settings."""
    return lambda account: account.run(name, {"healthCheck": {"command": CURL, "interval": 5, **check}})


def becomes(state: str | None, name: str, after: float, **settings: Any) -> Callable[[Account], object]:
    """The database is so at first, and up so many seconds later."""

    def make(account: Account) -> None:
        if state:
            account.hosts.set("db.internal", state)
        account.serve(name, **settings)
        account.later(after, lambda: account.hosts.set("db.internal", "up"))

    return make


def update(name: str = IMAGE, **settings: Any) -> Callable[[Account], object]:
    """An update of a service that serves."""

    def make(account: Account) -> None:
        account.healthy_before("shop:good-1", desiredCount=settings.pop("before", 1))
        account.serve(name, **settings)

    return make


def disturbed(hit: Callable[[Account, str], object], times: int = 1, **settings: Any) -> Callable[[Account], object]:
    """Running tasks of the new deployment are hit, one after another."""

    def make(account: Account) -> None:
        account.serve(IMAGE, **settings)
        again(account, lambda arn: hit(account, arn), times)

    return make


def read_through(operation: str, kind: str, **how: Any) -> Callable[[Account], object]:
    """What the watch reads comes through a fault of the API."""

    def make(account: Account) -> None:
        layers = account.front()
        layers.fault(operation, kind, **how)
        account.healthy_before("shop:good-1", desiredCount=2)
        account.serve(IMAGE)

    return make


def a_task_is_killed(account: Account, arn: str) -> None:
    """The program ends with SIGKILL, as by the kernel of a host that is short of memory."""
    process = account.region.tasks[arn].containers[0].process
    process._end(Ending(after=0, code=137))


def opened_late(account: Account) -> None:
    behind(OUT)(account)
    groups = {each["GroupName"]: each["GroupId"] for each in account.ec2.describe_security_groups()["SecurityGroups"]}
    rule = tcp(5001, UserIdGroupPairs=[{"GroupId": groups["front"]}])
    open_it = partial(account.ec2.authorize_security_group_ingress, GroupId=groups["tasks"], IpPermissions=rule)
    account.later(5, open_it)


# --- what comes late


def role_made_in_the_same_update(account: Account) -> None:
    role = account.make_role("fresh")
    account.allow(allows(*EVERYTHING), "fresh")
    account.serve(IMAGE, definition={"executionRoleArn": role})


def permission_given_in_the_same_update(account: Account) -> None:
    arn = stored(account)
    account.allow(allows("ecr:*", "logs:*"))
    account.step(120)
    account.allow(allows(*EVERYTHING))
    account.serve(IMAGE, secret(arn))


def policy_of_the_task_role_made_in_the_same_update(account: Account) -> None:
    role = account.make_role("shop-task")
    account.allow(allows("s3:*"), "shop-task")
    account.serve("python-boto3:needs-bucket", definition={"taskRoleArn": role})


def parameter_put_while_the_task_starts(account: Account) -> None:
    account.serve(IMAGE, secret(NO_SUCH_PARAMETER))
    account.later(8, lambda: account.client("ssm").put_parameter(Name="/shop/url", Value="x", Type="String"))


def log_group_made_while_the_task_starts(account: Account) -> None:
    account.logs.delete_log_group(logGroupName="shop")
    account.serve(IMAGE)
    account.later(8, lambda: account.logs.create_log_group(logGroupName="shop"))


def route_made_a_minute_late(account: Account) -> None:
    isolate(account)
    account.run(IMAGE)
    route = {"RouteTableId": account.route_table, "DestinationCidrBlock": "0.0.0.0/0"}
    account.later(60, lambda: account.ec2.create_route(**route, NatGatewayId=account.nat_gateway))


def quota_raised(account: Account) -> None:
    account.world.fargate.set_quota(ACCOUNT, REGION, 0.25)
    account.healthy_before("shop:good-1")
    account.serve(IMAGE)
    account.later(70, lambda: account.world.fargate.set_quota(ACCOUNT, REGION, None))


def capacity_comes_back(account: Account) -> None:
    account.world.fargate.set_capacity(f"{REGION}a", available=False)
    account.run(IMAGE)
    account.later(300, lambda: account.world.fargate.set_capacity(f"{REGION}a", available=True))


def another_zone_has_capacity(account: Account) -> None:
    other = account._subnet("10.0.40.0/24", "b")
    account.world.fargate.set_capacity(f"{REGION}a", available=False)
    configuration = network(account)
    configuration["networkConfiguration"]["awsvpcConfiguration"]["subnets"].append(other)
    account.serve(IMAGE, desiredCount=2, **configuration)


def protection_ends(account: Account) -> None:
    account.healthy_before("shop:good-1")
    tasks = [task["taskArn"] for task in account.tasks()]
    protect = partial(account.ecs.update_task_protection, cluster="main", tasks=tasks)
    protect(protectionEnabled=True)
    account.serve(IMAGE)
    account.later(150, lambda: protect(protectionEnabled=False))


# --- other deployments


def scaled(to: int, before: int) -> Callable[[Account], object]:
    """The desired count changes during the deployment, as an autoscaler does it."""

    def make(account: Account) -> None:
        account.healthy_before("shop:good-1", desiredCount=before)
        account.serve(IMAGE)
        account.later(35, lambda: account.ecs.update_service(cluster="main", service="shop", desiredCount=to))

    return make


def after(name: str, wait: float, **settings: Any) -> Callable[[Account], object]:
    """The deployment before is a failing one, so many seconds old."""

    def make(account: Account) -> None:
        account.serve(name, **settings)
        for _ in range(int(wait // 5)):
            account.step(5)
        account.serve(IMAGE)

    return make


def beside_failing_services(account: Account) -> None:
    for number, tag in enumerate(("crash-on-start", "no-such", "out-of-memory")):
        definition = account.register_image(f"shop:{tag}", family=f"other-{number}")
        account.create(definition, serviceName=f"other-{number}")
    account.step(90)
    account.serve(IMAGE)


def forced(account: Account) -> None:
    account.healthy_before()
    account.update(forceNewDeployment=True)


def sidecar_ends(name: str, **app: Any) -> Callable[[Account], object]:
    return containers(container("beside", name, essential=False), **app)


HISTORIES = (
    History("a first deployment", lambda account: account.serve(IMAGE)),
    History("an update", update()),
    History("32 s until it listens, within the grace period", slowly("shop:slow-start")),
    History("80 s until it listens, within the grace period", slowly("made:listens-late")),
    History("503 for 70 s, within the grace period", slowly("made:ready-late")),
    History("checks that fail once after the first that passed", slowly("made:dips-once")),
    History("an image of 2.4 GB", slowly("made:large")),
    History("80 s until it listens, within the start period", checked("made:listens-late", startPeriod=120, retries=2)),
    History("80 s until it listens, within the retries", checked("made:listens-late", retries=10, startPeriod=60)),
    History("log lines that complain", update("made:warns-a-lot")),
    History("the database is up a while after the first crash", becomes("down", "python-psycopg:needs-database", 40)),
    History("the database answers a while after the first crash", becomes(
        "unreachable", "node-pg:needs-database", 50)),
    History("the database's name comes late", becomes(
        None, "python-psycopg:needs-database", 40, container={"environment": URL})),
    History("the login is allowed late", becomes("refusing-login", "node-mysql2:needs-database", 40)),
    History("it waits for a database that comes up", becomes(
        "down", "made:waits-for-database", 100, healthCheckGracePeriodSeconds=240)),
    History("it answers 503 until the database is there", becomes(
        None, "made:answers-without-database", 90, healthCheckGracePeriodSeconds=240)),
    History("the execution role is made in the same update", role_made_in_the_same_update),
    History("the permission is given in the same update", permission_given_in_the_same_update),
    History("the task role is made in the same update", policy_of_the_task_role_made_in_the_same_update),
    History("the parameter is put while the task starts", parameter_put_while_the_task_starts),
    History("the log group is made while the task starts", log_group_made_while_the_task_starts),
    History("the route is made a minute late", route_made_a_minute_late),
    History("the quota is raised", quota_raised),
    History("capacity comes back", capacity_comes_back),
    History("another zone has capacity", another_zone_has_capacity),
    History("the protection of the old tasks ends", protection_ends),
    History("a Spot task is interrupted once", lambda account: (
        on_spot(account, desiredCount=2), again(account, account.world.interrupt_spot))),
    History("three Spot tasks are interrupted", lambda account: (
        on_spot(account, desiredCount=3), again(account, account.world.interrupt_spot, 3))),
    History("a host is maintained", disturbed(
        lambda account, arn: account.world.maintain_host(arn), desiredCount=2)),
    History("a person stops a task", disturbed(
        lambda account, arn: account.ecs.stop_task(cluster="main", task=arn, reason="drill"), desiredCount=2)),
    History("scaled in during the deployment", scaled(1, before=4)),
    History("scaled out during the deployment", scaled(4, before=1)),
    History("the revision before crashes", after("shop:crash-on-start", 60)),
    History("the revision before is not healthy", after("shop:health-500", 120)),
    History("the revision before has no image", after("shop:no-such", 130)),
    History("other services of the cluster fail", beside_failing_services),
    History("a forced deployment of the same revision", forced),
    History("the old tasks are stopped first", update(deploymentConfiguration=NO_SURGE)),
    History("a container prepares and ends", sidecar_ends(
        "made:prepares", dependsOn=[{"containerName": "beside", "condition": "SUCCESS"}])),
    History("variables from a file", env_file("s3:*", uploaded=True)),
    History("a container that is not essential fails", sidecar_ends("made:ends-with-1")),
    History("without a circuit breaker", update(deploymentConfiguration={
        "deploymentCircuitBreaker": {"enable": False, "rollback": False}})),
    History("DescribeTasks is throttled", read_through("ecs:DescribeTasks", "throttle", rate=0.4)),
    History("every call of ECS fails now and then", read_through("*", "error", rate=0.15)),
    History("DescribeServices lags", read_through("ecs:DescribeServices", "lag", seconds=20)),
    History("DescribeTasks lags", read_through("ecs:DescribeTasks", "lag", seconds=30)),
    History("target health lags", read_through("elasticloadbalancing:DescribeTargetHealth", "lag", seconds=30)),
    History("answers in another order", read_through("*", "shuffle")),
    History("target health may not be read for a while", read_through(
        "elasticloadbalancing:DescribeTargetHealth", "denied", count=20)),
    History("one of four tasks is killed at its start", disturbed(a_task_is_killed, desiredCount=4)),
    History("the group of the tasks lets the load balancer in late", opened_late),
)  # fmt: skip
