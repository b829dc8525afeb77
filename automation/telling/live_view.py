"""Shows a run on a terminal while it goes on: keeps the scene that messages make, and has a screen draw it."""

import contextlib
import threading
from collections.abc import Callable, Sequence
from types import TracebackType
from typing import Any, Self, TextIO

from automation.ending.interrupts import Asker, Choice
from automation.telling.live_state import Told, after
from diagnostics.clock import Clock
from diagnostics.render.lines import Line
from diagnostics.render.live_frame import frame, standing, summary
from diagnostics.render.live_screen import LiveScreen
from diagnostics.scene import Scene


class LiveView:
    """The view of one run. It opens with the first message; `with` ends it, and what is left of it is printed.

    Nothing that goes wrong in it reaches whoever runs: then it ends, and the lines are printed one by one again.
    """

    def __init__(
        self,
        title: str,
        clock: Clock,
        file: TextIO,
        say: Callable[[str], object],
        *,
        colour: bool = True,
        verbose: bool = False,
    ) -> None:
        """Make one.

        Args:
            title: what runs.
            clock: ECS's clock.
            file: the terminal.
            say: prints a line while nothing is drawn.
            colour: whether colours may be used.
            verbose: whether ECS's events are a part of what is left in the end.
        """
        self._clock = clock
        self._print_line = say
        self._scene = Scene(title, clock.now())
        self._lock = threading.Lock()
        self._screen = LiveScreen(file, self._frame, colour=colour)
        self._opened = False
        self._broken = False
        self._verbose = verbose

    def __enter__(self) -> Self:
        """Begin; the screen stays as it is until the first message."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the view, and print its summary where it was opened."""
        if self._opened:
            self._opened = False
            self._screen.close()
            if not self._broken:
                self._print(summary(self._scene, self._clock.now(), self._screen.width, events=self._verbose))

    @property
    def is_drawn(self) -> bool:
        """Whether it is on the screen now."""
        return self._screen.is_open

    def suspend(self) -> None:
        """Give the screen back for a while, with the state of the services on it."""
        if self._opened:
            self._screen.close()
            self._print(standing(self._scene, self._clock.now(), self._screen.width))

    def resume(self) -> None:
        """Draw again after `suspend`; nothing happens to a view that is drawn, was never opened or has ended."""
        if self._opened and not self._broken:
            self._screen.open()

    def say(self, line: str) -> None:
        """Take a line of the tool: into the view, or onto the screen where nothing is drawn."""
        if self._opened:
            self._fold(Told(line))
        if not self._opened or self._broken or self._screen.failure:
            self._print_line(line)

    def take(self, message: Any) -> None:
        """Take a message of the run; the first one opens the view."""
        self._fold(message)
        if not self._opened and not self._broken:
            self._opened = True
            self._screen.open()

    def _fold(self, message: Any) -> None:
        if self._broken:
            return
        try:
            with self._lock:
                self._scene = after(self._scene, message, self._clock.now())
        except Exception as surprise:  # noqa: BLE001 - a view must not take a deployment down
            self._broken = True
            self._screen.close()
            self._print_line(f"the live view ended: {type(surprise).__name__}: {surprise}")

    def _frame(self, width: int, height: int) -> Sequence[Line]:
        return frame(self._scene, self._clock.now(), width, height)

    def _print(self, lines: Sequence[Line]) -> None:
        with contextlib.suppress(OSError):  # the terminal is gone
            self._screen.print(lines)


class AskingAside:
    """Asks with the view out of the way."""

    def __init__(self, asker: Asker, view: LiveView) -> None:
        self._asker = asker
        self._view = view

    @property
    def can_ask(self) -> bool:
        """Whether there is a person to ask."""
        return self._asker.can_ask

    def ask(self, question: str, answer: Callable[[Choice | None], object]) -> None:
        """Suspend the view and ask; it is drawn again before the answer is given."""

        def answered(choice: Choice | None) -> None:
            self._view.resume()
            answer(choice)

        self._view.suspend()
        self._asker.ask(question, answered)

    def withdraw(self) -> None:
        """Ask no more, and draw again."""
        self._asker.withdraw()
        self._view.resume()
