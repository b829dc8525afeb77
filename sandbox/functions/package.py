"""Unpacks the zip of a function into a folder, once for each content, as Lambda does into /var/task."""

import io
import os
import shutil
import stat
import tempfile
import zipfile
from pathlib import Path

_LARGEST_BYTES = 262_144_000
"""The documented limit of an unpacked package: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html."""


class PackageError(ValueError):
    """A package is none that Lambda takes; the message is AWS's."""


def check(content: bytes) -> None:
    """Look whether Lambda would take a zip (PackageError: it would not)."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            size = sum(each.file_size for each in package.infolist())
    except zipfile.BadZipFile as error:
        raise PackageError(
            "Could not unzip uploaded file. Please check your file, then try to upload again."
        ) from error
    if size >= _LARGEST_BYTES:
        raise PackageError(f"Unzipped size must be smaller than {_LARGEST_BYTES} bytes")


def unpack(content: bytes, folder: Path) -> Path:
    """Unpack a zip into a folder that is read-only then, unless it is there already; return it.

    A file that the zip does not let everybody read cannot be read by the function: Lambda runs as another user.
    """
    if folder.exists():
        return folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    new = Path(tempfile.mkdtemp(prefix="unpacking-", dir=folder.parent))  # others may unpack the same at this moment
    new.chmod(0o755)
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        for each in package.infolist():
            path = Path(package.extract(each, new))
            mode = each.external_attr >> 16
            if not each.is_dir():
                path.chmod(stat.S_IRUSR if not mode or mode & stat.S_IROTH else 0)
    try:
        new.rename(folder)
    except OSError:  # somebody else was faster
        shutil.rmtree(new, ignore_errors=True)
    os.utime(folder)
    return folder
