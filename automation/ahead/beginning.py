"""How a run begins: its stack, its settings, and the preview, which is under way before the rest of this tool is read.

The preview is other processes' work and takes seconds. What the checks, the watch and the proof are made of, and the
clients of AWS, is imported meanwhile: so this module and what it imports are few, and a test holds them to that.
"""

import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from automation.engine.workspace import OpenStack
from automation.preflight.plan import Plan, preview
from automation.request import Request, opening

_STEP = 0.05
"""Seconds between two tries to interrupt a preview: the CLI may not have been started yet."""


class Previewing:
    """A preview of an update, in a thread of its own."""

    def __init__(self, opened: OpenStack, config_file: Path) -> None:
        self._opened = opened
        self._config_file = config_file
        self._plan: Future[Plan] = Future()
        self._given_up = threading.Event()
        self._thread = threading.Thread(target=self._run, name="preview", daemon=True)
        self._thread.start()

    def plan(self) -> Plan:
        """Wait for the preview, and return its plan.

        Raises:
            UsageError: there is no such stack, or the backend does not let it be opened.
            PreviewError: the program cannot be previewed; the message is the engine's.
        """
        return self._plan.result()

    def stop(self) -> None:
        """Interrupt it where it still runs, and wait for its end: it holds no lock, and may be cut off."""
        self._given_up.set()
        told = False
        while self._thread.is_alive():
            told = told or self._opened.command.interrupt()
            self._thread.join(_STEP)

    def _run(self) -> None:
        try:
            self._plan.set_result(preview(self._opened, self._config_file, self._given_up.is_set))
        except BaseException as problem:  # noqa: BLE001 - it is raised where the plan is asked for
            self._plan.set_exception(problem)


@dataclass(frozen=True)
class Begun:
    """A run that has touched nothing yet."""

    opened: OpenStack
    config_file: Path
    """This run's settings."""
    configuration: Mapping[str, Any]
    previewing: Previewing | None
    """None where nobody wants to know what the update would do."""

    def plan(self) -> Plan:
        """Return what the update would do.

        Raises:
            UsageError: there is no such stack, or the backend does not let it be opened.
            PreviewError: the program cannot be previewed; the message is the engine's.
        """
        return self.previewing.plan() if self.previewing else preview(self.opened, self.config_file)


@contextmanager
def beginning(request: Request) -> Iterator[Begun]:
    """Open the stack, which may not be there, and preview its update from here on where that is wanted.

    Who leaves before the preview has ended ends it.

    Raises:
        UsageError: the stack or its configuration is not as it must be, or there is no such check to skip.
    """
    if request.skip_checks:
        from automation.preflight.running import check_ids

        check_ids(request.skip_checks)
    with opening(request) as (opened, config_file, configuration):
        previewing = Previewing(opened, config_file) if request.looks_ahead else None
        try:
            yield Begun(opened, config_file, configuration, previewing)
        finally:
            if previewing:
                previewing.stop()
