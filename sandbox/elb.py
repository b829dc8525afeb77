"""Target health as Elastic Load Balancing computes it: probes of what runs at a target's address and port.

moto calls every registered target healthy and knows targets by address alone. Here targets of type `ip` are known by
(address, port), and their health follows from the target group's own settings and the answers of what listens there.
Facts: https://docs.aws.amazon.com/elasticloadbalancing/latest/application/target-group-health-checks.html
"""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from moto.elbv2.exceptions import InvalidTargetError, TargetGroupNotFoundError
from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from sandbox.images import Status
from sandbox.simulation import Handle, Simulation
from sandbox.timings import Timings

Probe = Callable[[Any, str, int, str], Status | None]
"""(target group, address, port, path) -> an HTTP status, "timeout", or None where nothing listens."""

_ORIGINAL = {
    "register": FakeTargetGroup.register,
    "deregister": FakeTargetGroup.deregister,
    "health_for": FakeTargetGroup.health_for,
    "describe_target_health": ELBv2Backend.describe_target_health,
}
_NOT_IN_USE = ("unused", "Target.NotInUse", "Target group is not configured to receive traffic from the load balancer")
_NOT_REGISTERED = ("unused", "Target.NotRegistered", "Target is not registered to the target group")
_REGISTERING = ("initial", "Elb.RegistrationInProgress", "Target registration is in progress")
_CHECKING = ("initial", "Elb.InitialHealthChecking", "Initial health checks in progress")
_DRAINING = ("draining", "Target.DeregistrationInProgress", "Target deregistration is in progress")
_HEALTHY = ("healthy", None, None)

Health = tuple[str, str | None, str | None]
"""(state, reason, description), as DescribeTargetHealth answers them."""


@dataclass(frozen=True)
class TargetKey:
    """A target: one address and port in one target group."""

    target_group_arn: str
    address: str
    port: int


@dataclass
class _Target:
    group: Any
    health: Health
    passed: int = 0
    failed: int = 0
    checked: bool = False
    next_event: Handle | None = None


class Targets:
    """The registered and draining targets of all target groups.

    Args:
        simulation: gives the time; health checks are its events.
        timings: when the first check comes.
        probe: asks what runs at a target.
        on_change: told of each target whose state changed, and of each that is gone after draining.
    """

    def __init__(
        self, simulation: Simulation, timings: Timings, probe: Probe, on_change: Callable[[TargetKey], None]
    ) -> None:
        self._simulation = simulation
        self._timings = timings
        self._probe = probe
        self._on_change = on_change
        self._targets: OrderedDict[TargetKey, _Target] = OrderedDict()

    def register(self, group: Any, address: str, port: int) -> None:
        """Register a target with moto's `group`; one that is registered stays as it is, a draining one comes back."""
        key = TargetKey(group.arn, address, port)
        known = self._targets.get(key)
        if known and known.health != _DRAINING:
            return
        if known and known.next_event:
            known.next_event.cancel()
        target = _Target(group, _REGISTERING if in_use(group) else _NOT_IN_USE)
        self._targets[key] = target
        target.next_event = self._simulation.schedule(
            self._timings.draw("first_check", group.name), lambda: self._check(key, target)
        )

    def deregister(self, group: Any, address: str, port: int) -> float | None:
        """Begin to drain a target; return for how many seconds it drains, None where it is not registered."""
        key = TargetKey(group.arn, address, port)
        target = self._targets.get(key)
        if target is None or target.health == _DRAINING:
            return None
        if target.next_event:
            target.next_event.cancel()
        delay = float(group.attributes.get("deregistration_delay.timeout_seconds", 300))
        target.health = _DRAINING
        target.next_event = self._simulation.schedule(delay, lambda: self._forget(key))
        return delay

    def health(self, target_group_arn: str, address: str, port: int) -> Health:
        """Return (state, reason, description) of a target, known or not."""
        target = self._targets.get(TargetKey(target_group_arn, address, port))
        return target.health if target else _NOT_REGISTERED

    def of(self, target_group_arn: str) -> list[TargetKey]:
        """Return the targets of a group, registered or draining, in the order of their registration."""
        return [key for key in self._targets if key.target_group_arn == target_group_arn]

    def guarded(self) -> Any:
        """Return the lock to hold around the calls above, from a thread that is not the simulation's."""
        self._simulation.advance()
        return self._simulation.lock

    def _forget(self, key: TargetKey) -> None:
        self._targets.pop(key, None)
        self._on_change(key)

    def _check(self, key: TargetKey, target: _Target) -> None:
        group = target.group
        interval = float(group.health_check_interval_seconds)
        target.next_event = self._simulation.schedule(interval, lambda: self._check(key, target))
        before = target.health
        target.health = self._judge(key, target) if in_use(group) else _NOT_IN_USE
        if target.health != before:
            self._on_change(key)

    def _judge(self, key: TargetKey, target: _Target) -> Health:
        group = target.group
        if target.health == _NOT_IN_USE:
            target.passed = target.failed = 0
            target.health = _CHECKING
        port = _checked_port(group, key.port)
        answer = self._probe(group, key.address, port, group.health_check_path or "/")
        failure = _failure(group, answer)
        if failure is None:
            return self._pass(group, target)
        target.passed = 0
        target.failed += 1
        if target.health[0] == "unhealthy" or target.failed >= int(group.unhealthy_threshold_count):
            return ("unhealthy", *failure)
        return target.health if target.health[0] == "healthy" else _CHECKING

    def _pass(self, group: Any, target: _Target) -> Health:
        target.failed = 0
        target.passed += 1
        # A new target needs one passing check, one that was unhealthy as many as the threshold says (documented).
        if target.health[0] == "unhealthy" and target.passed < int(group.healthy_threshold_count):
            return target.health
        return _HEALTHY


def _failure(group: Any, answer: Status | None) -> tuple[str, str] | None:
    """Return AWS's (reason, description) of a check that fails; None where it passes."""
    if answer is None:
        return "Target.FailedHealthChecks", "Health checks failed"
    if answer == "timeout":
        return "Target.Timeout", "Request timed out"
    if group.health_check_protocol not in {"HTTP", "HTTPS"} or matches(group.matcher.get("HttpCode") or "200", answer):
        return None
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{answer}]"


def matches(matcher: str, status: int) -> bool:
    """Tell whether a target group's matcher, as `200,204` or `200-299`, takes a status."""
    for part in matcher.split(","):
        low, _, high = part.strip().partition("-")
        if int(low) <= status <= int(high or low):
            return True
    return False


def in_use(group: Any) -> bool:
    """Tell whether a listener's default action or rule sends traffic to moto's target group `group`."""
    return any(True for _ in balancers_of(group))


def balancers_of(group: Any) -> Iterator[Any]:
    """Yield moto's load balancers that send traffic to a target group."""
    from moto.elbv2.models import elbv2_backends

    backend = elbv2_backends[group.account_id][group.region_name]
    for balancer in list(backend.load_balancers.values()):
        if any(
            _forward(rule.actions, group.arn) for each in balancer.listeners.values() for rule in each.rules.values()
        ):
            yield balancer


def _forward(actions: Iterable[Any], target_group_arn: str) -> bool:
    """Tell whether one of a rule's actions sends traffic to a target group; asked for each rule at each check."""
    for action in actions:
        data = action.data
        if data.get("TargetGroupArn") == target_group_arn:
            return True
        config = data.get("ForwardConfig")
        if config and any(each["TargetGroupArn"] == target_group_arn for each in config.get("TargetGroups", [])):
            return True
    return False


class _Replacements:
    """What moto's target groups and their backend do for targets of type `ip`; others stay moto's."""

    def __init__(self, targets: Targets) -> None:
        self._targets = targets

    def register(self, group: Any, given: list[dict[str, Any]]) -> None:
        if group.target_type != "ip":
            _ORIGINAL["register"](group, given)
            return
        with self._targets.guarded():
            for each in given:
                port = _port(group, each)
                group.targets[f"{each['Id']}:{port}"] = {"Id": each["Id"], "Port": port}
                self._targets.register(group, each["Id"], port)

    def deregister(self, group: Any, given: list[dict[str, Any]]) -> None:
        if group.target_type != "ip":
            _ORIGINAL["deregister"](group, given)
            return
        with self._targets.guarded():
            for each in given:
                port = _port(group, each)
                if group.targets.pop(f"{each['Id']}:{port}", None) is None:
                    raise InvalidTargetError
                self._targets.deregister(group, each["Id"], port)

    def health_for(self, group: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
        if group.target_type != "ip":
            return _ORIGINAL["health_for"](group, target, ec2_backend)
        port = _port(group, target)
        state, reason, description = self._targets.health(group.arn, target["Id"], port)
        checked = _checked_port(group, port)
        return FakeHealthStatus(target["Id"], port, str(checked), state, reason, description)

    def describe(self, backend: Any, target_group_arn: str, given: list[dict[str, Any]]) -> Any:
        group = backend.target_groups.get(target_group_arn)
        if group is None:
            raise TargetGroupNotFoundError
        if group.target_type != "ip":
            return _ORIGINAL["describe_target_health"](backend, target_group_arn, given)
        with self._targets.guarded():
            known = [{"Id": key.address, "Port": key.port} for key in self._targets.of(target_group_arn)]
            return [group.health_for(target, backend.ec2_backend) for target in given or known]


def _port(group: Any, target: dict[str, Any]) -> int:
    return int(target.get("Port") or group.port)


def _checked_port(group: Any, port: int) -> int:
    return port if group.health_check_port in {None, "traffic-port"} else int(group.health_check_port)


def install_target_health(targets: Targets) -> None:
    """Have moto's Elastic Load Balancing ask `targets` about targets of type `ip`."""
    ours = _Replacements(targets)

    # Functions, because a class binds only those: a method of `ours` would not be told which group it is called on.
    def register(group: Any, given: list[dict[str, Any]]) -> None:
        ours.register(group, given)

    def deregister(group: Any, given: list[dict[str, Any]]) -> None:
        ours.deregister(group, given)

    def health_for(group: Any, target: dict[str, Any], ec2_backend: Any) -> Any:
        return ours.health_for(group, target, ec2_backend)

    def describe_target_health(backend: Any, target_group_arn: str, given: list[dict[str, Any]]) -> Any:
        return ours.describe(backend, target_group_arn, given)

    FakeTargetGroup.register = register
    FakeTargetGroup.deregister = deregister
    FakeTargetGroup.health_for = health_for
    ELBv2Backend.describe_target_health = describe_target_health
