"""The Pulumi CLI as a process that can be interrupted: its own session, and its handle kept."""

import json
import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from automation.engine.attributes import folder_of, is_unreadable, remove_empty
from automation.engine.install import Engine


class InterruptibleCommand(PulumiCommand):
    """Runs the CLI for the Automation API, and lets another thread send it SIGINT.

    The SDK keeps no handle and starts the CLI in the terminal's own process group, so that ^C would reach both at
    once. Here the CLI has a session of its own: only `interrupt` reaches it.
    """

    def __init__(self, engine: Engine) -> None:  # the SDK's own runs `pulumi version` once more; we know it already
        self.command = str(engine.executable)
        self.version = VersionInfo.parse(engine.version)
        self._running: subprocess.Popen[bytes] | None = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> CommandResult:
        """Run one command of the CLI to its end, as `PulumiCommand.run` does; what it prints is told at the end.

        It is run once more where it could not read the state for what a killed CLI left beside it.

        Raises:
            CommandError: the CLI exited with another code than 0.
        """
        result = self._run_once(args, cwd, additional_env)
        if result.code and is_unreadable(result.stderr) and self._mend(cwd, additional_env):
            result = self._run_once(args, cwd, additional_env)
        _tell(result.stdout, on_output)
        _tell(result.stderr, on_error)
        if result.code != 0:
            raise create_command_error(result)
        return result

    def _run_once(self, args: list[str], cwd: str, additional_env: Mapping[str, str]) -> CommandResult:
        folder = os.path.dirname(self.command)  # noqa: PTH120 - a plain string for an environment variable
        environment = os.environ | dict(additional_env) | {"PULUMI_AUTOMATION_API": "true"}
        environment["PATH"] = os.pathsep.join([folder, environment.get("PATH", os.defpath)])
        # Files and no pipes: if this process is killed, the CLI brings the update to its end and gives its lock back,
        # where a pipe that nobody reads would kill it at its next line (SIGPIPE), with an operation pending.
        with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as errors:
            with subprocess.Popen(
                [self.command, "--non-interactive", *args],
                stdout=output,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                cwd=cwd,
                env=environment,
                start_new_session=True,
            ) as process:
                self._running = process
            self._running = None
            return CommandResult(stdout=_read(output), stderr=_read(errors), code=process.returncode)

    def _mend(self, cwd: str, additional_env: Mapping[str, str]) -> bool:
        """Remove what makes the state of a backend that is a folder unreadable; return whether there was anything."""
        environment = os.environ | dict(additional_env)
        folder = folder_of(environment.get("PULUMI_BACKEND_URL", ""))
        if folder is None:
            who = self._run_once(["whoami", "--json"], cwd, additional_env)
            folder = None if who.code else folder_of(json.loads(who.stdout)["url"])
        return folder is not None and bool(remove_empty(folder))

    def interrupt(self) -> bool:
        """Send SIGINT to the command that is running: the first cancels the update, the second cuts it off.

        Returns whether there was one.
        """
        process = self._running
        if process is None or process.poll() is not None:
            return False
        process.send_signal(signal.SIGINT)
        return True


def _read(file: IO[bytes]) -> str:
    file.seek(0)
    return "\n".join(line.rstrip() for line in file.read().decode("utf-8", errors="replace").splitlines())


def _tell(text: str, callback: Callable[[str], object] | None) -> None:
    if callback:
        for line in text.splitlines():
            callback(line)
