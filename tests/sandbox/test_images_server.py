"""Images and hosts of a sandbox that runs: listed, added, refused."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.process import ROOT, Sandbox, SandboxError

GOOD = "images:\n  - {repository: added, tag: TAG, platforms: [linux/amd64], size_mib: SIZE}\n"


def file(folder: Path, tag: str, size: int = 5, more: str = "") -> Path:
    path = folder / "added.yaml"
    path.write_text(GOOD.replace("TAG", tag).replace("SIZE", str(size)) + more)
    return path


def test_a_file_is_added_to_a_running_sandbox_once(
    running: Sandbox, connect: Callable[[str], Any], tmp_path: Path
) -> None:
    assert running.add_images(file(tmp_path, "one")) == ["added:one"]
    assert running.add_images(file(tmp_path, "one")) == ["added:one"]
    stored = connect("ecr").describe_images(repositoryName="added", imageIds=[{"imageTag": "one"}])["imageDetails"]
    listed = {image["name"]: image["digest"] for image in running.images()}
    assert listed["added:one"].startswith("sha256:")
    assert len(stored) == 1
    assert "shop:good-1" in listed


def test_a_wrong_file_is_refused_with_its_line_and_nothing_of_it_is_added(running: Sandbox, tmp_path: Path) -> None:
    more = "  - {repository: added, tag: other, platforms: [linux/amd64], size_mib: 5, stopped_reason: x}\n"
    with pytest.raises(SandboxError, match=r"added\.yaml:3: images\.1\.stopped_reason: Extra inputs"):
        running.add_images(file(tmp_path, "two", more=more))
    with pytest.raises(SandboxError, match="No such file"):
        running.add_images(tmp_path / "missing.yaml")
    assert "added:two" not in {image["name"] for image in running.images()}


def test_a_tag_that_is_there_with_another_image_is_refused(running: Sandbox, tmp_path: Path) -> None:
    running.add_images(file(tmp_path, "three"))
    before = running.images()
    more = "  - {repository: added, tag: four, platforms: [linux/amd64], size_mib: 5}\n"
    with pytest.raises(SandboxError, match="added:three: is there already and does something else"):
        running.add_images(file(tmp_path, "three", 6, more))
    assert running.images() == before


def test_hosts_outside_are_set_and_removed(running: Sandbox) -> None:
    assert running.set_hosts({"db.internal": "down", "mq": "up"}) == {"db.internal": "down", "mq": "up"}
    with pytest.raises(SandboxError, match="no state `broken`"):
        running.set_hosts({"db.internal": "broken"})
    assert running.set_hosts({"db.internal": None, "mq": None}) == {}


def test_the_commands_add_and_list(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")

    def deploy(*arguments: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, ROOT / "deploy.py", "sandbox", *arguments, "--project", tmp_path]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    try:
        started = deploy("start", "--images", str(file(tmp_path, "from-start")))
        assert started.returncode == 0, started.stderr
        added = deploy("images", "--add", str(file(tmp_path, "later")))
        assert (added.returncode, added.stdout) == (0, "added added:later\n")
        listed = deploy("images").stdout
        assert {"added:from-start", "added:later", "shop:good-1"} <= {line.split()[0] for line in listed.splitlines()}
        refused = deploy("images", "--add", str(file(tmp_path, "x", more="  - {tagg: 1}\n")))
        assert refused.returncode != 0
        assert "added.yaml:3: images.1.tagg" in refused.stderr
    finally:
        deploy("stop")
