"""A service's place in AWS, for the driver: clients of its region and account, its watch, its proof, its recording."""

import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import count
from pathlib import Path

from automation.aws.clients import Clients
from automation.aws.counts import ServiceCounts
from automation.engine.update import ServiceTarget
from automation.watcher import Watchable
from diagnostics.aws import Reader
from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.model import Gap
from diagnostics.reads import SessionSettings
from diagnostics.recorder import Recorder
from diagnostics.serving import Serving, serving
from diagnostics.unchanged import UNCHANGED_FOR
from diagnostics.watch import Look, Watch

_PREPARED_AFTER = 5.0
"""Real seconds after which a watch makes the clients that it may need: the first evidence is seconds away at the
soonest, and a client that is made only then delays its explanation; an update that ends sooner needs none of them."""


class AwsSite(ServiceCounts):
    """Watches, proves, stops and records through AWS's API: one set of clients for each place that a service is in.

    Args:
        environment: where and as whom AWS is asked where a service's provider leaves that open.
        clock: ECS's clock.
        evidence: the folder of recordings.
        run: this run's name, with which its recordings begin.
        watched: makes of each watch what is watched with.
        new_reader: makes who asks AWS in one place.
    """

    def __init__(
        self,
        environment: SessionSettings,
        clock: Clock,
        evidence: Path,
        run: str,
        watched: Callable[[Watchable], Watchable] = lambda watch: watch,
        new_reader: Callable[[SessionSettings], Reader] = Reader,
    ) -> None:
        super().__init__(Clients(environment, new_reader))
        self._digests: Mapping[str, Collection[str]] = {}
        self._clock = clock
        self._evidence = evidence
        self._run = run
        self._watched = watched
        self._recorders: dict[str, Recorder] = {}
        self._provers: dict[str, Collector] = {}

    @property
    def api_calls(self) -> Mapping[str, int]:
        """Calls so far, by operation."""
        return self.clients.api_calls

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be known of where the services are, and whose account that is."""
        return self.clients.gaps

    def asks(self, target: ServiceTarget) -> Reader:
        """Return who reads in the service's region and account."""
        return self.clients.of(target)

    def prepare(self, services: Sequence[str]) -> None:
        """Read the models of these services, in boto3's names, so that the first question waits for none."""
        with suppress(Exception):  # whoever asks will meet it, and say what it was for
            self.clients.of_the_environment().prepare(services)

    def watch(self, target: ServiceTarget, since: float) -> Watchable:
        """Return a watch of the service, in an update that began at `since`, as the clock counts."""
        reader = self.clients.of(target)
        preparing = threading.Timer(_PREPARED_AFTER, _prepare, (reader,))
        preparing.daemon = True
        preparing.start()
        return self._watched(Watch(self._collector(target), self._clock, target.wanted, since=since))

    def follow(self, target: ServiceTarget, deployment_id: str) -> Watch:
        """Return a watch of a deployment that is there already."""
        watch = Watch(self._collector(target), self._clock)
        watch.attach(deployment_id)
        return watch

    def expect(self, digests: Mapping[str, Collection[str]]) -> None:
        """Hold what serves against the digests, by image, that were looked up before anything was touched."""
        self._digests = digests

    def prove(self, target: ServiceTarget, task_definition: str | None, deployment_id: str | None) -> Serving:
        """Look at the PRIMARY deployment now, and say whether it is `task_definition`, `deployment_id`, and serves."""
        if target.urn not in self._provers:
            # A proof takes nothing for granted.
            self._provers[target.urn] = self._collector(target, unchanged_for=timedelta(0))
        evidence = self._provers[target.urn].collect(alarms=True)
        return serving(evidence, task_definition, deployment_id=deployment_id, digests=self._digests)

    def deploy_again(self, target: ServiceTarget, task_definition: str) -> str:
        """Ask ECS for a new deployment of a revision, and return its id.

        Raises:
            Exception: AWS refused.
        """
        return self.clients.writer(target).deploy_again(target.cluster, target.name, task_definition)

    def stop_deployment(self, target: ServiceTarget, look: Look | None) -> str:
        """Stop the service deployment that was looked at, and return its ARN.

        Raises:
            LookupError: ECS shows no service deployment for it.
            Exception: AWS refused.
        """
        seen = look.evidence.service_deployment if look else None
        if look is None or seen is None or not seen.arn or seen.deployment_id != look.deployment_id:
            msg = f"ECS shows no service deployment for {look.deployment_id if look else target.name}"
            raise LookupError(msg)
        self.clients.writer(target).stop_service_deployment(seen.arn)
        return seen.arn

    def record(self, target: ServiceTarget, look: Look) -> str | None:
        """Write the look's evidence, redacted, and return the recording's path."""
        recorder = self._recorders.get(target.urn)
        if recorder is None:
            path = self._new_recording(target.name)
            recorder = self._recorders[target.urn] = Recorder(path)
        recorder.write(look.evidence)
        return str(recorder.path)

    def _new_recording(self, service: str) -> Path:
        """Return a path that no other service of the run has: those of two regions may have one name."""
        taken = {each.path for each in self._recorders.values()}
        names = (f"{self._run}-{service}{f'-{number}' if number else ''}.jsonl" for number in count())
        return next(path for name in names if (path := self._evidence / name) not in taken)

    def _collector(self, target: ServiceTarget, unchanged_for: timedelta = UNCHANGED_FOR) -> Collector:
        return Collector(self.clients.of(target), target.cluster, target.name, self._clock, unchanged_for)


def _prepare(reader: Reader) -> None:
    with suppress(Exception):  # whoever asks will meet it, and say what it was for
        reader.prepare_looks()
