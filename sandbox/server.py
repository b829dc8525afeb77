"""The sandbox's process: moto's AWS with our ECS on a scaled clock, on one port of this machine.

    python -m sandbox.server --directory DIR [--port P] [--speed S] [--seed N] [--keep] [--timings low|high]

It prints one JSON line, `{"endpoint", "pid"}`, when it is ready (`{"refused"}` where it cannot bring back what
was kept), and logs into DIR/server.log. Beside AWS it answers
GET /_sandbox/clock, identity, status, defaults, faults, images, hosts, callers and requests, and
POST /_sandbox/faults, images, hosts, callers and stop.
"""

import argparse
import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

from sandbox.account import Defaults, seed, services
from sandbox.clock import Clock, SandboxClock
from sandbox.counting import Requests
from sandbox.faults import Faults
from sandbox.front import BadQuestionError, Front, Taker
from sandbox.hosts import check_state
from sandbox.images import CatalogueError, check_push, load_catalogue, push
from sandbox.journal import KeepError
from sandbox.keeping import Keeper
from sandbox.moto_server import aws, listen, share_botocores_files
from sandbox.simulation import Simulation
from sandbox.timings import End, at_end, load_timings
from sandbox.wellformed import WellFormed

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication
    from werkzeug.serving import BaseWSGIServer

REGION = "eu-west-1"
ACCOUNT = "123456789012"  # moto's own default
IDLE_SECONDS = 30 * 60
TICK_SECONDS = 0.05
_LOG = logging.getLogger("sandbox.server")

Connect = Callable[[str], Any]
"""Gives the client of a service: `connect("ec2")`."""


@dataclass(frozen=True)
class Settings:
    """How a sandbox was asked to be. `port` 0 takes a free one; `idle_seconds` are of real time.

    `keep` keeps its state in `directory`, and brings back the one that is there. `timings` has everything take as long
    as one end of its range; None draws.
    """

    directory: Path
    port: int = 0
    speed: float = 60
    seed: int = 0
    idle_seconds: float = IDLE_SECONDS
    keep: bool = False
    timings: End | None = None


class Server:
    """A running sandbox: the HTTP server, its ticker, and what `/_sandbox/` says of them.

    Args:
        settings: how it was asked to be.
        running: makes the clock that goes on from a time.

    Raises:
        KeepError: the kept sandbox cannot be brought back by this one.
    """

    def __init__(self, settings: Settings, running: Callable[[datetime], Clock] | None = None) -> None:
        # It imports moto, which reads its settings from the environment at that moment: not before `main` has set them.
        from sandbox.callers.layer import Callers
        from sandbox.ecs import install
        from sandbox.moto_defects import mend
        from sandbox.serverless import Serverless

        mend()
        self._settings = settings
        self._running = running or (lambda at: SandboxClock(at, settings.speed))
        self._keeper = Keeper(settings.directory, settings.seed, settings.speed) if settings.keep else None
        self._started = self._keeper.started if self._keeper else datetime.now(UTC)
        self._clock: Clock = self._keeper.clock if self._keeper else self._running(self._started)
        around = self._keeper.around if self._keeper else nullcontext
        self._simulation = Simulation(self._clock, settings.seed, around)
        self._catalogue = load_catalogue()
        ranges = load_timings()
        timings = at_end(ranges, settings.timings) if settings.timings else ranges
        self._ecs = install(self._simulation, self._catalogue, timings)
        self._serverless = Serverless(
            self._simulation, self._ecs.buses, settings.directory, lambda: self.endpoint, self.advance, timings
        )
        self._stop = threading.Event()
        self._defaults: Defaults | None = None
        self._brought_back: Mapping[str, float] | None = None
        answering: WSGIApplication = WellFormed(aws())
        if self._keeper:
            answering = self._keeper.in_front_of(answering, self._simulation, self.advance)
        # In front of what is kept: a request that IAM refuses changes nothing.
        self._callers = Callers(answering, self._clock.now)
        takers: dict[str, Taker] = {
            "images": self._take_images,
            "hosts": self._take_hosts,
            "callers": self._callers.switch,
        }
        if self._keeper:
            takers = {name: self._keeper.taking(name, taker) for name, taker in takers.items()}
            self._serverless.keep(self._keeper.taking)
        self._requests = Requests()
        self._faults = Faults(
            self._callers,
            self._clock.now,
            self._let_pass,
            settings.seed,
            ACCOUNT,
            self._keep_faults,
            self._requests.count,
        )
        self.application = Front(
            self._faults,
            {
                ("GET", "clock"): self._answer_clock,
                ("GET", "identity"): self._answer_identity,
                ("GET", "status"): self._answer_status,
                ("GET", "defaults"): self._answer_defaults,
                ("GET", "faults"): self._faults.listed,
                ("GET", "images"): self._answer_images,
                ("GET", "hosts"): self._answer_hosts,
                ("GET", "callers"): self._callers.listed,
                ("GET", "requests"): self._requests.listed,
                ("POST", "stop"): self._answer_stop,
            },
            {"faults": self._faults.switch, **takers},
            self._clock.now,
        )
        self._http = self._listen()
        self.endpoint = f"http://{self._http.host}:{self._http.server_port}"

    def begin(self) -> None:
        """Make what a new sandbox holds and, where it is kept, bring back what came of it.

        Raises:
            KeepError: it comes out otherwise than before.
        """
        with self._keeper.beginning() if self._keeper else nullcontext():
            push(self._catalogue, ACCOUNT, REGION)
            self._defaults = seed(ACCOUNT, REGION)
        if self._keeper is None:
            return
        before = time.monotonic()
        with self._serverless.running_nothing():
            changes = self._keeper.bring_back(self._running, self._http.server_port)
        if kept := self._keeper.journal.faults():
            self._faults.restore(kept)
        self.advance()
        events, seconds = self._simulation.happened, round(time.monotonic() - before, 3)
        self._brought_back = {"changes": changes, "events": events, "seconds": seconds}
        _LOG.info("brought back: %d changes and %d events in %.1f s", changes, events, seconds)

    def serve(self) -> None:
        """Announce the endpoint on standard output, and serve until told to stop or idle; `begin` comes first."""
        serving = threading.Thread(target=self._http.serve_forever, name="http")
        serving.start()
        try:
            print(json.dumps({"endpoint": self.endpoint, "pid": os.getpid()}), flush=True)
            self._tick()
        finally:
            self._http.shutdown()
            serving.join()
            self.close()

    def close(self) -> None:
        """Give back the port, and the directory where it is kept."""
        self._http.server_close()
        self._serverless.close()
        if self._keeper:
            self._keeper.close()

    def _listen(self) -> "BaseWSGIServer":
        if self._keeper and self._keeper.port and not self._settings.port:
            # Clients know it by that port; where somebody else has it now, any other is better than none.
            with suppress(OSError, SystemExit):
                return listen(self.application, self._keeper.port)
        return listen(self.application, self._settings.port)

    def stop(self) -> None:
        """Ask the server to end; `serve` returns soon after."""
        self._stop.set()

    def _let_pass(self, seconds: float) -> None:
        """Keep a request waiting for so long on the sandbox's clock, or until the server ends."""
        self._stop.wait(seconds / self._settings.speed)

    def _tick(self) -> None:
        while not self._stop.wait(TICK_SECONDS):
            self.advance()
            if self.application.idle_seconds() > self._settings.idle_seconds:
                _LOG.info("nobody asked anything for %.0f s: stopping", self._settings.idle_seconds)
                return

    def advance(self) -> None:
        """Run the events that are due."""
        with self._simulation.lock:
            while True:
                try:
                    return self._simulation.advance()
                except Exception:  # noqa: BLE001 - one event that fails must not end everybody's sandbox
                    _LOG.exception("an event failed; the sandbox goes on behind it")

    def _keep_faults(self) -> None:
        if self._keeper:
            with self._simulation.lock:  # of two requests at once, the later state is the one that stays
                self._keeper.journal.keep_faults(self._faults.state())

    @property
    def _connect(self) -> Connect:
        return connector(self.endpoint)

    def _answer_clock(self) -> Mapping[str, Any]:
        return {"now": self._clock.now().isoformat(), "speed": self._settings.speed}

    def _answer_identity(self) -> Mapping[str, Any]:
        """What tells this sandbox from another; AWS is not asked, so that it answers whatever state AWS is in."""
        return {
            "pid": os.getpid(),
            "endpoint": self.endpoint,
            "region": REGION,
            "account": ACCOUNT,
            "speed": self._settings.speed,
            "seed": self._settings.seed,
            "directory": str(self._settings.directory),
            "started": self._started.isoformat(),
            "kept": self._settings.keep,
            "brought_back": self._brought_back,
        }

    def _answer_status(self) -> Mapping[str, Any]:
        return {**self._answer_identity(), "services": services(self._connect("ecs"))}

    def _answer_defaults(self) -> Mapping[str, Any]:
        return self._defaults.to_document() if self._defaults else {}

    def _answer_images(self) -> Mapping[str, Any]:
        return {
            "images": [
                {"name": image.name, "digest": image.digest, "captured_with": image.captured_with}
                for image in self._catalogue.images
            ]
        }

    def _take_images(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Read a file of images, `{"file": PATH}`, and push what it has; all of it or nothing."""
        try:
            added = load_catalogue(Path(str(document.get("file", ""))))
            with self._simulation.lock:
                check_push(added, ACCOUNT, REGION)
                self._catalogue.add(added.images)
                push(added, ACCOUNT, REGION)
        except CatalogueError as error:
            raise BadQuestionError(str(error)) from error
        return {"added": [image.name for image in added.images]}

    def _answer_hosts(self) -> Mapping[str, Any]:
        return {"hosts": self._ecs.hosts.states()}

    def _take_hosts(self, document: Mapping[str, Any]) -> Mapping[str, Any]:
        """Set hosts outside, `{NAME: STATE}`; null removes one; all of them or none."""
        with self._simulation.lock:
            try:
                for name, state in document.items():
                    if state is not None:
                        check_state(name, str(state))
            except ValueError as error:
                raise BadQuestionError(str(error)) from error
            for name, state in document.items():
                if state is None:
                    self._ecs.hosts.remove(name)
                else:
                    self._ecs.hosts.set(name, str(state))
        return self._answer_hosts()

    def _answer_stop(self) -> Mapping[str, Any]:
        self.stop()
        return {"stopping": True}


def connector(endpoint: str) -> Connect:
    """Return what makes the sandbox's own AWS clients: `connector(endpoint)("ecs")`. Credentials are made up."""
    import boto3
    from botocore.config import Config

    session = boto3.session.Session("sandbox", "sandbox", region_name=REGION)
    # The sandbox asks itself: a proxy of the environment must not come in between.
    config = Config(proxies={}, retries={"total_max_attempts": 1})

    @cache
    def connect(service: str) -> Any:
        return session.client(service, endpoint_url=endpoint, config=config)  # type: ignore[call-overload]

    return connect


def _settings(arguments: list[str]) -> Settings:
    parser = argparse.ArgumentParser(prog="python -m sandbox.server", description=__doc__.splitlines()[0])
    parser.add_argument("--directory", type=Path, required=True, help="where the log goes")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--speed", type=float, default=60, help="seconds of the sandbox's clock in a real second")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same figures")
    parser.add_argument(
        "--keep", action="store_true", help="keep its state in the directory, and bring back what is there"
    )
    parser.add_argument(
        "--idle-seconds", type=float, default=IDLE_SECONDS, help="real time without a request until it ends"
    )
    parser.add_argument("--timings", choices=get_args(End), help="everything takes as long as this end of its range")
    given = parser.parse_args(arguments)
    if given.keep and given.timings:
        parser.error("--timings is not for a sandbox that is kept: what is kept is drawn")
    if given.speed < 1:
        parser.error("--speed: the sandbox's clock never runs slower than the real one, so at least 1")
    if given.keep and sys.flags.hash_randomization:
        parser.error("--keep: the order of sets has to be the same each time: set PYTHONHASHSEED=0 in the environment")
    directory = given.directory.resolve()
    return Settings(directory, given.port, given.speed, given.seed, given.idle_seconds, given.keep, given.timings)


def main(arguments: list[str] | None = None) -> None:
    """Run a sandbox in this process until it is stopped."""
    # moto knows AWS's managed policies only when asked to, and reads this when it is imported.
    os.environ.setdefault("MOTO_IAM_LOAD_MANAGED_POLICIES", "true")
    settings = _settings(sys.argv[1:] if arguments is None else arguments)
    os.umask(0o077)  # its log, and what is kept of it, are for whoever started it
    settings.directory.mkdir(parents=True, exist_ok=True)
    logging.basicConfig(
        filename=settings.directory / "server.log", level=logging.WARNING, format="%(asctime)s %(name)s %(message)s"
    )
    logging.getLogger("sandbox").setLevel(logging.INFO)
    share_botocores_files()
    try:
        server = Server(settings)
        server.begin()
    except KeepError as error:
        print(json.dumps({"refused": str(error)}), flush=True)
        sys.exit(1)
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: server.stop())
    server.serve()


if __name__ == "__main__":
    main()
