"""Where a run comes from: git's commit on a real repository, and what CI systems say."""

import subprocess
from pathlib import Path

import pytest

from automation.history.origin import Git, GitError, actor_of, commit_of
from automation.history.record import Actor, Commit

GITHUB = {
    "GITHUB_ACTIONS": "true",
    "GITHUB_ACTOR": "jo",
    "GITHUB_SHA": "b" * 40,
    "GITHUB_REF_NAME": "main",
    "GITHUB_SERVER_URL": "https://github.com",
    "GITHUB_REPOSITORY": "acme/shop",
    "GITHUB_RUN_ID": "7",
}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    made = tmp_path / "stacks" / "shop"
    made.mkdir(parents=True)
    (made / "Pulumi.yaml").write_text("name: shop\n")
    (made / "Pulumi.prod.yaml").write_text("config: {}\n")
    for command in (("init", "-q", "-b", "main"), ("add", "-A"), ("commit", "-qm", "one")):
        git(tmp_path, *command)
    return made


def git(directory: Path, *arguments: str) -> None:
    who = ("-c", "user.name=t", "-c", "user.email=t@example.com")
    subprocess.run(["git", "-C", str(directory), *who, *arguments], check=True, capture_output=True)


def test_the_commit_is_git_s_with_the_project_s_place_in_it(project: Path) -> None:
    sha = Git(project)("rev-parse", "HEAD")
    assert commit_of(Git(project), "prod", {}) == Commit(sha, dirty=False, branch="main", directory="stacks/shop")


def test_our_own_files_and_the_stack_s_settings_do_not_make_it_dirty(project: Path) -> None:
    (project / ".failwell" / "history").mkdir(parents=True)
    (project / ".failwell" / "history" / "records.jsonl").write_text("{}\n")
    (project / "Pulumi.prod.yaml").write_text("config: {shop:image: x}\n")
    found = commit_of(Git(project), "prod", {})
    assert found is not None
    assert found.dirty is False


@pytest.mark.parametrize("name", ["stacks/shop/Pulumi.yaml", "stacks/shop/new.py", "elsewhere.py"])
def test_any_other_file_that_differs_makes_it_dirty(project: Path, name: str) -> None:
    (project.parents[1] / name).write_text("changed\n")
    found = commit_of(Git(project), "prod", {})
    assert found is not None
    assert found.dirty is True


def test_without_a_repository_ci_names_the_commit(tmp_path: Path) -> None:
    assert commit_of(Git(tmp_path), "prod", {}) is None
    assert commit_of(Git(tmp_path), "prod", GITHUB) == Commit("b" * 40, dirty=None, branch="main")
    assert commit_of(Git(tmp_path), "prod", GITHUB | {"GITHUB_SHA": ""}) is None


def test_git_that_refuses_says_why(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="not a git repository"):
        Git(tmp_path)("status")


def test_no_hook_of_the_repository_is_run(project: Path, tmp_path: Path) -> None:
    hook = tmp_path / ".git" / "hooks" / "post-checkout"
    hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/hooked\n")
    hook.chmod(0o755)
    Git(project)("worktree", "add", "--detach", str(tmp_path / "other"), "HEAD")
    assert not (tmp_path / "hooked").exists()


@pytest.mark.parametrize(
    ("environment", "actor"),
    [
        ({}, Actor("arn:x")),
        (GITHUB, Actor("arn:x", "github-actions", "jo", "https://github.com/acme/shop/actions/runs/7")),
        (
            {"GITLAB_CI": "true", "GITLAB_USER_LOGIN": "jo", "CI_JOB_URL": "https://gitlab.example/1"},
            Actor("arn:x", "gitlab", "jo", "https://gitlab.example/1"),
        ),
        ({"TF_BUILD": "True"}, Actor("arn:x", "azure-pipelines", None, None)),
    ],
)
def test_who_runs_it_is_the_caller_and_whom_ci_names(environment: dict[str, str], actor: Actor) -> None:
    assert actor_of("arn:x", environment) == actor
