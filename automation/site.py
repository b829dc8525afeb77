"""A service's place in AWS, for the driver: the clients of its region, its watch, its proof, its recording."""

from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
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
from diagnostics.watch import Look, Watch


class AwsSite:
    """Watches, proves, stops and records through AWS's API, one set of clients a region."""

    def __init__(self, settings: SessionSettings, clock: Clock, evidence: Path, run: str) -> None:
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

    def asks(self, region: str | None) -> Reader:
        """Return who reads in that region; None: the session's own."""
        return self._reader_of(region)

    def prepare(self, services: Sequence[str]) -> None:
        """Make the clients of these services in the session's own region, so that the first question waits for none."""
        with suppress(Exception):  # whoever asks will meet it, and say what it was for
            self.asks(None).prepare(services)

    def watch(self, target: ServiceTarget, since: datetime) -> Watch:
        """Return a watch of the service, in an update that began at `since`."""
        self._writer(target)  # its client is made now, so that a stop waits for nothing
        return Watch(self._collector(target), self._clock, target.wanted, since=since)

    def prove(self, target: ServiceTarget, task_definition: str | None) -> Serving:
        """Look at the PRIMARY deployment now, and say whether it is `task_definition` and serves."""
        collector = self._provers.setdefault(target.urn, self._collector(target))
        return serving(collector.collect(), task_definition)

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
        return self._reader_of(target.region)

    def _reader_of(self, region: str | None) -> Reader:
        region = region or self._settings.region
        if region not in self._readers:
            self._readers[region] = Reader(replace(self._settings, region=region))
        return self._readers[region]

    def _writer(self, target: ServiceTarget) -> Writer:
        region = target.region or self._settings.region
        if region not in self._writers:
            self._writers[region] = Writer(self._reader(target).session, self._settings.endpoint_url)
        return self._writers[region]
