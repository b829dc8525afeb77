"""Causes that health checks find: of the load balancer, and of the container."""

import json
from collections.abc import Callable
from typing import Any

from diagnostics.model import Verdict
from tests.e2e.causes.account import Account
from tests.e2e.causes.cause import Cause, deploys, serves
from tests.e2e.causes.launch import group, network

CURL = "curl -f http://localhost:5001/healthz || exit 1"


def checks(*command: str, **more: int) -> dict[str, Any]:
    return {"healthCheck": {"command": list(command), "interval": 10, "retries": 2, **more}}


def tcp(port: int, **source: Any) -> list[dict[str, Any]]:
    return [{"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}]


def behind(*rules: tuple[str, list[dict[str, Any]]]) -> Callable[[Account], object]:
    """The load balancer (FRONT) and the tasks (TASKS) have a security group each, with these rules."""

    def make(account: Account) -> None:
        front, tasks = group(account, "front", egress=False), group(account, "tasks")
        account.elb.set_security_groups(LoadBalancerArn=account.balancer, SecurityGroups=[front])
        for which, rule in rules:
            text = json.dumps(rule).replace("FRONT", front).replace("TASKS", tasks)
            given = {"GroupId": front if which == "front" else tasks, "IpPermissions": json.loads(text)}
            authorize = "authorize_security_group_egress" if which == "front" else "authorize_security_group_ingress"
            getattr(account.ec2, authorize)(**given)
        account.serve("shop:good-1", **network(account, tasks))

    return make


OUT = ("front", tcp(5001, UserIdGroupPairs=[{"GroupId": "TASKS"}]))
IN = ("tasks", tcp(5001, UserIdGroupPairs=[{"GroupId": "FRONT"}]))
OTHER_PORT = ("tasks", tcp(8080, UserIdGroupPairs=[{"GroupId": "FRONT"}]))

CAUSES = (
    Cause("elb-health-port-mismatch", "the program moved to another port", serves("shop:port-5201", port=5001)),
    Cause("elb-health-port-mismatch", "gunicorn listens on 127.0.0.1", serves("python-gunicorn:default-bind")),
    Cause("elb-health-port-mismatch", "Fastify listens on 127.0.0.1", serves("node-fastify:default-host")),
    Cause("elb-health-port-mismatch", "the port comes from a variable", serves(
        "node-express:port-of-environment", container={"environment": [{"name": "PORT", "value": "8080"}]})),
    Cause("elb-health-port-mismatch", "the group probes a port of its own", serves(
        "shop:good-1", group={"HealthCheckPort": "9090"})),
    Cause("elb-health-code-mismatch", "500", serves("shop:health-500")),
    Cause("elb-health-code-mismatch", "404: the path moved", serves("made:moved-its-path")),
    Cause("elb-health-code-mismatch", "Django's ALLOWED_HOSTS", serves("python-django:allowed-hosts")),
    Cause("elb-health-code-mismatch", "Django redirects to HTTPS", serves("python-django:redirects-to-https")),
    Cause("elb-health-timeout", "the path never answers", serves("made:answers-nobody")),
    Cause("health-grace-period-too-short", "the checks count before the program listens", serves(
        "shop:slow-start", group={"HealthCheckIntervalSeconds": 15, "UnhealthyThresholdCount": 2}), Verdict.SUSPECT),
    Cause("security-group-blocks-traffic", "the tasks let nobody in", behind(OUT)),
    Cause("security-group-blocks-traffic", "the load balancer lets nothing out", behind(IN)),
    Cause("security-group-blocks-traffic", "the tasks open another port", behind(OUT, OTHER_PORT)),
    Cause("elb-health-failed-unspecified", "a program that says and opens nothing", serves("made:listens-nowhere")),
    Cause("container-health-check-failing", "the path answers 500", deploys(
        "shop:health-500", **checks("CMD-SHELL", CURL))),
    # What a check prints is in no API and no log: that the image has no curl, or no shell, is not to be known.
    Cause("container-health-check-failing", "no curl in the image", deploys(
        "made:without-curl", **checks("CMD-SHELL", CURL))),
    Cause("container-health-check-failing", "no shell in the image", deploys(
        "go-http:good-1", **checks("CMD-SHELL", "shop check"))),
    Cause("container-health-check-command-invalid", "a command line as the name of a program", deploys(
        "made:serves", **checks("CMD", "curl -f http://localhost:5001/healthz"))),
    Cause("container-health-check-command-invalid", "several words for the shell", deploys(
        "made:serves", **checks("CMD-SHELL", "curl", "-f", "http://localhost:5001/healthz"))),
    Cause("container-health-check-command-invalid", "another port in the command", deploys(
        "made:serves", **checks("CMD-SHELL", "curl -f http://localhost:9999/healthz || exit 1"))),
)  # fmt: skip
