"""Which of two target groups a listener rule sends traffic to, in moto's Elastic Load Balancing.

https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-how-it-works.html
"""

from typing import Any

from sandbox.ecs.model import Revision

Balancer = dict[str, Any]


class Traffic:
    """The listener rules of an account and region."""

    def __init__(self, account: str, region: str) -> None:
        self._account = account
        self._region = region

    def problem(self, revision: Revision) -> str | None:
        """Return what is wrong with the rules of a revision, in AWS's words (transcripts 58889599179, 57992293481)."""
        for balancer in revision.load_balancers:
            advanced = balancer.get("advancedConfiguration") or {}
            rules = [self._rule(advanced.get(key)) for key in ("productionListenerRule", "testListenerRule")]
            forwarded = {arn for rule in rules if rule for action in rule.actions for arn in _groups(action.data)}
            wanted = [balancer["targetGroupArn"], advanced.get("alternateTargetGroupArn")]
            if not forwarded.intersection(wanted):
                rules_named = "either productionListenerRule or testListenerRule"
                return f"Target group {wanted[0]} is not associated with {rules_named}."
            if not forwarded.issuperset(wanted):
                return (
                    "Both targetGroup and alternateTargetGroup must be associated with the productionListenerRule or "
                    "testListenerRule."
                )
        return None

    def shift(self, revision: Revision, percent: float, *, test: bool = False) -> None:
        """Send so many percent of production (or test) traffic to a revision's target groups, the rest elsewhere."""
        key = "testListenerRule" if test else "productionListenerRule"
        for given, used in zip(revision.load_balancers, revision.balancers, strict=True):
            advanced = given.get("advancedConfiguration") or {}
            rule = self._rule(advanced.get(key))
            if rule is None:
                continue
            both = {given["targetGroupArn"], advanced["alternateTargetGroupArn"]}
            other = next(iter(both - {used["targetGroupArn"]}))
            _forward(rule, {used["targetGroupArn"]: percent, other: 100 - percent})

    def _rule(self, arn: str | None) -> Any | None:
        from moto.elbv2.models import elbv2_backends

        balancers = elbv2_backends[self._account][self._region].load_balancers.values()
        listeners = [listener for balancer in balancers for listener in balancer.listeners.values()]
        rules = [rule for listener in listeners for rule in listener.rules.values()]
        return next((rule for rule in rules if arn and rule.arn == arn), None)


def _groups(action: Balancer) -> list[str]:
    forward = (action.get("ForwardConfig") or {}).get("TargetGroups", [])
    direct = [action["TargetGroupArn"]] if action.get("TargetGroupArn") else []
    return direct + [each["TargetGroupArn"] for each in forward]


def _forward(rule: Any, weights: dict[str, float]) -> None:
    """Give a rule's forward action these weights. They are whole numbers up to 999, so tenths of a percent fit."""
    from moto.elbv2.models import FakeAction

    whole = all(float(weight).is_integer() for weight in weights.values())
    groups = [{"TargetGroupArn": arn, "Weight": round(w * (1 if whole else 9.99))} for arn, w in weights.items()]
    kept = [action for action in rule.actions if action.type != "forward"]
    rule.actions = [*kept, FakeAction({"Type": "forward", "Order": 1, "ForwardConfig": {"TargetGroups": groups}})]
