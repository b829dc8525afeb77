"""Work that waits by its own calls, taken step by step: one thread runs at a time, so that a history is repeatable."""

import threading
from collections.abc import Callable
from datetime import datetime, timedelta


class CutOffError(BaseException):
    """The process that does the work was killed; nothing of it may catch this."""


class Actor:
    """Runs `work` until it sleeps; `resume` it when it is due, `kill` it where its process dies."""

    def __init__(self, work: Callable[["Actor"], None], now: Callable[[], datetime]) -> None:
        self.now = now
        self.due = now()
        self.ended = False
        self._work = work
        self._mine, self._theirs = threading.Semaphore(0), threading.Semaphore(0)
        self._killed = False
        self._surprise: BaseException | None = None
        threading.Thread(target=self._run, daemon=True).start()

    def resume(self) -> None:
        """Have it go on until it sleeps or ends."""
        if self.ended or self.now() < self.due:
            return
        self._hand_over()

    def kill(self) -> None:
        """End it where it is."""
        if not self.ended:
            self._killed = True
            self._hand_over()

    def sleep(self, seconds: float) -> None:
        """Called by the work: let so much of ECS's time pass."""
        self.due = self.now() + timedelta(seconds=seconds)
        self._theirs.release()
        self._mine.acquire()
        if self._killed:
            raise CutOffError

    def _hand_over(self) -> None:
        self._mine.release()
        self._theirs.acquire()
        if self._surprise:
            raise self._surprise

    def _run(self) -> None:
        self._mine.acquire()
        try:
            if not self._killed:
                self._work(self)
        except CutOffError:
            pass
        except BaseException as surprise:  # noqa: BLE001 - whoever resumes it must learn of it
            self._surprise = surprise
        finally:
            self.ended = True
            self._theirs.release()
