"""A stand-in for the `aws` provider: what the Pulumi engine takes for pulumi-resource-aws, talking to the sandbox."""

import shlex
from pathlib import Path

VERSION = "7.51.1"
"""The version of the real provider that the stand-in is taken for: what the pinned `pulumi-aws` asks for."""


def install(pulumi_home: Path, python: Path) -> Path:
    """Write the stand-in as a plugin into `pulumi_home`, run by `python`; return the executable.

    The engine takes `plugins/resource-aws-vVERSION/pulumi-resource-aws` for an installed plugin, without a warning.
    """
    folder = pulumi_home / "plugins" / f"resource-aws-v{VERSION}"
    pulumi_home.mkdir(0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    root = Path(__file__).resolve().parents[2]
    code = "import sys; sys.path.insert(0, sys.argv.pop(1)); from sandbox.provider.main import main; main()"
    # -P: the folder of the program must not shadow our package. The shell's exec lets signals arrive.
    command = shlex.join([str(python), "-P", "-c", code, str(root)])
    executable = folder / "pulumi-resource-aws"
    new = folder / "pulumi-resource-aws.new"
    new.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
    new.chmod(0o755)
    new.replace(executable)
    return executable
