"""Programs in a folder of their own, run by `deploy.py` against one sandbox that they share."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.engine.install import Engine, ensure_engine
from automation.engine.project import Project, read_project, settings_of_run, write_settings
from automation.engine.workspace import OpenStack, open_stack
from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector
from tests.e2e.inventory import Connect

ROOT = Path(__file__).resolve().parents[2]
SPEED = 600
REGISTRY = "123456789012.dkr.ecr.eu-west-1.amazonaws.com"


@dataclass(frozen=True)
class Handed:
    """The sandbox that all examples share, and what its platform hands over beside the defaults."""

    sandbox: Sandbox
    engine: Engine
    connect: Connect
    config: Mapping[str, str]


@contextmanager
def handing(directory: Path, speed: float = SPEED) -> Iterator[Handed]:
    """Start a sandbox in a directory, and end it."""
    sandbox = process.start(directory, speed=speed)
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


class Program:
    """A program in a folder with `failwell` beside it, as in an environment that has the wheel.

    `given` are values for the keys that it declares; those of images are completed with the registry.
    """

    def __init__(self, source: Path, given: Mapping[str, str], folder: Path, handed: Handed) -> None:
        self._given, self._handed, self.directory = given, handed, folder
        for path in source.iterdir():
            (folder / path.name).symlink_to(path)
        (folder / "failwell").symlink_to(ROOT / "components")
        (folder / ".failwell").mkdir()
        (folder / ".failwell" / "sandbox").symlink_to(handed.sandbox.directory)
        self.project: Project = read_project(folder)

    def _config(self, more: Mapping[str, str]) -> Sequence[str]:
        given = {**self._handed.config, **self._given, **more}
        complete = {key: f"{REGISTRY}/{value}" if key.endswith("image") else value for key, value in given.items()}
        return [f"{key}={value}" for key, value in complete.items() if key in self.project.declared]

    def _open(self) -> OpenStack:
        environment = self._handed.sandbox.environment()
        return open_stack(self.project, "sandbox", self._handed.engine, environment, create=True)

    def preview(self, **more: str) -> dict[str, int]:
        """Return the planned operations, each with its number of resources."""
        settings = settings_of_run(self.project, "sandbox", self._config(more), self._handed.sandbox.defaults())
        file = write_settings(settings, self.directory / "preview" / "Pulumi.sandbox.yaml")
        summary = self._open().stack.preview(color="never", config_file=str(file)).change_summary
        return {str(getattr(kind, "value", kind)): count for kind, count in summary.items()}

    def up(self, **more: str) -> dict[str, Any]:
        """Deploy with `deploy.py up`, which has to end well; return the outcome."""
        file = self.directory / "outcome.json"
        given = [part for each in self._config(more) for part in ("--config", each)]
        # So many minutes of this clock are a real one, which the engine needs for itself on a slow machine.
        self._run("up", "--no-preflight", "--timeout", str(SPEED), "--json", str(file), *given)
        outcome: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return outcome

    def destroy(self) -> None:
        """Remove with `deploy.py destroy`, which has to end well."""
        self._run("destroy")

    def changes(self) -> dict[str, int]:
        """Return what the last update did, each with its number of resources."""
        (last,) = self._open().stack.history(page_size=1, page=1)
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
