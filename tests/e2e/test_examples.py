"""Each program of docs/examples as it stands there: previewed, deployed, proven, unchanged by a second run, removed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from automation.engine import Engine, ensure_engine
from automation.project import Project, read_project, settings_of_run, write_settings
from automation.workspace import OpenStack, open_stack
from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector
from tests.e2e.conftest import ROOT
from tests.e2e.inventory import Connect, inventory

pytestmark = pytest.mark.e2e

EXAMPLES = ROOT / "docs" / "examples"
SPEED = 600
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@dataclass(frozen=True)
class Story:
    """What an example is given, and how many services it makes."""

    image: str = "shop:good-1"
    config: Mapping[str, str] = field(default_factory=dict)
    """Values of configuration; those of images are completed with the registry."""
    services: int = 1
    next_images: tuple[str, ...] = ()
    """Deployed one after the other after the first one."""
    before_destroy: Mapping[str, str] = field(default_factory=dict)


STORIES = {
    "smallest": Story(),
    "existing-listener": Story(),
    "public-load-balancer": Story(before_destroy={"deletion_protection": "false"}),
    "worker": Story("python-boto3:needs-bucket", {"bucket_arn": "arn:aws:s3:::shop-data"}),
    "autoscaled": Story(),
    "spot": Story(),
    "sidecar-efs": Story(config={"proxy_image": "go-http:good-1"}),
    "arm64": Story("shop:arm64-only"),
    "shared-cluster": Story(config={"other_image": "shop:good-2"}, services=2),
    "blue-green": Story(next_images=("shop:good-2",)),
    "canary": Story(next_images=("shop:good-2",)),
}


@dataclass(frozen=True)
class Handed:
    """The sandbox that all examples share, and what its platform hands over beside the defaults."""

    sandbox: Sandbox
    engine: Engine
    connect: Connect
    config: Mapping[str, str]


@pytest.fixture(scope="module")
def handed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handed]:
    directory = tmp_path_factory.mktemp("sandbox")
    sandbox = process.start(directory, speed=SPEED)
    connect = connector(sandbox.endpoint)
    engine = ensure_engine(lambda _what, _share: None)
    yield Handed(sandbox, engine, connect, platform(connect, sandbox.region, sandbox.defaults()))
    process.stop(directory)


def platform(connect: Connect, region: str, defaults: Mapping[str, Any]) -> dict[str, str]:
    """Make what a platform has and the sandbox has not: a certificate, and public subnets in two zones."""
    ec2 = connect("ec2")
    subnets = ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [defaults["vpc_id"]]}])["Subnets"]
    public = next(each for each in subnets if each["SubnetId"] not in defaults["subnet_ids"])
    zone = f"{region}b"
    second = ec2.create_subnet(VpcId=defaults["vpc_id"], CidrBlock="10.0.1.0/24", AvailabilityZone=zone)["Subnet"]
    certificate = connect("acm").request_certificate(DomainName="shop.example.com")
    return {
        "public_subnet_ids": f"{public['SubnetId']},{second['SubnetId']}",
        "certificate_arn": certificate["CertificateArn"],
    }


class Example:
    """A program of docs/examples in a folder with `failwell` beside it, as in an environment that has the wheel."""

    def __init__(self, name: str, folder: Path, handed: Handed) -> None:
        self.story, self._handed, self.directory = STORIES[name], handed, folder
        for path in (EXAMPLES / name).iterdir():
            (folder / path.name).symlink_to(path)
        (folder / "failwell").symlink_to(ROOT / "components")
        (folder / ".failwell").mkdir()
        (folder / ".failwell" / "sandbox").symlink_to(handed.sandbox.directory)
        self.project: Project = read_project(folder)

    def config(self, image: str | None = None, **more: str) -> list[str]:
        """Return `KEY=VALUE` for each key that the project declares and the sandbox does not hand over."""
        given = {**self._handed.config, **self.story.config, "image": image or self.story.image, **more}
        complete = {key: f"{REGISTRY}/{value}" if key.endswith("image") else value for key, value in given.items()}
        return [f"{key}={value}" for key, value in complete.items() if key in self.project.declared]

    def open(self) -> OpenStack:
        environment = self._handed.sandbox.environment()
        return open_stack(self.project, "sandbox", self._handed.engine, environment, create=True)

    def preview(self) -> dict[str, int]:
        """Return the planned operations, each with its number of resources."""
        settings = settings_of_run(self.project, "sandbox", self.config(), self._handed.sandbox.defaults())
        file = write_settings(settings, self.directory / "preview" / "Pulumi.sandbox.yaml")
        summary = self.open().stack.preview(color="never", config_file=str(file)).change_summary
        return {str(getattr(kind, "value", kind)): count for kind, count in summary.items()}

    def up(self, *config: str) -> dict[str, Any]:
        """Deploy with `deploy.py up`; return the outcome, which is asked to be a success."""
        file = self.directory / "outcome.json"
        given = [part for each in config or self.config() for part in ("--config", each)]
        # So many minutes of this clock are a real one, which the engine needs for itself on a slow machine.
        self._run("up", "--no-preflight", "--timeout", str(SPEED), "--json", str(file), *given)
        outcome: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return outcome

    def destroy(self) -> None:
        self._run("destroy")

    def changes(self) -> dict[str, int]:
        """Return what the last update did, each with its number of resources."""
        (last,) = self.open().stack.history(page_size=1, page=1)
        return dict(last.resource_changes or {})

    def _run(self, command: str, *arguments: str) -> None:
        where = ("--project", str(self.directory), "--sandbox")
        ended = subprocess.run(
            [sys.executable, ROOT / "deploy.py", command, *where, *arguments],
            capture_output=True,
            text=True,
            timeout=240,
            stdin=subprocess.DEVNULL,
            check=False,
        )
        assert ended.returncode == 0, f"exit {ended.returncode}\n{ended.stdout}\n{ended.stderr}"


def test_every_example_has_a_story() -> None:
    assert {path.parent.name for path in EXAMPLES.glob("*/__main__.py")} == set(STORIES)


@pytest.mark.parametrize("name", STORIES)
def test_an_example_is_previewed_deployed_left_alone_and_removed(name: str, handed: Handed, tmp_path: Path) -> None:
    before = inventory(handed.connect)
    example = Example(name, tmp_path, handed)
    planned = example.preview()
    assert set(planned) == {"create"}

    outcome = example.up()
    assert [service["result"] for service in outcome["services"]] == ["serving"] * example.story.services
    assert all(service["proof"]["proven"] for service in outcome["services"])
    for image in example.story.next_images:
        (service,) = example.up(*example.config(image))["services"]
        assert service["revision_after"] != service["revision_before"]
    last = example.config(*example.story.next_images[-1:])
    example.up(*last)
    assert set(example.changes()) == {"same"}

    if example.story.before_destroy:
        example.up(*example.config(*example.story.next_images[-1:], **example.story.before_destroy))
    example.destroy()
    assert inventory(handed.connect) - before == set()
    shutil.rmtree(tmp_path, ignore_errors=True)
