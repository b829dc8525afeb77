"""Packs the function: our modules that it reaches, and the packages of the environment that these import.

The AWS SDK is left out: Lambda brings it. The zip is the same, byte for byte, wherever it is made of the same sources:
names are sorted, times and modes fixed, and nothing is compressed, since zlib's output differs between its versions.
`SOURCE_DATE_EPOCH` sets the time of all files.
"""

import ast
import base64
import hashlib
import os
import re
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parent.parent
"""The folder of the rooms."""
ENTRY = "alerts.handler.main"
HANDLER = f"{ENTRY}.handler"
"""What Lambda calls."""
LIMIT = 10 * 1024 * 1024
"""Bytes that the zip may have."""

_ROOMS = ("alerts", "diagnostics")
_LAMBDA_BRINGS = frozenset({"boto3", "botocore", "s3transfer"})
"""https://docs.aws.amazon.com/lambda/latest/dg/lambda-python.html#python-sdk-included"""
_OLDEST = 315532800
"""1980-01-01, before which a zip has no time."""
_COMPILED = (".so", ".pyd", ".dylib")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""The name at the beginning of a requirement (PEP 508)."""


class PackageError(Exception):
    """The function cannot be packed: a package is missing, was changed, has compiled parts, or all is too large."""


@dataclass(frozen=True)
class Package:
    """The zip that was made."""

    path: Path
    sha256: str
    size: int
    distributions: tuple[str, ...]
    """The third-party packages in it, as `name==version`."""


def build(path: Path, root: Path = ROOT, epoch: str | None = None) -> Package:
    """Write the zip to `path` and say what it is.

    Args:
        path: where; the folder is made, and a zip that is there is replaced.
        root: the folder of the rooms.
        epoch: the time of all files in seconds since 1970; `SOURCE_DATE_EPOCH` where it is None, or else 1980.

    Raises:
        PackageError: see there.
    """
    modules, imported = closure(root)
    found = _distributions(imported)
    files = dict(_own_files(root, modules))
    for distribution in found:
        files |= _files_of(distribution)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(f".{os.getpid()}")
    _write(files, unfinished, _time(epoch if epoch is not None else os.environ.get("SOURCE_DATE_EPOCH")))
    unfinished.replace(path)  # whoever reads it meanwhile has the whole one
    content = path.read_bytes()
    if len(content) > LIMIT:
        raise PackageError(f"the function's zip has {len(content)} bytes; it may have {LIMIT}")
    names = tuple(f"{each.name}=={each.version}" for each in found)
    return Package(path, hashlib.sha256(content).hexdigest(), len(content), names)


def closure(root: Path) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return our modules that the entry reaches, sorted, and the top-level names of all others that these import.

    What is imported inside a function counts; what only a type checker sees does not.
    """
    waiting, seen, others = [ENTRY], set[str](), set[str]()
    while waiting:
        module = waiting.pop()
        if module in seen:
            continue
        source = _source_of(root, module)
        if source is None:
            raise PackageError(f"the function needs the module {module}, and it is not in {root}")
        seen.add(module)
        package = module if source.name == "__init__.py" else module.rpartition(".")[0]
        for base, name in _imports(ast.parse(source.read_bytes(), filename=str(source)), package):
            top = base.partition(".")[0]
            if top not in _ROOMS:
                others.add(top)
                continue
            waiting.append(base)
            if name and _source_of(root, f"{base}.{name}"):
                waiting.append(f"{base}.{name}")
        if "." in module:
            waiting.append(module.rpartition(".")[0])
    return tuple(sorted(seen)), frozenset(others - set(sys.stdlib_module_names) - _LAMBDA_BRINGS)


def _source_of(root: Path, module: str) -> Path | None:
    place = root.joinpath(*module.split("."))
    return next((each for each in (place.with_suffix(".py"), place / "__init__.py") if each.is_file()), None)


def _imports(tree: ast.AST, package: str) -> Iterator[tuple[str, str]]:
    """Give each module that is imported, and the name in it, which may be a module too; "" where there is none."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield from ((base, alias.name) for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            for other in node.orelse:
                yield from _imports(other, package)
        else:
            yield from _imports(node, package)


def _own_files(root: Path, modules: Iterable[str]) -> Iterator[tuple[str, bytes]]:
    """Give the sources of the modules, and the data files of their packages: schemas, templates."""
    for module in modules:
        source = _source_of(root, module)
        if source is None:
            continue
        yield source.relative_to(root).as_posix(), source.read_bytes()
        if source.name == "__init__.py":
            for each in _data_of(source.parent):
                yield each.relative_to(root).as_posix(), each.read_bytes()


def _data_of(package: Path) -> Iterator[Path]:
    for each in package.iterdir():
        if each.is_dir() and not (each / "__init__.py").exists() and each.name not in {"__pycache__", "program"}:
            yield from _data_of(each)
        elif each.suffix in {".json", ".txt", ".html"}:
            yield each


def _distributions(imported: Iterable[str]) -> list[metadata.Distribution]:
    """Return the distributions that have these modules, with what they require, sorted by name."""
    providers = metadata.packages_distributions()
    missing = [name for name in sorted(imported) if name not in providers]
    if missing:
        raise PackageError(
            f"the function imports {', '.join(missing)}, which is not installed: run `pip install 'failwell[alerts]'`"
        )
    waiting = [providers[name][0] for name in imported]
    found: dict[str, metadata.Distribution] = {}
    while waiting:
        name = waiting.pop()
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError as problem:
            raise PackageError(f"the function needs the package {name}, which is not installed") from problem
        if distribution.name.lower() in found or distribution.name.lower() in _LAMBDA_BRINGS:
            continue
        found[distribution.name.lower()] = distribution
        waiting += _required(distribution)
    return [found[name] for name in sorted(found)]


def _required(distribution: metadata.Distribution) -> Iterator[str]:
    """Give the names of what a distribution requires, without its extras.

    What it requires on some Pythons only is taken where it is installed: more than Lambda's Python needs does no harm.
    """
    for line in distribution.requires or ():
        name = _NAME.match(line)
        _, _, marker = line.partition(";")
        if name and "extra" not in marker and (not marker or _installed(name[0])):
            yield name[0]


def _installed(name: str) -> bool:
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def _files_of(distribution: metadata.Distribution) -> Mapping[str, bytes]:
    """Return the modules and licences of a distribution, each file as its wheel had it."""
    found: dict[str, bytes] = {}
    for file in distribution.files or ():
        path = PurePosixPath(file.as_posix())
        if path.suffix == ".pyc" or ".." in path.parts or not _wanted(path):
            continue
        if path.suffix in _COMPILED:
            raise PackageError(
                f"{distribution.name} {distribution.version} has a compiled part, {path}: "
                "the function runs on another processor than this machine"
            )
        content = file.read_binary()
        if file.hash and _digest(file.hash.mode, content) != file.hash.value:
            raise PackageError(
                f"{distribution.name} {distribution.version}: {path} is not as it was installed; install it anew"
            )
        found[path.as_posix()] = content
    if not found:
        raise PackageError(f"{distribution.name} {distribution.version} has no list of its files: install it anew")
    return found


def _wanted(path: PurePosixPath) -> bool:
    """Leave out of a `.dist-info` what installing wrote there; its name and its licences stay."""
    inside = next((index for index, part in enumerate(path.parts) if part.endswith(".dist-info")), None)
    if inside is None:
        return True
    return path.name == "METADATA" or "licen" in "/".join(path.parts[inside + 1 :]).lower()


def _digest(mode: str, content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.new(mode, content).digest()).rstrip(b"=").decode()


def _time(epoch: str | None) -> tuple[int, int, int, int, int, int]:
    if epoch and not epoch.strip().isdigit():
        raise PackageError(f"SOURCE_DATE_EPOCH is `{epoch}`: write whole seconds since 1970, or unset it")
    moment = time.gmtime(max(int(epoch), _OLDEST) if epoch else _OLDEST)
    return moment.tm_year, moment.tm_mon, moment.tm_mday, moment.tm_hour, moment.tm_min, moment.tm_sec


def _write(files: Mapping[str, bytes], path: Path, moment: tuple[int, int, int, int, int, int]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, moment)
            entry.create_system = 3  # Unix, wherever it is made: the mode is read by it
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, files[name])
