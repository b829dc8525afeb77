"""A service's place in AWS, for the driver: clients of its region and account, its watch, its proof, its recording."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from itertools import count
from pathlib import Path

from automation.account import place_of
from automation.aws import Writer
from automation.update import ServiceTarget
from automation.watcher import Watchable
from diagnostics.aws import Reader
from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.model import Gap
from diagnostics.reads import SessionSettings
from diagnostics.recorder import Recorder
from diagnostics.serving import Serving, serving
from diagnostics.shapes import tail
from diagnostics.watch import Look, Watch


class AwsSite:
    """Watches, proves, stops and records through AWS's API: one set of clients for each place that a service is in.

    Args:
        environment: where and as whom AWS is asked where a service's provider leaves that open.
        clock: ECS's clock.
        evidence: the folder of recordings.
        run: this run's name, with which its recordings begin.
        watched: makes of each watch what is watched with.
    """

    def __init__(
        self,
        environment: SessionSettings,
        clock: Clock,
        evidence: Path,
        run: str,
        watched: Callable[[Watchable], Watchable] = lambda watch: watch,
    ) -> None:
        self._environment = environment
        self._digests: Mapping[str, Collection[str]] = {}
        self._clock = clock
        self._evidence = evidence
        self._run = run
        self._watched = watched
        self._readers: dict[SessionSettings, Reader] = {}
        self._writers: dict[SessionSettings, Writer] = {}
        self._recorders: dict[str, Recorder] = {}
        self._provers: dict[str, Collector] = {}
        self._gaps: dict[Gap, None] = {}

    @property
    def api_calls(self) -> Mapping[str, int]:
        """Calls so far, by operation."""
        total: Counter[str] = Counter()
        for reader in self._readers.values():
            total.update(reader.api_calls)
        for writer in self._writers.values():
            total.update(writer.api_calls)
        return total

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """What could not be known of where the services are, and whose account that is."""
        unverified = [
            Gap(f"whether the caller is of account {' or '.join(settings.accounts)}", str(reader.unverified))
            for settings, reader in self._readers.items()
            if reader.unverified
        ]
        return (*self._gaps, *unverified)

    def asks(self, region: str | None) -> Reader:
        """Return who reads in that region; None: the session's own."""
        return self._reader_at(replace(self._environment, region=region or self._environment.region))

    def prepare(self, services: Sequence[str]) -> None:
        """Make the clients of these services in the session's own region, so that the first question waits for none."""
        with suppress(Exception):  # whoever asks will meet it, and say what it was for
            self.asks(None).prepare(services)

    def watch(self, target: ServiceTarget, since: datetime) -> Watchable:
        """Return a watch of the service, in an update that began at `since`."""
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
            self._provers[target.urn] = self._collector(target)
        evidence = self._provers[target.urn].collect(alarms=True)
        return serving(evidence, task_definition, deployment_id=deployment_id, digests=self._digests)

    def deploy_again(self, target: ServiceTarget, task_definition: str) -> str:
        """Ask ECS for a new deployment of a revision, and return its id.

        Raises:
            Exception: AWS refused.
        """
        return self._writer(target).deploy_again(target.cluster, target.name, task_definition)

    def desired_count(self, target: ServiceTarget) -> int | None:
        """Return how many tasks the service wants now; None where there is no service.

        Raises:
            ReadError: it could not be read.
        """
        service = self._reader(target).describe_service(target.cluster, target.name)
        return None if service is None or service["status"] == "INACTIVE" else int(service["desiredCount"])

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        """Set how many tasks the service wants.

        Raises:
            Exception: AWS refused.
        """
        self._writer(target).set_desired_count(target.cluster, target.name, count)

    def scaled_by(self, target: ServiceTarget) -> tuple[int, int] | None:
        """Return the least and the most tasks between which Application Auto Scaling keeps the service, if it does.

        Raises:
            ReadError: it could not be read.
        """
        answer = self._reader(target).ask(
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="ecs",
            ResourceIds=[f"service/{tail(target.cluster)}/{target.name}"],
            ScalableDimension="ecs:service:DesiredCount",
        )
        found = next(iter(answer["ScalableTargets"]), None)
        return (found["MinCapacity"], found["MaxCapacity"]) if found else None

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
        self._writer(target).stop_service_deployment(seen.arn)
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

    def _collector(self, target: ServiceTarget) -> Collector:
        return Collector(self._reader(target), target.cluster, target.name, self._clock)

    def _reader(self, target: ServiceTarget) -> Reader:
        place = place_of(target.name, target.region, target.account, target.provider, self._environment)
        self._gaps.update(dict.fromkeys(place.gaps))
        return self._reader_at(place.settings)

    def _reader_at(self, settings: SessionSettings) -> Reader:
        if settings not in self._readers:
            self._readers[settings] = Reader(settings)
        return self._readers[settings]

    def _writer(self, target: ServiceTarget) -> Writer:
        reader = self._reader(target)
        if reader.settings not in self._writers:
            self._writers[reader.settings] = Writer(reader.session, reader.settings.endpoint_of("ecs"))
        return self._writers[reader.settings]
