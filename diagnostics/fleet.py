"""Looks at many services of a cluster in one pass: those that deploy get a watch each, on reads that they share."""

from collections.abc import Collection, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.model import Gap
from diagnostics.reads import FleetReads, ReadError, Shape
from diagnostics.rules import RULES, Rule
from diagnostics.service_shapes import primary_of
from diagnostics.shapes import tail
from diagnostics.shared_reads import CALLS_PER_PASS, SharedReads
from diagnostics.watch import ENDED, Look, Watch

INTERVAL = 4.0
"""Seconds of ECS's clock between two passes that use up their calls; one that took fewer is followed sooner."""
SHORTEST_INTERVAL = 2.0
SWEPT_PER_PASS = 100
"""Services that are not watched, and are read in one pass: ten calls. Where nothing deploys, all are read."""
_CALLS_FOR_LOOKS = 30
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
        at_once: int = 1,
    ) -> None:
        """Make a watch over a cluster.

        Args:
            reader: asks AWS.
            cluster: its name or ARN.
            clock: ECS's clock.
            services: only these; None for all.
            rules: what may be the matter.
            at_once: services that are looked at at a time, each on a thread of its own.
        """
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
        self._at_once = at_once
        self._swept = 0

    @property
    def interval(self) -> float:
        """Seconds of ECS's clock until the next pass; longer while an API asks to be called less often."""
        share = min(1.0, self._shared.calls / CALLS_PER_PASS)
        throttled = (watch.interval for watch in self._watches.values() if watch.slowed)
        return max([SHORTEST_INTERVAL, INTERVAL * share, *throttled])

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
            names = self._among(only) if only is not None else self._turn(self._all(began))
            self._attach_all(self._shared.read_services(names))
        except ReadError as refused:
            gap = Gap(f"services of {tail(self._cluster)}", str(refused.answer))
            return FleetLook(self._clock.at(began), len(self._names), (), self._shared.calls, (gap,))
        self._shared.read_tasks(self._due(only), by_service=only is not None)
        self._follow_the_tasks()
        due = self._due(only)
        self._shared.expect(due)
        self._shared.allow(_CALLS_FOR_LOOKS)
        looks = self._look_at(due)
        for name, look in looks:
            if look.state in ENDED:
                self._end(name, look)
        self._passes += 1
        services = len(names) if only is not None else len(self._names)
        return FleetLook(self._clock.at(began), services, looks, self._shared.calls)

    def _look_at(self, names: Sequence[str]) -> tuple[tuple[str, Look], ...]:
        """Look at these services in their order; several at a time, as each waits for its own reads."""
        if self._at_once == 1 or len(names) <= 1:
            return tuple((name, self._watches[name].look()) for name in names)
        with ThreadPoolExecutor(self._at_once) as pool:
            return tuple(zip(names, pool.map(lambda name: self._watches[name].look(), names), strict=True))

    def _turn(self, names: Sequence[str]) -> list[str]:
        """Return the services to read in this pass: those that are watched, and the next ones of the others.

        All of them where none is watched: then nothing else tells whether anything deploys.
        """
        others = [name for name in names if tail(name) not in self._watches]
        if not self._watches or len(others) <= SWEPT_PER_PASS:
            return list(names)
        start = self._swept % len(others)
        self._swept = start + SWEPT_PER_PASS
        return [*self._watches, *(others[start:] + others[:start])[:SWEPT_PER_PASS]]

    def _follow_the_tasks(self) -> None:
        """Read the services whose new tasks tell of a deployment, without waiting for their turn."""
        news = [name for name in self._shared.unknown_deployments() if name not in self._watches]
        if news:
            try:
                self._attach_all(self._shared.read_services(news[:SWEPT_PER_PASS]))
            except ReadError:  # their turn comes
                return

    def _all(self, began: float) -> list[str]:
        if self._given is None and not (self._named is not None and began - self._named < _SERVICES_AGAIN_AFTER):
            self._names = self._shared.list_services()
            self._named = began
        return self._names

    def _among(self, only: Collection[str]) -> list[str]:
        given = None if self._given is None else {tail(name) for name in self._given}
        return sorted(name for name in only if given is None or name in given)

    def _attach_all(self, services: Sequence[Shape]) -> None:
        for service in services:
            self._attach(service)

    def _attach(self, service: Shape) -> None:
        """Begin to watch a service's deployment that is in progress and is not watched yet."""
        name, primary = service["serviceName"], primary_of(service)
        begun = primary.get("id") if primary.get("rolloutState") == "IN_PROGRESS" else None
        if begun is None or name in self._watches or begun in self._over:
            return
        # What is shared is read once in a pass whoever asks, and an answer of an earlier pass says less.
        collector = Collector(self._shared, self._cluster, name, self._clock, unchanged_for=timedelta(0))
        self._watches[name] = Watch(collector, self._clock, rules=self._rules)
        self._watches[name].attach(begun)

    def _due(self, only: Collection[str] | None) -> list[str]:
        """Return the watched services in the order in which they are looked at: the budget may not reach the last.

        First those in which something fails that is not named yet; then another one first in each pass.
        """
        names = sorted(name for name in self._watches if only is None or name in only)
        first = self._passes % len(names) if names else 0
        urgent = self._shared.in_trouble() - {name for name, watch in self._watches.items() if watch.doomed}
        return sorted(names[first:] + names[:first], key=lambda name: name not in urgent)

    def _end(self, name: str, look: Look) -> None:
        del self._watches[name]
        if look.deployment_id:
            self._over.add(look.deployment_id)
        if whole := look.evidence.service_deployment:
            self._shared.forget(whole.arn)
