"""A state that the engine cannot read because of the file beside it: empty where its CLI was killed as it wrote that.

A backend that is a folder has beside each `NAME.json` a `NAME.json.attrs`, which is written in its place, and not
renamed to it as the state is (gocloud.dev `blob/fileblob/attrs.go`, `setAttrs`). An empty one makes every command of
the CLI on the stack fail with "failed to load checkpoint: EOF"; where there is none, the state is read without it.
"""

import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

_ENDED = re.compile(r"^error: (.*: )?EOF$", re.MULTILINE)


def is_unreadable(errors: str) -> bool:
    """Say whether what the CLI printed as its error is that of a file which ended before it began."""
    return bool(_ENDED.search(errors))


def folder_of(backend: str) -> Path | None:
    """Return the folder that a backend's URL names; None where it names none, or one that only the engine can tell."""
    return Path(unquote(urlsplit(backend).path)) if backend.startswith("file:///") else None


def remove_empty(backend: Path) -> tuple[Path, ...]:
    """Remove the empty files of attributes beside the states, and the settings, in a backend's folder; return them."""
    kept = backend / ".pulumi"
    beside = (*kept.glob("*.attrs"), *(kept / "stacks").rglob("*.attrs"))
    empty = tuple(file for file in beside if file.stat().st_size == 0)
    for file in empty:
        file.unlink(missing_ok=True)
    return empty
