"""A service's place in AWS, for the driver: the clients of its region, its watch, its proof, its recording."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from automation.aws import Writer
from automation.update import ServiceTarget
from diagnostics.aws import Reader
from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.reads import SessionSettings
from diagnostics.recorder import Recorder
from diagnostics.serving import Serving, serving
from diagnostics.shapes import tail
from diagnostics.watch import Look, Watch


class AwsSite:
    """Watches, proves, stops and records through AWS's API, one set of clients a region."""

    def __init__(
        self,
        settings: SessionSettings,
        clock: Clock,
        evidence: Path,
        run: str,
        digests: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Make a site.

        Args:
            settings: whose account, and where.
            clock: ECS's clock.
            evidence: the folder of recordings.
            run: how this run's recordings begin.
            digests: by image the digests that were looked up before anything was touched (`serving`).
        """
        self._digests = digests or {}
        self._settings = settings
        self._clock = clock
        self._evidence = evidence
        self._run = run
        self._readers: dict[str | None, Reader] = {}
        self._writers: dict[str | None, Writer] = {}
        self._recorders: dict[str, Recorder] = {}
        self._provers: dict[str, Collector] = {}

    @property
    def api_calls(self) -> Mapping[str, int]:
        """Calls so far, by operation."""
        total: Counter[str] = Counter()
        for reader in self._readers.values():
            total.update(reader.api_calls)
        for writer in self._writers.values():
            total.update(writer.api_calls)
        return total

    def watch(self, target: ServiceTarget, since: datetime) -> Watch:
        """Return a watch of the service, in an update that began at `since`."""
        self._writer(target)  # its client is made now, so that a stop waits for nothing
        return Watch(self._collector(target), self._clock, target.wanted, since=since)

    def follow(self, target: ServiceTarget, deployment_id: str) -> Watch:
        """Return a watch of a deployment that is there already."""
        watch = Watch(self._collector(target), self._clock)
        watch.attach(deployment_id)
        return watch

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
        return None if service is None else int(service["desiredCount"])

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
            path = self._evidence / f"{self._run}-{target.name}.jsonl"
            recorder = self._recorders[target.urn] = Recorder(path)
        recorder.write(look.evidence)
        return str(recorder.path)

    def _collector(self, target: ServiceTarget) -> Collector:
        return Collector(self._reader(target), target.cluster, target.name, self._clock)

    def _reader(self, target: ServiceTarget) -> Reader:
        region = target.region or self._settings.region
        if region not in self._readers:
            self._readers[region] = Reader(replace(self._settings, region=region))
        return self._readers[region]

    def _writer(self, target: ServiceTarget) -> Writer:
        region = target.region or self._settings.region
        if region not in self._writers:
            self._writers[region] = Writer(self._reader(target).session, self._settings.endpoint_url)
        return self._writers[region]
