"""Queues, functions, metrics and alarms on the sandbox's clock: what events go through after EventBridge."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sandbox import queues
from sandbox.alarms import Alarms
from sandbox.events import targets
from sandbox.events.buses import Buses
from sandbox.events.targets import Undelivered
from sandbox.functions import api
from sandbox.functions.asynchronous import Asynchronous, invoke_for_service
from sandbox.functions.polling import Pollers
from sandbox.functions.service import Change, Functions
from sandbox.metrics import LAMBDA, Metric, Metrics
from sandbox.simulation import Simulation
from sandbox.timings import Range, Timings

_EVENTS = "events.amazonaws.com"


class Serverless:
    """All of them, in this process; a second one replaces the first.

    Args:
        simulation: its clock is theirs.
        buses: hand events to functions.
        directory: where packages of functions are unpacked.
        endpoint: tells functions where the sandbox answers.
        advance: runs the events that are due, and raises nothing.
        timings: how long things take, as `load_timings` reads them.
    """

    def __init__(
        self,
        simulation: Simulation,
        buses: Buses,
        directory: Path,
        endpoint: Callable[[], str],
        advance: Callable[[], object],
        timings: Mapping[str, Range],
    ) -> None:
        self._simulation = simulation
        self._metrics = Metrics()
        self.functions = Functions(simulation, directory, endpoint, self._tell, advance)
        self.pollers = Pollers(simulation, self.functions)
        self._asynchronous = Asynchronous(simulation, self.functions)
        undo_alarms = Alarms(simulation, Timings(timings, simulation.seed), self._metrics, buses).install()
        undo_queues = queues.install(simulation.time, self.pollers.queue_changed)
        self._undo = (undo_alarms, undo_queues)
        api.install(self.functions, self.pollers, self._asynchronous)
        buses.deliver = self._deliver

    def keep(self, taking: Callable[[str, Change], Change]) -> None:
        """Have what keeps the sandbox keep how invocations ended: it comes from outside, as a request does."""
        self.functions.outside = taking("invocations", self.functions.ended)

    @contextmanager
    def running_nothing(self) -> Iterator[None]:
        """Do what was done again: invocations end as it is kept, and those of which nothing is kept are lost."""
        self.functions.replaying = True
        yield
        self.functions.replaying = False
        with self._simulation.lock:
            self.functions.lost()

    def close(self) -> None:
        """End the processes of functions, and let moto be as it is."""
        self.functions.close()
        for undo in self._undo:
            undo()

    def _tell(self, account: str, region: str, name: str, value: float, metric: str) -> None:
        key = Metric(account, region, LAMBDA, metric, (("FunctionName", name),))
        self._metrics.tell(key, value, self._simulation.now)

    def _deliver(self, target: Mapping[str, Any], text: str, rule_arn: str, account: str, region: str) -> None:
        arn = str(target.get("Arn"))
        if arn.split(":")[2:3] != ["lambda"]:
            targets.deliver(target, text, rule_arn, account, region)
            return
        try:
            denied = invoke_for_service(self._asynchronous, _EVENTS, arn, json.loads(text), rule_arn, account)
        except LookupError as error:
            raise Undelivered("RESOURCE_NOT_FOUND", str(error)) from error
        if denied:
            raise Undelivered("NO_PERMISSIONS", denied)
