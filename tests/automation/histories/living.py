"""A process of this machine that goes by the engine's name, so that a lock may be that of a live one."""

import atexit
import shutil
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from tempfile import mkdtemp


class Living:
    """Started when it is first needed; it ends with this process, as its input does."""

    @cached_property
    def pid(self) -> int:
        """Its number."""
        folder = Path(mkdtemp())
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        program = folder / "pulumi"
        program.symlink_to(Path(sys.executable).resolve())
        self._process = subprocess.Popen([program, "-c", "input()"], stdin=subprocess.PIPE, stderr=subprocess.DEVNULL)
        return self._process.pid
