"""How `up` and `watch` show what goes on: a live view on a terminal, else a line for each change."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from commands.running import Printer, refuse

if TYPE_CHECKING:
    from automation.ending.interrupts import Asker


@dataclass(frozen=True)
class Shown:
    """Where a run's words and messages go."""

    say: Callable[[str], None]
    """Takes a line."""
    follow: Callable[[Any], None] | None
    """Takes every message of the run, for a view; None where there is none."""
    aside: "Callable[[Asker], Asker]"
    """Makes an asker put a view aside while it asks."""


@contextmanager
def showing(title: str, printer: Printer, *, verbose: bool) -> Iterator[Shown]:
    """Show a run: in a live view, or as lines with `--quiet`, `TERM=dumb`, `CI` or without a terminal."""
    from diagnostics.render.live_screen import can_draw

    if printer.quiet or printer.clock is None or not can_draw(sys.stderr, os.environ):
        yield Shown(printer.say, None, lambda asker: asker)
        return
    from automation.telling.live_view import AskingAside, LiveView

    colour = not os.environ.get("NO_COLOR")
    with LiveView(title, printer.clock, sys.stderr, printer.say, colour=colour, verbose=verbose) as view:
        yield Shown(view.say, view.take, lambda asker: AskingAside(asker, view))


def check_loudness(*, quiet: bool, verbose: bool) -> None:
    """Refuse `--quiet` together with `--verbose`."""
    if quiet and verbose:
        refuse("--quiet and --verbose contradict each other: give one of them")


def title(command: str, project: str, stack: str | None) -> str:
    """Return what runs: `up: shop (dev)`."""
    return f"{command}: {project}{f' ({stack})' if stack else ''}"
