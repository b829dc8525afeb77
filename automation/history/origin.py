"""Where a run comes from: the commit of the program's repository, and who started it."""

import os
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from automation.history.record import Actor, Commit

_SHA = frozenset({40, 64})
"""Lengths of a commit's name, SHA-1 and SHA-256."""


class GitError(Exception):
    """Git is not there, or refused; the message is its last line."""


@dataclass(frozen=True)
class Git:
    """Runs git in a folder. No hook of the repository is run."""

    directory: Path
    timeout: float = 20.0
    """Seconds that a command may take."""

    def __call__(self, *arguments: str) -> str:
        """Return what git prints, without the last line's end.

        Raises:
            GitError: it failed.
        """
        command = ["git", "-C", str(self.directory), "-c", "core.hooksPath=/dev/null", *arguments]
        environment = {key: value for key, value in os.environ.items() if not key.startswith("GIT_")}
        try:
            ran = subprocess.run(
                command,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=self.timeout,
                env=environment | {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"},
                stdin=subprocess.DEVNULL,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise GitError(str(problem)) from problem
        if ran.returncode != 0:
            raise GitError((ran.stderr.strip().splitlines() or ["git failed"])[-1])
        return ran.stdout.rstrip("\n")


def commit_of(git: Callable[..., str], stack: str, environment: Mapping[str, str]) -> Commit | None:
    """Return the commit that the project's folder is at; where git does not know, the one that CI names."""
    try:
        sha = git("rev-parse", "--verify", "HEAD^{commit}")
        directory = git("rev-parse", "--show-prefix").rstrip("/") or "."
        branch = git("rev-parse", "--abbrev-ref", "HEAD")
        # The run's configuration is recorded by itself, and our own files are nobody's program.
        aside = (":(exclude,top,glob)**/.failwell/**", f":(exclude)Pulumi.{stack}.yaml")
        changed = git("status", "--porcelain", "--untracked-files=all", "--", ":/", *aside)
    except GitError:
        return _commit_of_ci(environment)
    return Commit(sha, bool(changed), None if branch == "HEAD" else branch, directory)


@dataclass(frozen=True)
class _System:
    """A CI system: the variable that gives it away, and those that say who, where and what."""

    name: str
    sign: str
    user: str
    url: str
    sha: str
    branch: str


_SYSTEMS = (
    # https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    _System("github-actions", "GITHUB_ACTIONS", "GITHUB_ACTOR", "", "GITHUB_SHA", "GITHUB_REF_NAME"),
    # https://docs.gitlab.com/ci/variables/predefined_variables/
    _System("gitlab", "GITLAB_CI", "GITLAB_USER_LOGIN", "CI_JOB_URL", "CI_COMMIT_SHA", "CI_COMMIT_REF_NAME"),
    # https://circleci.com/docs/reference/variables/
    _System("circleci", "CIRCLECI", "CIRCLE_USERNAME", "CIRCLE_BUILD_URL", "CIRCLE_SHA1", "CIRCLE_BRANCH"),
    # https://buildkite.com/docs/pipelines/configure/environment-variables
    _System(
        "buildkite",
        "BUILDKITE",
        "BUILDKITE_BUILD_CREATOR",
        "BUILDKITE_BUILD_URL",
        "BUILDKITE_COMMIT",
        "BUILDKITE_BRANCH",
    ),
    # https://docs.aws.amazon.com/codebuild/latest/userguide/build-env-ref-env-vars.html
    _System(
        "codebuild",
        "CODEBUILD_BUILD_ID",
        "CODEBUILD_INITIATOR",
        "CODEBUILD_PUBLIC_BUILD_URL",
        "CODEBUILD_RESOLVED_SOURCE_VERSION",
        "",
    ),
    # https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables
    _System("azure-pipelines", "TF_BUILD", "BUILD_REQUESTEDFOR", "", "BUILD_SOURCEVERSION", "BUILD_SOURCEBRANCHNAME"),
    # https://www.jenkins.io/doc/book/pipeline/jenkinsfile/#using-environment-variables
    _System("jenkins", "JENKINS_URL", "BUILD_USER_ID", "BUILD_URL", "GIT_COMMIT", "GIT_BRANCH"),
)


def actor_of(caller: str | None, environment: Mapping[str, str]) -> Actor:
    """Return who runs it: AWS's caller, and what the CI system's variables say."""
    system = _system(environment)
    if system is None:
        return Actor(caller)
    url = environment.get(system.url) or _page(system, environment)
    return Actor(caller, system.name, environment.get(system.user) or None, url)


def _page(system: _System, environment: Mapping[str, str]) -> str | None:
    parts = [environment.get(name) for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    if system.name != "github-actions" or not all(parts):
        return None
    return f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}"


def _commit_of_ci(environment: Mapping[str, str]) -> Commit | None:
    system = _system(environment)
    sha = environment.get(system.sha, "") if system else ""
    if system is None or len(sha) not in _SHA:
        return None
    return Commit(sha, None, environment.get(system.branch) or None)


def _system(environment: Mapping[str, str]) -> _System | None:
    return next((each for each in _SYSTEMS if environment.get(each.sign)), None)
