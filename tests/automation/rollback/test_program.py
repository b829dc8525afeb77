"""The program as it was: when it can be run again, and the worktree that it runs in."""

import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from automation.engine.project import Project, read_project
from automation.history.origin import Git, commit_of
from automation.history.record import Commit, Record
from automation.rollback.program import Program, checked_out, program_of
from tests.automation.history.examples import record, service


class Repository:
    """A repository with a project in a folder of it, and two commits."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.project = directory / "stacks" / "shop"
        self.project.mkdir(parents=True)
        (self.project / "Pulumi.yaml").write_text("name: shop\nruntime: {name: python, options: {virtualenv: venv}}\n")
        (self.project / ".gitignore").write_text("venv\n.failwell\n")
        self.git("init", "-q", "-b", "main")
        self.first = self.commit("one")
        self.second = self.commit("two")

    def git(self, *arguments: str) -> None:
        who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
        subprocess.run(["git", "-C", str(self.directory), *who, *arguments], check=True, capture_output=True)

    def commit(self, text: str) -> Commit:
        (self.project / "__main__.py").write_text(text)
        self.git("add", "-A")
        self.git("commit", "-qm", text)
        found = commit_of(Git(self.project), "prod", {})
        assert found is not None
        return found

    def read(self) -> Project:
        return read_project(self.project)

    def program(self, recorded: Record, services: frozenset[str] = frozenset({"shop"})) -> Program | str:
        return program_of(recorded, self.read(), "prod", Git(self.project), services)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "repository")


def test_the_first_commit_runs_again_with_the_configuration_of_its_run(repository: Repository) -> None:
    program = repository.program(record(1, commit=repository.first))
    assert program == Program(repository.first.sha, "stacks/shop", {"shop:image": "shop:1"}, ())
    venv = repository.project / "venv" / "bin"
    venv.mkdir(parents=True)
    (venv / "python").touch()
    with checked_out(program, repository.read(), Git(repository.project)) as project:
        assert project.source is not None
        assert (project.source / "__main__.py").read_text() == "one"
        assert project.source.is_relative_to(repository.project / ".failwell")
        assert (project.source / "venv" / "bin" / "python").exists(), "packages are today's"
        assert project.directory == repository.project
    assert (repository.project / "__main__.py").read_text() == "two"
    assert (venv / "python").exists()
    assert not (repository.project / ".failwell" / "rollback").exists()
    assert Git(repository.project)("worktree", "list").count("\n") == 0


def test_what_a_kill_left_of_an_earlier_rollback_is_no_obstacle(repository: Repository) -> None:
    program = repository.program(record(1, commit=repository.first))
    assert isinstance(program, Program)
    left = checked_out(program, repository.read(), Git(repository.project))
    place = left.__enter__().source  # and nothing ends it
    assert place is not None
    (place / "__main__.py").write_text("half-written")
    with checked_out(program, repository.read(), Git(repository.project)) as project:
        assert project.source is not None
        assert (project.source / "__main__.py").read_text() == "one"


def test_the_worktree_goes_whatever_happens_in_it(repository: Repository) -> None:
    program = repository.program(record(1, commit=repository.first))
    assert isinstance(program, Program)
    with pytest.raises(RuntimeError), checked_out(program, repository.read(), Git(repository.project)):
        raise RuntimeError
    assert not (repository.project / ".failwell" / "rollback").exists()


def test_secrets_are_those_of_the_stack_s_settings(repository: Repository) -> None:
    settings = repository.project / "Pulumi.prod.yaml"
    settings.write_text("config: {shop:token: {secure: today}, shop:image: shop:2}\n")
    recorded = record(1, commit=repository.first, absent_configuration=(("shop:token",),))
    program = repository.program(recorded)
    assert isinstance(program, Program)
    assert program.configuration == {"shop:image": "shop:1", "shop:token": {"secure": "today"}}
    assert program.secrets == ("shop:token",)
    settings.unlink()
    assert "no value for `shop:token`" in str(repository.program(recorded))


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"dirty": True}, "files differed from the commit"),
        ({"sha": "f" * 40}, "is not in this repository"),
        ({"sha": "--upload-pack=x"}, "is none"),
        ({"directory": "../elsewhere"}, "is none"),
        ({"directory": "stacks/other"}, "no project in `stacks/other`"),
        ({"directory": None, "dirty": None}, "no commit of a repository"),
    ],
)
def test_what_cannot_be_run_as_it_was_says_why(repository: Repository, change: dict[str, Any], says: str) -> None:
    assert says in str(repository.program(record(1, commit=replace(repository.first, **change))))


def test_without_a_commit_or_with_other_services_it_is_not_run(repository: Repository) -> None:
    assert "no commit" in str(repository.program(record(1, commit=None)))
    two = record(1, service(1), replace(service(1), name="worker"), commit=repository.first)
    assert "other services, which are to stay" in str(repository.program(two, frozenset({"shop", "worker"})))
    assert "that run had other services" in str(repository.program(two))


def test_a_commit_with_submodules_is_not_run(repository: Repository) -> None:
    (repository.directory / ".gitmodules").write_text('[submodule "x"]\n path = x\n url = ../x\n')
    assert "has submodules" in str(repository.program(record(1, commit=repository.commit("three"))))
