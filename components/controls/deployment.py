"""Controls over deployments: whether a bad revision is given up, and what serves meanwhile."""

from collections.abc import Iterator
from math import ceil, floor

from .model import Control, Fault, Level, Node, Resource, Stack
from .types import SCALABLE_TARGET, SCALING_POLICY, SCHEDULED_ACTION, SERVICE

_MOST_GRACE_SECONDS = 600

_FULL = 100

_DOUBLE = 200

_TWO = 2


def strategy(service: Resource) -> str:
    """Return how a service replaces its tasks; ECS's default is `ROLLING` (CreateService, `strategy`)."""
    return service["deploymentConfiguration"]["strategy"].text or "ROLLING"


def _rolling(service: Resource, _stack: Stack) -> bool:
    return strategy(service) == "ROLLING" and service["deploymentController"]["type"].text in {"", "ECS"}


def _shifting(service: Resource, _stack: Stack) -> bool:
    return strategy(service) != "ROLLING"


def on(block: Node) -> Iterator[Fault]:
    """Find what keeps a block of the service from rolling back."""
    for key in ("enable", "rollback"):
        if not block[key].true:
            yield Fault(block[key].path, "is not true")


def _breaker(service: Resource, _stack: Stack) -> Iterator[Fault]:
    yield from on(service["deploymentCircuitBreaker"])


def _strategy_set(service: Resource, _stack: Stack) -> Iterator[Fault]:
    if not service["deploymentConfiguration"]["strategy"].text:
        yield Fault("deploymentConfiguration.strategy", "is not set")


def _percents(service: Resource, _stack: Stack) -> Iterator[Fault]:
    minimum = service["deploymentMinimumHealthyPercent"].number
    maximum = service["deploymentMaximumPercent"].number
    least, most = _FULL if minimum is None else minimum, _DOUBLE if maximum is None else maximum
    if least < _FULL:
        yield Fault("deploymentMinimumHealthyPercent", f"is {least:g}, so ECS may stop what serves")
    if most <= _FULL:
        yield Fault("deploymentMaximumPercent", f"is {most:g}, so no new task starts beside the old ones")
    desired = service["desiredCount"].number or 0
    if desired and least >= _FULL and most > _FULL and floor(desired * most / 100) <= ceil(desired * least / 100):
        yield Fault("deploymentMaximumPercent", f"is {most:g}: with {desired:g} tasks no new one may start")


def _rebalancing(service: Resource, _stack: Stack) -> Iterator[Fault]:
    if service["availabilityZoneRebalancing"].text != "ENABLED":
        yield Fault("availabilityZoneRebalancing", "is not ENABLED")


def _scalable(service: Resource, stack: Stack) -> Resource | None:
    ending = f"/{service['name'].text}"
    return next((each for each in stack.of(SCALABLE_TARGET) if each["resourceId"].text.endswith(ending)), None)


def _two(service: Resource, stack: Stack) -> Iterator[Fault]:
    target = _scalable(service, stack)
    least, path = (
        (target["minCapacity"], "minCapacity of its scalable target") if target else (service["desiredCount"], "")
    )
    if (least.number or 0) < _TWO:
        yield Fault(path or "desiredCount", f"is {least.number or 0:g}: one task, or one zone, is the whole service")
    subnets = service["networkConfiguration"]["subnets"]
    if len(subnets.items) < _TWO:
        yield Fault(subnets.path, "is one subnet, and so one zone")


def _controller(service: Resource, _stack: Stack) -> Iterator[Fault]:
    controller = service["deploymentController"]["type"]
    if controller.text != "ECS":
        yield Fault(controller.path, f"is {controller.text or 'not set'}")


def _grace(service: Resource, _stack: Stack) -> Iterator[Fault]:
    grace = service["healthCheckGracePeriodSeconds"].number or 0
    if not 0 < grace <= _MOST_GRACE_SECONDS:
        yield Fault("healthCheckGracePeriodSeconds", f"is {grace:g}, not 1 to {_MOST_GRACE_SECONDS}")


def _balanced(service: Resource, _stack: Stack) -> bool:
    return bool(service["loadBalancers"].items)


def _waits(service: Resource, _stack: Stack) -> Iterator[Fault]:
    if not service["waitForSteadyState"].true:
        yield Fault("waitForSteadyState", "is not true")


def _never_zero(action: Resource, _stack: Stack) -> Iterator[Fault]:
    least = action["minCapacity"] if action.type == SCALABLE_TARGET else action["scalableTargetAction"]["minCapacity"]
    if least.number is not None and least.number < 1:
        yield Fault(least.path, "is 0: nothing serves, and every deployment of nothing succeeds")


def _quiet(service: Resource, _stack: Stack) -> Iterator[Fault]:
    if service["forceNewDeployment"].true:
        yield Fault("forceNewDeployment", "is true")


def _no_sigint(service: Resource, _stack: Stack) -> Iterator[Fault]:
    if service["sigintRollback"].true:
        yield Fault("sigintRollback", "is true")


def _platform(service: Resource, _stack: Stack) -> Iterator[Fault]:
    if (version := service["platformVersion"].text) not in {"", "LATEST"}:
        yield Fault("platformVersion", f"is {version}")


def _on_spot(service: Resource, _stack: Stack) -> bool:
    return any(each["capacityProvider"].text == "FARGATE_SPOT" for each in service["capacityProviderStrategies"].items)


def _spot(service: Resource, _stack: Stack) -> Iterator[Fault]:
    given = service["capacityProviderStrategies"].items
    if sum(each["base"].number or 0 for each in given if each["capacityProvider"].text == "FARGATE") < 1:
        yield Fault("capacityProviderStrategies", "has no FARGATE base: all tasks may be taken away at once")


def _shift(service: Resource, stack: Stack) -> Iterator[Fault]:
    for balancer in service["loadBalancers"].items:
        advanced = balancer["advancedConfiguration"]
        for key in ("alternateTargetGroupArn", "productionListenerRule", "roleArn"):
            if not advanced[key]:
                yield Fault(f"{balancer.path}.advancedConfiguration.{key}", "is not set")
    for hook in service["deploymentConfiguration"]["lifecycleHooks"].items:
        action = hook["timeoutConfiguration"]["action"]
        if action.text not in {"", "ROLLBACK"}:
            yield Fault(action.path, f"is {action.text}: a hook that hangs lets the revision through")
    for policy in stack.of(SCALING_POLICY):
        metric = policy["targetTrackingScalingPolicyConfiguration"]["predefinedMetricSpecification"]
        if metric["predefinedMetricType"].text == "ALBRequestCountPerTarget":
            yield Fault("strategy", "moves traffic between target groups, which ALBRequestCountPerTarget cannot follow")


CONTROLS = (
    Control(
        id="DEP-01",
        level=Level.MUST,
        requires="the circuit breaker is on and rolls back",
        reason="without it a revision that cannot start is tried for ever",
        instead="deploymentCircuitBreaker: {enable: true, rollback: true}",
        types=(SERVICE,),
        judge=_breaker,
        applies=_rolling,
    ),
    Control(
        id="DEP-07",
        level=Level.MUST,
        requires="the deployment strategy is explicit",
        reason="without a strategy the provider does not send the rest of the block",
        instead="deploymentConfiguration: {strategy: ROLLING}",
        types=(SERVICE,),
        judge=_strategy_set,
    ),
    Control(
        id="DEP-08",
        level=Level.MUST,
        requires="what serves keeps its full strength while new tasks start",
        reason="with less than 100 percent ECS may stop healthy tasks before their replacements work",
        instead="deploymentMinimumHealthyPercent: 100, deploymentMaximumPercent: 200",
        types=(SERVICE,),
        judge=_percents,
    ),
    Control(
        id="DEP-09",
        level=Level.DEFAULT,
        requires="tasks are spread over the zones again after an outage",
        reason="tasks that were crowded into one zone stay there",
        instead="availabilityZoneRebalancing: ENABLED",
        types=(SERVICE,),
        judge=_rebalancing,
    ),
    Control(
        id="DEP-10",
        level=Level.DEFAULT,
        requires="two tasks or more, over two subnets or more",
        reason="one task, or one zone, may fail",
        instead="desiredCount: 2 or more, subnets in two zones",
        types=(SERVICE,),
        judge=_two,
    ),
    Control(
        id="DEP-11",
        level=Level.MUST,
        requires="ECS itself is the deployment controller, explicitly",
        reason="only with the type in the answer does the provider follow the service deployment",
        instead="deploymentController: {type: ECS}",
        types=(SERVICE,),
        judge=_controller,
    ),
    Control(
        id="DEP-12",
        level=Level.MUST,
        requires="a service behind a load balancer has a grace period of 1 to 600 s",
        reason="without it ECS replaces tasks that are still starting; with a long one bad tasks are found late",
        instead="healthCheckGracePeriodSeconds: 60",
        types=(SERVICE,),
        judge=_grace,
        applies=_balanced,
    ),
    Control(
        id="DEP-18",
        level=Level.DEFAULT,
        requires="the update waits for the outcome of its deployment",
        reason="otherwise an update succeeds when ECS has accepted it",
        instead="waitForSteadyState: true",
        types=(SERVICE,),
        judge=_waits,
    ),
    Control(
        id="DEP-20",
        level=Level.MUST,
        requires="no schedule takes the service to zero",
        reason="a deployment of no task succeeds, whatever the revision",
        instead="minCapacity: 1 or more",
        types=(SCHEDULED_ACTION, SCALABLE_TARGET),
        judge=_never_zero,
    ),
    Control(
        id="DEP-22",
        level=Level.DEFAULT,
        requires="an update without a change is no deployment",
        reason="otherwise every update replaces all tasks",
        instead="forceNewDeployment: false",
        types=(SERVICE,),
        judge=_quiet,
    ),
    Control(
        id="DEP-23",
        level=Level.DEFAULT,
        requires="the provider does not roll back by itself",
        reason="versions of it rolled back healthy deployments (terraform-provider-aws issue 49031)",
        instead="sigintRollback: false",
        types=(SERVICE,),
        judge=_no_sigint,
    ),
    Control(
        id="DEP-24",
        level=Level.DEFAULT,
        requires="the platform version follows AWS",
        reason="a pinned version misses fixes of security",
        instead="leave platformVersion out",
        catalogues=("FSBP ECS.10", "CKV_AWS_332", "prowler ecs_service_fargate_latest_platform_version"),
        types=(SERVICE,),
        judge=_platform,
    ),
    Control(
        id="DEP-25",
        level=Level.WARN,
        requires="Fargate Spot only beside a base of Fargate",
        reason="Spot tasks are taken away with two minutes' notice, all at once if need be",
        instead="capacityProviderStrategies with capacityProvider FARGATE and base 1",
        types=(SERVICE,),
        judge=_spot,
        applies=_on_spot,
    ),
    Control(
        id="DEP-26",
        level=Level.MUST,
        requires="a strategy that shifts traffic has what it shifts between, and its hooks time out with a rollback",
        reason="without it ECS refuses the deployment, or lets a revision through that nobody approved",
        instead="loadBalancers[].advancedConfiguration, lifecycleHooks[].timeoutConfiguration.action: ROLLBACK",
        types=(SERVICE,),
        judge=_shift,
        applies=_shifting,
    ),
)
