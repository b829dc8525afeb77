"""The story that failwell began with: a program moves from port 5001 to 5201, deployed without failwell and with it.

    make demo        or: .venv/bin/python -m benchmarks.demo [--speed 20]

Each way has a sandbox of its own, both alike to the seed, in which the same revision serves first. One way is plain
`pulumi up`, by the same engine and program; the component's error hook, which would explain there too, is off, so that
nothing of failwell is left in it. Both run at the same time. Lines carry the time on ECS's clock; the table at the end
says what ECS itself recorded, and what the commands took in real time, where the engine's own work weighs more than on
AWS: it does not get faster with the clock.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from automation.engine.install import Engine, ensure_engine, language_host_path
from automation.engine.project import Project, read_project, settings_of_run, write_settings
from automation.engine.workspace import WATCHED
from sandbox import process
from sandbox.process import Sandbox
from sandbox.server import connector

ROOT = Path(__file__).resolve().parent.parent
STACK = "sandbox"
GOOD, MOVED = "image=shop:good-1", "image=shop:port-5201"
SERVICE = "shop"
LINKED = ("Pulumi.yaml", "__main__.py", "components", "example")
"""What the example's project consists of."""
OWN_TIME = re.compile(r"\d\d:\d\d:\d\d  ")


@dataclass(frozen=True)
class Ended:
    """How one way of deploying ended: by its own words, by ECS's records, and by the clock on the wall."""

    name: str
    exit_code: int
    said: str
    deployment: Mapping[str, Any]
    real_seconds: float

    def ecs_seconds(self) -> str:
        """Return how long ECS says that the deployment lasted, until what was there before served again."""
        created, finished = self.deployment["createdAt"], self.deployment.get("finishedAt")
        return f"{(finished - created).total_seconds():.0f} s" if finished else "has not ended"


class Stage:
    """A project in a folder of its own with a sandbox, and the two ways to deploy there."""

    def __init__(self, folder: Path, speed: float, engine: Engine, console: Console) -> None:
        folder.mkdir()
        for part in LINKED:
            (folder / part).symlink_to(ROOT / part)
        self.project: Project = read_project(folder)
        self.sandbox: Sandbox = process.start(folder / ".failwell" / "sandbox", speed=speed)
        self.console = console
        self._engine = engine
        self._ecs = connector(self.sandbox.endpoint)("ecs")
        self._cluster = str(self.sandbox.defaults()["cluster_arn"])

    def say(self, name: str, line: str) -> None:
        """Print a line, with who says it and the time on ECS's clock, which some bring themselves."""
        now, _speed = self.sandbox.clock()
        stamp = "" if OWN_TIME.match(line) else f"{now:%H:%M:%S}  "
        self.console.print(Text.assemble((f"{name:14}", "cyan"), stamp, line))

    def plain_pulumi(self, *given: str) -> Ended:
        """Run the engine's own `pulumi up`, as somebody does who has never heard of failwell."""
        settings = settings_of_run(self.project, STACK, given, self.sandbox.defaults())
        file = write_settings(settings, self.project.directory / ".failwell" / "demo" / f"Pulumi.{STACK}.yaml")
        environment = {**self.sandbox.environment(), "PULUMI_PYTHON_CMD": self.project.python(), WATCHED: "true"}
        if host := language_host_path(self._engine):
            environment["PATH"] = os.pathsep.join([host, os.environ.get("PATH", os.defpath)])
        command = [str(self._engine.executable), "up", "--yes", "--skip-preview", "--non-interactive"]
        command += ["--color", "never", "--suppress-outputs", "--stack", STACK, "--config-file", str(file)]
        return self._run("pulumi up", command, environment)

    def failwell(self, *given: str, aloud: bool = True) -> Ended:
        """Run `deploy.py up`."""
        command = [sys.executable, str(ROOT / "deploy.py"), "up", "--sandbox", "--stack", STACK]
        command += ["--project", str(self.project.directory)]
        command += [part for each in given for part in ("--config", each)]
        return self._run("deploy.py up", command, {}, aloud=aloud)

    def _run(self, name: str, command: Sequence[str], environment: Mapping[str, str], *, aloud: bool = True) -> Ended:
        began = time.monotonic()
        lines = []
        with subprocess.Popen(
            command,
            cwd=self.project.directory,
            env=os.environ | environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as running:
            for line in running.stdout or ():
                if line := line.rstrip():
                    lines.append(line)
                    if aloud:
                        self.say(name, line)
        return Ended(name, running.returncode, last_words(lines), self._last_deployment(), time.monotonic() - began)

    def _last_deployment(self) -> Mapping[str, Any]:
        given = self._ecs.list_service_deployments(cluster=self._cluster, service=SERVICE)["serviceDeployments"]
        latest: Mapping[str, Any] = max(given, key=lambda each: each["createdAt"])
        return latest

    def serves(self) -> Sequence[str]:
        """Return what runs, as ECS says it."""
        (service,) = self._ecs.describe_services(cluster=self._cluster, services=[SERVICE])["services"]
        revision = service["taskDefinition"].rsplit("/", 1)[-1]
        return (
            f"{revision} serves: {service['runningCount']} of {service['desiredCount']} tasks run",
            f"{len(service['deployments'])} deployment, {service['deployments'][0]['rolloutState']}",
        )


def last_words(lines: Sequence[str]) -> str:
    """Return what a tool says went wrong and what to do: `error[…]` and `help:` lines, or the engine's own."""
    said = [line.strip() for line in lines]
    if own := [line for line in said if line.startswith(("error[", "help: "))]:
        return "\n".join(own)
    found = [line.removeprefix("* ") for line in said if line.startswith(("* ", "error: "))]
    return max(found, key=len, default="")


def main() -> None:
    """Play the story and clean up."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--speed", type=float, default=20, help="how many times faster than real time ECS's clock runs")
    asked = parser.parse_args()
    console = Console(soft_wrap=True)
    console.print("looking for the Pulumi CLI (where there is none it is downloaded or built, once)")
    engine = ensure_engine(lambda _what, _share: None)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="failwell-demo-") as folder:
        homes = [Path(folder) / name for name in ("without", "with")]
        try:
            with ThreadPoolExecutor() as both:  # at the same time, so that their clocks agree
                without, aided = both.map(lambda home: Stage(home, asked.speed, engine, console), homes)
            play(without, aided, console)
        finally:
            for home in homes:
                process.stop(home / ".failwell" / "sandbox")
    spent = time.monotonic() - began
    console.print(f"Both sandboxes are stopped and their folders removed. {spent:.0f} s in all.")


def play(without: Stage, aided: Stage, console: Console) -> None:
    """Deploy the good image in both sandboxes, then the moved one in each its way, and compare."""
    console.print(f"two local AWS are up; their clocks run {without.sandbox.speed:g} times as fast as real time\n")
    console.print("[bold]1. The program listens on port 5001, and serves.[/]  In both: deploy.py up, image shop:good-1")
    with ThreadPoolExecutor() as both:
        for first in both.map(lambda stage: stage.failwell(GOOD, aloud=False), (without, aided)):
            if first.exit_code:
                raise SystemExit(f"the first deployment failed: {first.said}")
    for name, stage in (("pulumi up", without), ("deploy.py up", aided)):
        stage.say(name, "; ".join(stage.serves()))
    console.print(
        "\n[bold]2. The program listens on 5201 now.[/]  Each its way, at the same time: image shop:port-5201"
    )
    with ThreadPoolExecutor() as both:
        ways = both.submit(without.plain_pulumi, MOVED), both.submit(aided.failwell, MOVED)
        plain, explained = (way.result() for way in ways)
    console.print()
    console.print(compared(plain, explained))
    for name, stage in (("pulumi up", without), ("deploy.py up", aided)):
        console.print(f"left by {name}: {'; '.join(stage.serves())}")


def compared(*ways: Ended) -> Table:
    """Return the two ways side by side."""
    table = Table("", show_lines=True)
    for each in ways:
        table.add_column(each.name, overflow="fold")
    table.add_row("until the old revision served again, by ECS's records", *(each.ecs_seconds() for each in ways))
    table.add_row("how the deployment ended", *(str(each.deployment["status"]) for each in ways))
    table.add_row("the command took, in real time", *(f"{each.real_seconds:.0f} s" for each in ways))
    table.add_row("exit code", *(str(each.exit_code) for each in ways))
    table.add_row("what it said", *(escape(each.said) for each in ways))
    return table


if __name__ == "__main__":
    main()
