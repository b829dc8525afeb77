"""A service that serves in an account of the sandbox, and the plan of an update of it; cases change either."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from automation.engine.update import SERVICE_TYPE
from automation.preflight.model import Check, Finding, Status
from automation.preflight.plan import UNKNOWN, Plan, PlannedResource
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import DEFINITION_TYPE, Subject, look_at
from tests.e2e.causes.account import REGISTRY, Account, download

PORT = 5001
PARENT = "urn:pulumi:dev::shop::failwell:index:FargateService::shop"
ALL = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def urn(type_: str, name: str) -> str:
    return f"urn:pulumi:dev::shop::{type_}::{name}"


def planned(type_: str, name: str, operation: str, inputs: dict[str, Any], **more: Any) -> PlannedResource:
    return PlannedResource(urn(type_, name), type_, name, operation, inputs, parent=PARENT, **more)


class Stage:
    """The account, and what the update plans for the service `shop` in it."""

    def __init__(self, account: Account, image: str = "made:serves", **settings: Any) -> None:
        self.account = account
        self.balancers_group = self._security_group("balancer")
        self.tasks_group = self._security_group("tasks")
        account.elb.set_security_groups(LoadBalancerArn=account.balancer, SecurityGroups=[self.balancers_group])
        self.let_in(PORT)
        self.group = account.target_group()
        completes = settings.pop("completes", True)
        self.definition = account.register_image(image, **settings.pop("definition", {}))
        self.grace = settings.pop("grace", 60)
        network = {"subnets": [account.subnet], "securityGroups": [self.tasks_group]}
        account.create(
            self.definition,
            self.group,
            networkConfiguration={"awsvpcConfiguration": network},
            healthCheckGracePeriodSeconds=self.grace,
            **settings,
        )
        if completes:
            account.until(account.completed, within=900, by=5)
        self.operation = "update"
        self.containers: Any = [
            {
                "name": "app",
                "image": f"{REGISTRY}/shop:good-1",
                "portMappings": [{"containerPort": PORT, "protocol": "tcp"}],
                "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "shop"}},
            }
        ]
        self.inputs: dict[str, Any] = {
            "name": "shop",
            "cluster": "main",
            "region": "eu-west-1",
            "launchType": "FARGATE",
            "taskDefinition": UNKNOWN,
            "desiredCount": 1,
            "deploymentMinimumHealthyPercent": 100,
            "deploymentMaximumPercent": 200,
            "healthCheckGracePeriodSeconds": self.grace,
            "loadBalancers": [{"containerName": "app", "containerPort": PORT, "targetGroupArn": self.group}],
            "networkConfiguration": {**network, "assignPublicIp": False},
        }
        self.old_inputs: dict[str, Any] = {}
        self.others: list[PlannedResource] = []
        self.depends: dict[str, tuple[str, ...]] = {"taskDefinition": (urn(DEFINITION_TYPE, "task"),)}

    def _security_group(self, name: str) -> str:
        made = self.account.ec2.create_security_group(GroupName=name, Description=name, VpcId=self.account.vpc)
        return str(made["GroupId"])

    def let_in(self, port: int, *, source: str | None = None) -> None:
        rule = self._rule(port, source or self.balancers_group)
        self.account.ec2.authorize_security_group_ingress(GroupId=self.tasks_group, IpPermissions=[rule])

    def shut(self, port: int) -> None:
        rule = self._rule(port, self.balancers_group)
        self.account.ec2.revoke_security_group_ingress(GroupId=self.tasks_group, IpPermissions=[rule])

    @staticmethod
    def _rule(port: int, source: str) -> dict[str, Any]:
        ends = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port}
        return {**ends, "UserIdGroupPairs": [{"GroupId": source}]}

    def shut_in(self, group: str) -> None:
        """Take from a security group the rule that lets everything out."""
        self.account.ec2.revoke_security_group_egress(GroupId=group, IpPermissions=ALL)

    def listens_on(self, port: int) -> None:
        """Have the program, and what sends requests to it, agree on another port."""
        self.containers[0]["portMappings"] = [{"containerPort": port}]
        self.inputs["loadBalancers"][0]["containerPort"] = port

    def plans(self, type_: str, name: str, operation: str, inputs: dict[str, Any], **more: Any) -> None:
        self.others.append(planned(type_, name, operation, inputs, **more))

    def plan(self) -> Plan:
        written = self.containers if self.containers is UNKNOWN else json.dumps(self.containers)
        definition = planned(
            DEFINITION_TYPE,
            "task",
            "replace",
            {
                "family": "shop",
                "containerDefinitions": written,
                "networkMode": "awsvpc",
                "requiresCompatibilities": ["FARGATE"],
                "cpu": "256",
                "memory": "512",
                "executionRoleArn": "arn:aws:iam::123456789012:role/execution",
            },
            old_outputs={"arn": self.definition},
        )
        service = planned(
            SERVICE_TYPE,
            "shop",
            self.operation,
            self.inputs,
            old_inputs={"taskDefinition": self.definition, **self.old_inputs},
            old_outputs={"taskDefinition": self.definition},
            depends=self.depends,
        )
        return Plan((*self.others, definition, service))

    def subject(self, **settings: Any) -> tuple[Subject, PreflightReads]:
        plan, reads = self.plan(), PreflightReads(self.account.reader, download=download, **settings)
        service = next(iter(plan.of_type(SERVICE_TYPE)))
        return look_at(plan, service, reads), reads

    def findings(self, check: Check, **settings: Any) -> list[Finding]:
        return list(check.run(*self.subject(**settings)))


@dataclass(frozen=True)
class Case:
    """What is done to a stage, what a check then says, and what its sentence names."""

    check: Check
    story: str
    make: Callable[[Stage], object]
    status: Status | None
    names: Sequence[str] = ()

    def __str__(self) -> str:
        return f"{self.check.ID}: {self.story}"

    def holds(self, stage: Stage) -> None:
        self.make(stage)
        found = stage.findings(self.check)
        said = [(each.status, each.what) for each in found]
        assert [each.status for each in found] == ([self.status] if self.status else []), said
        for each in found:
            assert each.status not in {Status.REFUSED, Status.WARNED} or (each.fix and each.why), each
            assert all(name in each.what for name in self.names), each.what
