"""A service between two target groups, for deployments that shift traffic."""

from typing import Any

BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


class Groups:
    """Two target groups behind one rule for production and one for tests."""

    def __init__(self, world: Any) -> None:
        self.world = world
        self.blue, self.green = world.target_group(listener=False), world.target_group(listener=False)
        self.production, self.test = self._rule(8080, self.blue, self.green), self._rule(8081, self.blue, self.green)
        advanced = {
            "alternateTargetGroupArn": self.green,
            "productionListenerRule": self.production,
            "testListenerRule": self.test,
            "roleArn": "arn:aws:iam::123456789012:role/elb",
        }
        balancer = {"targetGroupArn": self.blue, "containerName": "app", "containerPort": 5001}
        self.balancers = [balancer | {"advancedConfiguration": advanced}]

    def _rule(self, port: int, *groups: str) -> str:
        elb = self.world.elb
        weights = [{"TargetGroupArn": arn, "Weight": 100 if arn == groups[0] else 0} for arn in groups]
        forward = [{"Type": "forward", "ForwardConfig": {"TargetGroups": weights}}]
        fixed = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        listener = elb.create_listener(
            LoadBalancerArn=self.world.balancer, Protocol="HTTP", Port=port, DefaultActions=fixed
        )["Listeners"][0]["ListenerArn"]
        path = [{"Field": "path-pattern", "Values": ["/*"]}]
        rules = elb.create_rule(ListenerArn=listener, Conditions=path, Priority=1, Actions=forward)["Rules"]
        return str(rules[0]["RuleArn"])

    def weights(self, rule: str) -> tuple[int, int]:
        """(blue group's weight, green group's)."""
        actions = self.world.elb.describe_rules(RuleArns=[rule])["Rules"][0]["Actions"]
        found = {each["TargetGroupArn"]: each["Weight"] for each in actions[0]["ForwardConfig"]["TargetGroups"]}
        return found[self.blue], found[self.green]


class Pair(Groups):
    """A service between two groups; `walk` follows its deployment."""

    def __init__(self, world: Any, **configuration: Any) -> None:
        super().__init__(world)
        self.old, self.new = world.register("good-1"), world.register("good-2")
        given = BREAKER | {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 2} | configuration
        world.create(self.old, desiredCount=2, deploymentConfiguration=given, loadBalancers=self.balancers)

    def rollout(self) -> dict[str, Any]:
        return dict(self.world.rollouts()[0])

    def walk(self, until: str, within: float = 4000) -> list[tuple[str, tuple[int, int]]]:
        """Step until a status; return the stages and production weights that were seen, each once in a row."""
        seen: list[tuple[str, tuple[int, int]]] = []

        def look() -> bool:
            found = self.rollout()
            now = (found["lifecycleStage"], self.weights(self.production))
            if not seen or seen[-1] != now:
                seen.append(now)
            return bool(found["status"] == until)

        self.world.until(look, within=within, by=2)
        return seen
