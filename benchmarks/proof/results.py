"""What a run of the benchmark leaves: a JSON file, held against its schema when it is written and when it is read."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any

import jsonschema

from components import __version__

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "benchmarks" / "results"
TIMINGS = ROOT / "sandbox" / "timings.yaml"
_SCHEMAS = Path(__file__).with_name("schemas")


def origin(command: str) -> dict[str, Any]:
    """Return where and when figures come from: date, versions, command, machine and the sandbox's timings."""
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "command": command,
        "commit": _git("rev-parse", "--short=12", "HEAD"),
        "changed_since_commit": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "versions": {
            "failwell": __version__,
            "python": platform.python_version(),
            "pulumi": version("pulumi"),
            "pulumi-aws": version("pulumi-aws"),
            "moto": version("moto"),
            "boto3": version("boto3"),
        },
        "machine": {"cores": os.cpu_count() or 1, "system": f"{platform.system()} {platform.machine()}"},
        "timings_sha256": timings_sha256(),
    }


def command(module: str, arguments: Sequence[str], before: Sequence[str] = ()) -> str:
    """Return the command of a run, without the folders in which it leaves things."""
    left, places = [], iter(arguments)
    for each in places:
        if each in {"--into", "--transcripts", "--results"}:
            next(places, None)
        else:
            left.append(each)
    return " ".join([*before, "python -m", module, *left])


def timings_sha256() -> str:
    """Return the checksum of the sandbox's timings, of which every figure here depends."""
    return sha256(TIMINGS.read_bytes()).hexdigest()


def write(kind: str, document: Mapping[str, Any], folder: Path = FOLDER, name: str = "") -> Path:
    """Check results against their schema and write them."""
    check(kind, document)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name or kind}.json"
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return path


def read(kind: str, folder: Path = FOLDER, name: str = "") -> dict[str, Any]:
    """Read results and check them.

    Raises:
        FileNotFoundError: there are none.
        jsonschema.ValidationError: they are not of this shape.
    """
    document: dict[str, Any] = json.loads((folder / f"{name or kind}.json").read_text(encoding="utf-8"))
    check(kind, document)
    return document


def read_if_there(kind: str, folder: Path = FOLDER) -> dict[str, Any] | None:
    """Read results and check them; None where there are none.

    Raises:
        jsonschema.ValidationError: they are not of this shape.
    """
    try:
        return read(kind, folder)
    except FileNotFoundError:
        return None


def check(kind: str, document: Mapping[str, Any]) -> None:
    """Hold results against the schema of their kind, and their origin, where they have one, against its own."""
    parts = {kind: document} | ({"origin": document["origin"]} if "origin" in document else {})
    for name, part in parts.items():
        schema = json.loads((_SCHEMAS / f"{name}.json").read_text(encoding="utf-8"))
        jsonschema.validate(part, schema, format_checker=jsonschema.FormatChecker())


def _git(*arguments: str) -> str:
    asked = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return asked.stdout.strip()
