"""Looks at many services of a cluster in one pass: those that deploy get a watch each, on reads that they share."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.model import Gap
from diagnostics.reads import FleetReads, ReadError, Shape
from diagnostics.rules import RULES, Rule
from diagnostics.shapes import tail
from diagnostics.shared_reads import SharedReads
from diagnostics.watch import ENDED, Look, Watch

INTERVAL = 4.0
"""Seconds of ECS's clock between two passes."""
_SERVICES_AGAIN_AFTER = 60.0


@dataclass(frozen=True)
class FleetLook:
    """One pass: the looks at the services that deploy, and what could not be read of the cluster."""

    at: datetime
    services: int
    looks: tuple[tuple[str, Look], ...]
    """Pairs of a service's name and its look; the last look at a deployment is the one that says how it ended."""
    api_calls: int
    gaps: tuple[Gap, ...] = ()

    @property
    def deploying(self) -> bool:
        """Whether a deployment that was looked at has not ended yet."""
        return any(look.state not in ENDED for _, look in self.looks)


class Fleet:
    """Watches the deployments of a cluster's services. `look` is one pass, and never raises."""

    def __init__(
        self,
        reader: FleetReads,
        cluster: str,
        clock: Clock,
        services: Sequence[str] | None = None,
        rules: Sequence[Rule] = RULES,
    ) -> None:
        self._shared = SharedReads(reader, cluster)
        self._cluster = cluster
        self._clock = clock
        self._given = services
        self._rules = rules
        self._names: list[str] = list(services or ())
        self._named: float | None = None
        """When they were listed, as the clock counts."""
        self._watches: dict[str, Watch] = {}
        self._over: set[str] = set()
        self._passes = 0

    @property
    def interval(self) -> float:
        """Seconds of ECS's clock until the next pass; longer while an API asks to be called less often."""
        return max([INTERVAL, *(watch.interval for watch in self._watches.values())])

    @property
    def deploying(self) -> bool:
        """Whether a deployment is watched that has not ended as far as it was looked at."""
        return bool(self._watches)

    def look(self, only: Collection[str] | None = None) -> FleetLook:
        """Make one pass.

        Args:
            only: look at these services, because something has just happened to them; None looks at all.
        """
        began = self._clock.elapsed()
        self._shared.begin()
        try:
            names = self._among(only) if only is not None else self._all(began)
            services = self._shared.read_services(names)
        except ReadError as refused:
            gap = Gap(f"services of {tail(self._cluster)}", str(refused.answer))
            return FleetLook(self._clock.at(began), len(self._names), (), self._shared.calls, (gap,))
        for service in services:
            self._attach(service)
        due = [name for name in self._in_turn() if only is None or name in only]
        self._shared.read_tasks(due, by_service=only is not None)
        looks = tuple((name, self._watches[name].look()) for name in due)
        for name, look in looks:
            if look.state in ENDED:
                self._end(name, look)
        self._passes += 1
        return FleetLook(self._clock.at(began), len(services), looks, self._shared.calls)

    def _all(self, began: float) -> list[str]:
        if self._given is None and not (self._named is not None and began - self._named < _SERVICES_AGAIN_AFTER):
            self._names = self._shared.list_services()
            self._named = began
        return self._names

    def _among(self, only: Collection[str]) -> list[str]:
        given = None if self._given is None else {tail(name) for name in self._given}
        return sorted(name for name in only if given is None or name in given)

    def _attach(self, service: Shape) -> None:
        """Begin to watch a service's deployment that is in progress and is not watched yet."""
        name = service["serviceName"]
        begun = next(
            (
                each["id"]
                for each in service.get("deployments", [])
                if each.get("status") == "PRIMARY" and each.get("rolloutState") == "IN_PROGRESS"
            ),
            None,
        )
        if begun is None or name in self._watches or begun in self._over:
            return
        collector = Collector(self._shared, self._cluster, name, self._clock)
        self._watches[name] = Watch(collector, self._clock, rules=self._rules)
        self._watches[name].attach(begun)

    def _in_turn(self) -> list[str]:
        """Return the watched services, another one first in each pass: the budget may not reach the last."""
        names = sorted(self._watches)
        first = self._passes % len(names) if names else 0
        return names[first:] + names[:first]

    def _end(self, name: str, look: Look) -> None:
        del self._watches[name]
        if look.deployment_id:
            self._over.add(look.deployment_id)
        if whole := look.evidence.service_deployment:
            self._shared.forget(whole.arn)
