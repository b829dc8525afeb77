"""Files and folders that their owner alone can read, whatever the umask: they hold what is known of a deployment."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO

OURS = ".failwell"
"""The folder of a project in which everything is that is written without being asked for."""
_OTHERS = 0o077
_FOLDER = 0o700
_FILE = 0o600
_DEVICES = ("/dev", "/proc")
"""`/dev/stdout` is to be written to, and not to be replaced."""


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner alone.

    A `.failwell` that is open to others, as older versions left it, is closed; no other one that is there is touched.

    Raises:
        OSError: it cannot be made.
    """
    for each in reversed((folder, *folder.parents)):
        if not each.is_dir():
            each.mkdir(_FOLDER, exist_ok=True)
        elif each.name == OURS:
            _close(each)


def open_private(path: Path, mode: str) -> IO[str]:
    """Open a file of text to write it (`w`) or to append to it (`a`); one that is made is its owner's alone.

    Raises:
        OSError: it cannot be opened.
    """
    return open(path, mode, encoding="utf-8", opener=_opener)


def write_whole(path: Path, text: str) -> None:
    """Write a file, whole or not at all, for its owner alone; its folder is made where it is missing.

    Until it is whole it has a name that nobody can guess: in a folder where others may write, such as `/tmp`, a link
    under a name that is known would have us write to wherever it points. A link at `path` itself is replaced.

    Raises:
        OSError: it cannot be written.
    """
    if any(path.is_relative_to(each) for each in _DEVICES):
        with open_private(path, "w") as file:
            file.write(text)
        return
    make_folder(path.parent)
    # The file that tempfile makes is new (O_EXCL) and of mode 0600.
    with tempfile.NamedTemporaryFile("w", dir=path.parent, prefix=".", delete=False, encoding="utf-8") as partial:
        try:
            partial.write(text)
            partial.flush()
            os.fsync(partial.fileno())
            Path(partial.name).replace(path)
        except BaseException:
            Path(partial.name).unlink(missing_ok=True)
            raise


def _opener(name: str, flags: int) -> int:
    return os.open(name, flags, _FILE)


def _close(folder: Path) -> None:
    found = folder.stat()
    if found.st_mode & _OTHERS and found.st_uid == os.geteuid():
        with suppress(OSError):  # a file system that has no modes
            folder.chmod(found.st_mode & ~_OTHERS & 0o7777)
