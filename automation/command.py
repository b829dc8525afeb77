"""The Pulumi CLI as a process that can be interrupted: its own session, and its handle kept."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping
from typing import IO

from pulumi.automation import CommandResult, PulumiCommand
from pulumi.automation.errors import create_command_error
from semver import VersionInfo

from automation.engine import Engine


class InterruptibleCommand(PulumiCommand):
    """Runs the CLI for the Automation API, and lets another thread send it SIGINT.

    The SDK keeps no handle and starts the CLI in the terminal's own process group, so that ^C would reach both at
    once. Here the CLI has a session of its own: only `interrupt` reaches it.
    """

    def __init__(self, engine: Engine) -> None:  # the SDK's own runs `pulumi version` once more; we know it already
        self.command = str(engine.executable)
        self.version = VersionInfo.parse(engine.version)
        self._running: subprocess.Popen[str] | None = None

    def run(
        self,
        args: list[str],
        cwd: str,
        additional_env: Mapping[str, str],
        on_output: Callable[[str], object] | None = None,
        on_error: Callable[[str], object] | None = None,
    ) -> CommandResult:
        """Run one command of the CLI to its end, as `PulumiCommand.run` does.

        Raises:
            CommandError: the CLI exited with another code than 0.
        """
        folder = os.path.dirname(self.command)  # noqa: PTH120 - a plain string for an environment variable
        environment = os.environ | dict(additional_env) | {"PULUMI_AUTOMATION_API": "true"}
        environment["PATH"] = os.pathsep.join([folder, environment.get("PATH", os.defpath)])
        with subprocess.Popen(
            [self.command, "--non-interactive", *args],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            cwd=cwd,
            env=environment,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        ) as process:
            self._running = process
            assert process.stdout is not None  # noqa: S101 - for the type checker: both were asked for above
            assert process.stderr is not None  # noqa: S101
            error_lines: list[str] = []
            reader = threading.Thread(target=_read, args=(process.stderr, on_error, error_lines))
            reader.start()
            output_lines: list[str] = []
            _read(process.stdout, on_output, output_lines)
            reader.join()
        self._running = None
        result = CommandResult(stdout="\n".join(output_lines), stderr="\n".join(error_lines), code=process.returncode)
        if result.code != 0:
            raise create_command_error(result)
        return result

    def interrupt(self) -> bool:
        """Send SIGINT to the command that is running: the first cancels the update, the second cuts it off.

        Returns whether there was one.
        """
        process = self._running
        if process is None or process.poll() is not None:
            return False
        process.send_signal(signal.SIGINT)
        return True


def _read(stream: IO[str], callback: Callable[[str], object] | None, lines: list[str]) -> None:
    for line in stream:
        lines.append(line.rstrip())
        if callback:
            callback(lines[-1])
