"""Pulumi's assets and archives, as the engine hands them over, and the bytes that the real provider makes of them.

The shapes are those of the Pulumi SDK, `sdk/go/common/resource/asset` and `archive`: an object with a signature, a hash
that the engine computed of the content, and a text, a path, an address or a map of others.
https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/archive/archive.go
"""

import io
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from sandbox.provider.errors import MissingError
from sandbox.provider.wire import SIGNATURE, Values

_ASSET, _ARCHIVE = "c44067f5952c0a294b673a41bacd8c17", "0def7320c3a5731c473e5ecbe6d01bc7"
_PACKED = (".zip", ".jar")
_MODE = 0o644 << 16


def is_archive(value: Any) -> bool:
    """Return whether a value is an asset or an archive."""
    return isinstance(value, Mapping) and value.get(SIGNATURE) in {_ASSET, _ARCHIVE}


def same_archive(old: Values, new: Values) -> bool:
    """Return whether two have the same content, by the engine's hashes where it gave them."""
    if old.get("hash") and new.get("hash"):
        return bool(old["hash"] == new["hash"])
    return old == new


def packed(value: Values) -> bytes:
    """Return an archive as a zip, always the same for the same content (MissingError: a kind that is not here)."""
    path = str(value.get("path") or "")
    if path.endswith(_PACKED) and Path(path).is_file():
        return Path(path).read_bytes()
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in sorted(_files(value, PurePosixPath())):
            entry = zipfile.ZipInfo(str(name))
            entry.external_attr, entry.compress_type = _MODE, zipfile.ZIP_DEFLATED
            package.writestr(entry, data)
    return content.getvalue()


def _files(value: Values, at: PurePosixPath) -> Iterator[tuple[PurePosixPath, bytes]]:
    path = Path(str(value["path"])) if value.get("path") else None
    if value.get("uri"):
        raise MissingError(f"assets at an address: {value['uri']}")
    if value[SIGNATURE] == _ASSET:
        yield at, path.read_bytes() if path else str(value.get("text") or "").encode()
    elif path is None:
        for name, inner in (value.get("assets") or {}).items():
            yield from _files(inner, at / name)
    else:
        for name, data in _read(path):
            yield at / name, data


def _read(path: Path) -> Iterator[tuple[str, bytes]]:
    """Give what is in a folder or in a zip."""
    if path.is_dir():
        found = (each for each in path.rglob("*") if each.is_file())
        yield from ((each.relative_to(path).as_posix(), each.read_bytes()) for each in found)
    elif path.name.endswith(_PACKED):
        with zipfile.ZipFile(path) as package:
            yield from ((each.filename, package.read(each)) for each in package.infolist() if not each.is_dir())
    else:
        raise MissingError(f"archives of this kind: {path}")
