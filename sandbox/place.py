"""Where a project's sandbox lives: under the project, or in the directory where a person wants it kept."""

from dataclasses import dataclass
from pathlib import Path

from sandbox.journal import KeepError, read_header
from sandbox.process import RefusedError

DEFAULT_SPEED = 60.0


@dataclass(frozen=True)
class Place:
    """The directory of a sandbox, and whether its state is kept there."""

    directory: Path
    keep: bool = False

    def speed(self, asked: float | None) -> float:
        """Return the speed that is asked for, or that of the sandbox that is kept there, or the usual one.

        Raises:
            RefusedError: what is kept there is no sandbox.
        """
        try:
            header = read_header(self.directory) if self.keep else None
        except KeepError as error:
            raise RefusedError(str(error)) from error
        return asked or (header.speed if header else DEFAULT_SPEED)


def kept_in(directory: Path) -> Place:
    """Return the place of a sandbox that is kept in a directory.

    Raises:
        RefusedError: it is a file.
    """
    if directory.exists() and not directory.is_dir():
        raise RefusedError(f"--keep {directory}: that is a file; name a directory, a new one or one of a kept sandbox")
    return Place(directory.resolve(), keep=True)


def place_of(project: Path) -> Place:
    """Return the place of a project's sandbox."""
    try:
        return Place(Path(_note(project).read_text(encoding="utf-8").strip()), keep=True)
    except FileNotFoundError:
        return Place(_own(project))


def settle(project: Path, place: Place) -> None:
    """Have a project's sandbox live in a place from now on."""
    _note(project).parent.mkdir(0o700, parents=True, exist_ok=True)
    _note(project).write_text(f"{place.directory}\n", encoding="utf-8")


def leave(project: Path) -> None:
    """Have a project's sandbox live under the project again; what was kept elsewhere stays there."""
    _note(project).unlink(missing_ok=True)


def _own(project: Path) -> Path:
    return project / ".failwell" / "sandbox"


def _note(project: Path) -> Path:
    return _own(project) / "kept-in"
