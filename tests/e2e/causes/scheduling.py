"""Causes in what ECS and Fargate have, allow, take back, or are told: quotas, capacity, alarms, Spot, people."""

from collections.abc import Callable
from typing import Any

from diagnostics.model import Verdict
from tests.e2e.causes.account import ACCOUNT, BREAKER, REGION, Account
from tests.e2e.causes.cause import Cause

SPOT = {"capacityProviderStrategy": [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]}


NO_SURGE = {"minimumHealthyPercent": 0, "maximumPercent": 100, "deploymentCircuitBreaker": BREAKER}


def on_spot(account: Account, name: str = "made:serves", **settings: Any) -> None:
    """Deploy on Spot; the cluster has both providers."""
    account.ecs.put_cluster_capacity_providers(
        cluster="main", capacityProviders=["FARGATE", "FARGATE_SPOT"], defaultCapacityProviderStrategy=[]
    )
    account.serve(name, **SPOT, **settings)


def quota_reached(account: Account) -> None:
    account.world.fargate.set_quota(ACCOUNT, REGION, 0.25)
    account.healthy_before()
    account.serve("shop:good-2")


def no_capacity(account: Account) -> None:
    account.world.fargate.set_capacity(f"{REGION}a", available=False)
    account.run("shop:good-1")


def alarm(account: Account, name: str = "errors") -> Callable[[str], None]:
    """Make an alarm; return what sets its state."""
    cloudwatch = account.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, MetricName="m", Namespace="n", Statistic="Sum", Period=60, EvaluationPeriods=1,
        Threshold=1, ComparisonOperator="GreaterThanThreshold",
    )  # fmt: skip
    return lambda state: cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")


def alarm_rings(account: Account) -> None:
    rings = alarm(account)
    alarms = {"alarmNames": ["errors"], "enable": True, "rollback": True}
    account.healthy_before(deploymentConfiguration={"alarms": alarms})
    account.serve("made:warns-a-lot")
    account.later(30, lambda: rings("ALARM"))


def interrupted(account: Account) -> None:
    """Every Spot task is taken back before it is healthy."""
    on_spot(account, "made:listens-late", healthCheckGracePeriodSeconds=300)
    again(account, account.world.interrupt_spot)


def maintained(account: Account) -> None:
    account.serve("made:listens-late", healthCheckGracePeriodSeconds=300, deploymentConfiguration=NO_SURGE)
    again(account, account.world.maintain_host)


def stopped_by_a_person(account: Account) -> None:
    account.serve("made:listens-late", healthCheckGracePeriodSeconds=300)
    again(account, lambda arn: account.ecs.stop_task(cluster="main", task=arn, reason="drill"))


def again(account: Account, hit: Callable[[str], object], times: int = 1) -> None:
    """Hit the first task that runs, so often."""
    for _ in range(times):
        account.when(account.running, lambda: hit(account.running()[0]["taskArn"]))


def percentages_leave_no_room(account: Account) -> None:
    account.healthy_before()
    account.serve("shop:good-2", deploymentConfiguration={"minimumHealthyPercent": 100, "maximumPercent": 101})


def tasks_are_protected(account: Account) -> None:
    account.healthy_before()
    tasks = [task["taskArn"] for task in account.tasks()]
    account.ecs.update_task_protection(cluster="main", tasks=tasks, protectionEnabled=True)
    account.serve("shop:good-2")


CAUSES = (
    Cause("account-quota-reached", "no vCPU is left for the new revision", quota_reached, Verdict.SUSPECT),
    Cause("fargate-capacity-unavailable", "no capacity in the only zone", no_capacity, Verdict.SUSPECT),
    Cause("deployment-alarm-triggered", "an alarm rings during the deployment", alarm_rings),
    Cause("spot-interruption", "the only task is interrupted", interrupted, Verdict.SUSPECT),
    Cause("host-lost-or-maintenance", "the only task's host is maintained", maintained, Verdict.SUSPECT),
    Cause("stopped-externally", "a person stops the only task", stopped_by_a_person, Verdict.SUSPECT),
    Cause("deployment-blocked", "the percentages leave no room", percentages_leave_no_room),
    Cause("deployment-blocked", "the old tasks are protected", tasks_are_protected, Verdict.SUSPECT),
)
