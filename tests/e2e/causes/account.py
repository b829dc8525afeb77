"""An account in which a cause is made and a deployment is watched: boto3 makes it, the real reader looks at it."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from diagnostics.aws import Reader
from diagnostics.clock import Clock
from diagnostics.collect import Collector
from diagnostics.evidence import Evidence
from diagnostics.reads import Answer, ReadError, SessionSettings
from diagnostics.watch import Watch
from sandbox import blobs
from sandbox.images import Image, load_catalogue, push
from sandbox.moto_defects import mend
from sandbox.moto_server import share_botocores_files
from tests.e2e.causes.front import Layers
from tests.sandbox.ecs.conftest import ACCOUNT, BREAKER, REGION, World

REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
IMAGES = Path(__file__).with_name("images.yaml")
share_botocores_files()


def download(url: str, limit: int) -> bytes:
    """Return what is behind an address that the registry gave out, in this process."""
    blob = blobs.read(url)
    if blob is None or len(blob) > limit:
        raise ReadError(Answer("GET", "404", "there is nothing"))
    return blob


class Sessions:
    """Makes clients as boto3's session does, each once a process: reading a service's model takes longest."""

    region_name = REGION

    def client(self, service: str, **settings: Any) -> Any:
        return _client(service, **settings)


@cache
def _client(service: str, **settings: Any) -> Any:
    return boto3.Session("test", "test", region_name=REGION).client(service, **settings)


class SteppedEcsClock(Clock):
    """ECS's clock, as a watcher reads it, where tests step it."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now()

    def real(self, seconds: float) -> float:
        return seconds


class Account(World):
    """A world with a watch, which begins just before the last CreateService or UpdateService.

    `step` also does what was asked for with `later` and `when`.
    """

    def __init__(self, seed: int = 1) -> None:
        mend()
        super().__init__(seed=seed)
        self.catalogue = {image.name: image for image in load_catalogue().images}
        self.add_images(IMAGES)
        self.reader = self._reader(Sessions())
        self.watch: Watch | None = None
        self.since = self.clock.now()
        self._due: list[tuple[Callable[[], object], Callable[[], object]]] = []

    @property
    def hosts(self) -> Any:
        return self.world.hosts

    @property
    def region(self) -> Any:
        return self.world.region(ACCOUNT, REGION)

    def add_images(self, file: Path) -> None:
        added = load_catalogue(file)
        self.region.surroundings._catalogue.add(added.images)
        push(added, ACCOUNT, REGION)
        self.catalogue |= {image.name: image for image in added.images}

    # --- making and changing the service

    def register_image(self, name: str, container: Mapping[str, Any] | None = None, **settings: Any) -> str:
        """Register a task definition of an image of the registry, with the port that it listens on."""
        image: Image | None = self.catalogue.get(name)
        port = image.listens.port if image and image.listens else 5001
        given = {"image": f"{REGISTRY}/{name}", "portMappings": [{"containerPort": port}], **(container or {})}
        return self.register("", given, **settings)

    def run(self, name: str, container: Mapping[str, Any] | None = None, **settings: Any) -> None:
        """Deploy an image as a service without a load balancer; `definition` holds settings of the task definition."""
        self.deploy(self.register_image(name, container, **settings.pop("definition", {})), **settings)

    def serve(self, name: str, container: Mapping[str, Any] | None = None, **settings: Any) -> None:
        """Deploy an image behind the load balancer; `group` holds settings of the target group, or is its ARN."""
        image: Image | None = self.catalogue.get(name)
        port = settings.pop("port", image.listens.port if image and image.listens else 5001)
        group = settings.pop("group", {})
        arn = group if isinstance(group, str) else self.target_group(**{"Port": port, **group})
        mapped = {"portMappings": [{"containerPort": port}], **(container or {})}
        definition = self.register_image(name, mapped, **settings.pop("definition", {}))
        balancer = {"targetGroupArn": arn, "containerName": "app", "containerPort": port}
        self.deploy(definition, loadBalancers=[balancer], **settings)

    def deploy(self, definition: str, **settings: Any) -> None:
        """Create the service, or update it where it is there."""
        found = self.ecs.describe_services(cluster="main", services=["shop"])["services"]
        if found and found[0]["status"] == "ACTIVE":
            self.update(taskDefinition=definition, **settings)
        else:
            self.create(definition, **settings)

    def healthy_before(self, name: str = "made:serves", **settings: Any) -> None:
        """Have a revision that serves, so that what comes is an update."""
        self.serve(name, **settings)
        self.until(self.completed, within=900, by=5)

    def create(self, definition: str, target_group: str | None = None, **settings: Any) -> dict[str, Any]:
        self._begin()
        return super().create(definition, target_group, **settings)

    def update(self, **settings: Any) -> dict[str, Any]:
        self._begin()
        return super().update(**settings)

    def _begin(self) -> None:
        clock = SteppedEcsClock(self.clock.now)
        self.since = clock.now()
        self.watch = Watch(
            Collector(self.reader, "main", "shop", clock), clock, since=self.since.timestamp(), jitter=lambda: 0.5
        )
        self.watch.begin()

    # --- what happens meanwhile

    def later(self, seconds: float, action: Callable[[], object]) -> None:
        """Do something so many seconds after the deployment was asked for."""
        self.when(lambda: (self.clock.now() - self.since).total_seconds() >= seconds, action)

    def when(self, true: Callable[[], object], action: Callable[[], object]) -> None:
        """Do something once, as soon as something is true."""
        self._due.append((true, action))

    def step(self, seconds: float) -> None:
        super().step(seconds)
        for entry in list(self._due):
            if entry[0]():
                self._due.remove(entry)
                entry[1]()

    def running(self) -> list[dict[str, Any]]:
        """Return the newest deployment's tasks that are RUNNING."""
        primary = self.primary()["id"]
        return [task for task in self.tasks() if task["startedBy"] == primary and task["lastStatus"] == "RUNNING"]

    def front(self) -> Layers:
        """Put the sandbox's own layers, for faults and callers, between AWS and the clients of watches to come."""
        layers = Layers(self.clock.now, self.step)
        self.reader = self._reader(layers)
        return layers

    def _reader(self, session: Any) -> Reader:
        reader = Reader(SessionSettings(region=REGION))
        reader.session = session
        return reader

    # --- an update that AWS refuses

    def refused(self, error: ClientError) -> Evidence:
        """Return what is known of an update that ended with an error: what AWS said, and what stands there."""
        said = error.response["Error"]
        answer = Answer(error.operation_name, said["Code"], said["Message"]).to_document()
        seen = Collector(self.reader, "main", "shop", SteppedEcsClock(self.clock.now)).describe()
        return Evidence.parse({**seen.document, "errors": [answer]})


__all__ = ["ACCOUNT", "BREAKER", "REGION", "REGISTRY", "Account"]
