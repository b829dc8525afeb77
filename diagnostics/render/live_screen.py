"""The terminal that a live view is drawn on: a thread paints frames on the alternate screen, and holds up nobody."""

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from typing import TextIO

from rich.console import Console
from rich.text import Text

from diagnostics.render.lines import Line
from diagnostics.render.terminal import STYLES

FRAMES_PER_SECOND = 8
REPAINT_AFTER = 1.0
"""Seconds after which a frame is painted though it is the last one: what else wrote to the terminal is gone then."""
_PATIENCE = 2.0
"""Seconds that the end waits for a paint under way: a terminal that was stopped with Ctrl-S takes none."""
_ENTER = "\x1b[?1049h\x1b[?25l"
"""The alternate screen, without a cursor: what was on the terminal before comes back with `_LEAVE`."""
_LEAVE = "\x1b[?25h\x1b[?1049l"
_HOME, _CLEAR_ROW, _CLEAR_REST = "\x1b[H", "\x1b[2K", "\x1b[J"
_ASCII = str.maketrans({"…": "~", "—": "-"})

Frame = Callable[[int, int], Sequence[Line]]
"""Returns the lines of a frame in so many columns and rows."""


def can_draw(file: TextIO, environment: Mapping[str, str]) -> bool:
    """Say whether the stream is a terminal that a view can be drawn on, and a person is there to look at it."""
    try:
        terminal = file.isatty()
    except (OSError, ValueError):
        return False
    return terminal and environment.get("TERM", "") not in {"", "dumb", "unknown"} and not environment.get("CI")


class LiveScreen:
    """Paints what `frame` returns, at most `FRAMES_PER_SECOND` times a second, until it is closed."""

    def __init__(self, file: TextIO, frame: Frame, *, colour: bool) -> None:
        """Make one; nothing is painted before it is opened.

        Args:
            file: a terminal.
            frame: makes the frame. It is called in the painting thread.
            colour: whether colours and bold letters may be used.
        """
        self._file = file
        self._frame = frame
        self._encoding = getattr(file, "encoding", None) or "utf-8"
        # It only makes rows; they are written in one go, past the stream's own lock and buffer.
        self._console = Console(
            file=StringIO(), force_terminal=True, color_system="auto" if colour else None, highlight=False
        )
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._painted: tuple[object, ...] = ()
        self.failure: str | None = None
        """Why nothing is painted any more: the terminal is gone, or a frame could not be made."""

    @property
    def is_open(self) -> bool:
        """Whether frames are being painted."""
        return self._thread is not None and self._thread.is_alive()

    def open(self) -> None:
        """Show the alternate screen, and paint until `close`."""
        if self._thread is not None or self.failure:
            return
        self._stop = threading.Event()
        self._painted = ()
        self._thread = threading.Thread(target=self._paint, args=(self._stop,), name="live view", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Paint no more, and show the screen that was there before. Waits a moment for a paint under way, no longer."""
        if self._thread is None:
            return
        self._stop.set()
        self._thread.join(_PATIENCE)
        self._thread = None

    @property
    def width(self) -> int:
        """The terminal's columns now."""
        return _size(self._file)[0]

    def print(self, lines: Sequence[Line]) -> None:
        """Print lines where the person's screen goes on, after `close`."""
        self._file.write("".join(f"{self._row(line)}\n" for line in lines))
        self._file.flush()

    def _paint(self, stop: threading.Event) -> None:
        try:
            self._write(_ENTER)
            try:
                self._paint_until(stop)
            finally:
                self._write(_LEAVE)
        except Exception as problem:  # noqa: BLE001 - a terminal that is gone must not take the run down
            self.failure = f"{type(problem).__name__}: {problem}"

    def _paint_until(self, stop: threading.Event) -> None:
        turns = 0
        self._paint_one(again=True)
        while not stop.wait(1 / FRAMES_PER_SECOND):
            turns += 1
            if self._paint_one(again=turns >= FRAMES_PER_SECOND * REPAINT_AFTER):
                turns = 0

    def _paint_one(self, *, again: bool) -> bool:
        """Paint a frame where it is another one than the last, or must be painted again; say whether it was."""
        width, height = _size(self._file)
        lines = tuple(self._frame(width, height))
        if (lines, width, height) == self._painted and not again:
            return False
        self._painted = (lines, width, height)
        # From the top left, each row cleared before it is written: nothing scrolls, and the last column is kept.
        rows = "\r\n".join(f"{_CLEAR_ROW}{self._row(line)}" for line in lines)
        self._write(_HOME + rows + (f"\r\n{_CLEAR_REST}" if len(lines) < height else ""))
        return True

    def _row(self, line: Line) -> str:
        text = Text.assemble(*((self._encodable(part), STYLES[role]) for part, role in line.parts))
        with self._console.capture() as captured:
            self._console.print(text, end="", soft_wrap=True)
        return captured.get()

    def _encodable(self, text: str) -> str:
        if self._encoding.lower().startswith("utf"):
            return text
        return text.translate(_ASCII).encode(self._encoding, "replace").decode(self._encoding)

    def _write(self, text: str) -> None:
        left = text.encode(self._encoding, "replace")
        while left:
            left = left[os.write(self._file.fileno(), left) :]


def _size(file: TextIO) -> tuple[int, int]:
    """Return columns and rows of the terminal as they are now; a person may have changed them."""
    try:
        size = os.get_terminal_size(file.fileno())
    except (OSError, ValueError):
        return 80, 24
    return (size.columns, size.lines) if size.columns and size.lines else (80, 24)
