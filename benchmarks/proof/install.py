"""Installs a peer from the package registry into an environment of its own, once a machine."""

import subprocess
import sys
from pathlib import Path

from filelock import FileLock
from platformdirs import user_cache_path

AWSCLI, ECS_DEPLOY, MCP = "awscli==1.46.2", "ecs-deploy==1.17.0", "awslabs.ecs-mcp-server==0.1.37"


def installed(requirement: str) -> Path:
    """Return the programs of a package (`name==version`) in a virtual environment under the user's cache."""
    home = user_cache_path("failwell") / "peers" / requirement.replace("==", "-")
    home.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{home}.lock"):
        if not (home / "complete").exists():
            subprocess.run([sys.executable, "-m", "venv", "--clear", str(home)], check=True)
            pip = [str(home / "bin" / "pip"), "install", "--quiet", "--disable-pip-version-check"]
            subprocess.run([*pip, requirement], check=True)
            (home / "complete").touch()
    return home / "bin"
