"""What is asked of a run, and what is made of it first: the open stack, this run's settings, the place in AWS."""

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from automation.ending.first_deployment import FirstFailure
from automation.ending.interrupts import Asker, Choice, Nobody
from automation.engine.install import Engine
from automation.engine.project import Project, settings_of_run, stack_settings, write_settings
from automation.engine.workspace import OpenStack, config_file_of_run, unasked_stack
from automation.proof.wish import Wish

# A run waits for what this module imports; the rest is imported while the engine previews (`ahead/beginning.py`).
if TYPE_CHECKING:
    from automation.aws.site import AwsSite
    from automation.history.recording import History
    from automation.outcome import Outcome
    from automation.preflight.plan import Plan
    from automation.watcher import Watchable
    from diagnostics.clock import ServerClock


def _as_it_is(outcome: "Outcome") -> "Outcome":
    return outcome


@dataclass(frozen=True)
class Request:
    """What a person asked for, and where it is to happen."""

    project: Project
    stack: str | None
    engine: Engine
    environment: Mapping[str, str]
    """Laid over the process's own for the engine, its provider and the program."""
    clock: "ServerClock"
    config: Sequence[str] = ()
    """`KEY=VALUE`, for this run only."""
    defaults: Mapping[str, Any] | None = None
    """Configuration for keys that nobody sets."""
    timeout_minutes: float = 30.0
    abort: bool = True
    on_interrupt: Choice = Choice.LEAVE
    first_failure: FirstFailure = FirstFailure.LEAVE
    asker: Asker = field(default_factory=Nobody)
    extra_tasks: Wish = field(default_factory=Wish)
    create_stack: bool = False
    preflight: bool = True
    """Whether what the update plans is checked before anything changes."""
    skip_checks: Sequence[str] = ()
    """Ids of checks that are left out."""
    read_secret_keys: bool = False
    """Whether the checks may read values of secrets for the names of their keys."""
    require_new_revision: bool = False
    """Whether an update that deploys no new revision is refused."""
    approve: "Callable[[OpenStack, Plan], bool] | None" = None
    """Asked before anything changes, with the stack and what the update would do."""
    history: "History | None" = None
    """Where the run's record goes; None keeps none."""
    configuration: Mapping[str, Any] | None = None
    """The whole configuration, in place of the stack's own with `config` and `defaults`: what a record holds."""
    judge: "Callable[[Outcome], Outcome]" = _as_it_is
    """What else must be true of the outcome."""

    @property
    def looks_ahead(self) -> bool:
        """Whether what the update would do has to be known before it."""
        return bool(self.preflight or self.require_new_revision or self.approve or self.extra_tasks)


@contextmanager
def opening(request: Request) -> Iterator[tuple[OpenStack, Path, Mapping[str, Any]]]:
    """Keep this run's settings in a file meanwhile; the stack, which may not be there, that file, the configuration.

    Raises:
        UsageError: the stack or its configuration is not as it must be; nothing was touched.
    """
    opened = unasked_stack(
        request.project, request.stack, request.engine, request.environment, create=request.create_stack
    )
    name = opened.stack.name
    config_file = config_file_of_run(request.project, name)
    try:
        settings = _settings(request, name)
        write_settings(settings, config_file)
        yield opened, config_file, settings["config"]
    finally:
        shutil.rmtree(config_file.parent, ignore_errors=True)


def _settings(request: Request, stack: str) -> dict[str, Any]:
    if request.configuration is None:
        return settings_of_run(request.project, stack, request.config, request.defaults or {})
    return stack_settings(request.project, stack) | {"config": dict(request.configuration)}


def site_of(
    request: Request, stack: str, watched: "Callable[[Watchable], Watchable]" = lambda watch: watch
) -> "AwsSite":
    """Return where the request's services are in AWS; each watch of it is what `watched` makes of one."""
    from automation.aws.clients import session_of
    from automation.aws.site import AwsSite
    from diagnostics.aws import Reader

    run = f"{stack.rsplit('/', 1)[-1]}-{request.clock.now():%Y%m%dT%H%M%SZ}"
    evidence = request.project.directory / ".failwell" / "evidence"
    new_reader = partial(Reader, clock=request.clock)
    return AwsSite(session_of(request.environment), request.clock, evidence, run, watched, new_reader)
