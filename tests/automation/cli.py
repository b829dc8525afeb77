"""A Pulumi CLI that notes what it is asked, and the project that it is asked about; no resource is in its plan."""

from pathlib import Path
from typing import Any

from automation.engine.install import Engine
from automation.engine.project import Project
from automation.request import Request
from diagnostics.clock import ServerClock, machine_clock


class Cli:
    """It ends well, whatever it is asked, but for `up`, which is a command of the shell."""

    def __init__(self, folder: Path, up: str = "exit 0") -> None:
        self.folder = folder
        self.log = folder / "calls"
        self.cli = folder / "pulumi"
        noted = f'echo "$2" >> {self.log}'
        user = f'{{"user": "ana", "url": "file://{folder}"}}'
        self.cli.write_text(f"#!/bin/sh\n{noted}\ncase $2 in up) {up};; whoami) echo '{user}';; esac\n")
        self.cli.chmod(0o700)
        (folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")

    def request(self, **settings: Any) -> Request:
        project = settings.pop("project", None) or Project(self.folder, "shop", "python", None, {})
        environment = {"PULUMI_BACKEND_URL": f"file://{self.folder}"}
        clock = ServerClock(machine_clock())
        return Request(project, "dev", Engine(self.cli, "3.259.0", "PATH"), environment, clock, **settings)

    @property
    def calls(self) -> list[str]:
        """The commands that it was asked for."""
        return self.log.read_text().split() if self.log.exists() else []
