"""The CI systems that are known, and how each is recognized."""

from collections.abc import Mapping
from enum import StrEnum


class System(StrEnum):
    """Whose formats a run speaks."""

    GITHUB = "github"
    GITLAB = "gitlab"
    PLAIN = "plain"
    """No format of anybody's: lines of text."""


def detect(environment: Mapping[str, str]) -> System:
    """Return the CI system that runs this process.

    Sources: `GITHUB_ACTIONS` in https://docs.github.com/actions/reference/workflows-and-actions/variables;
    `GITLAB_CI` in https://docs.gitlab.com/ci/variables/predefined_variables/.
    """
    if environment.get("GITHUB_ACTIONS") == "true":
        return System.GITHUB
    if environment.get("GITLAB_CI") == "true":
        return System.GITLAB
    return System.PLAIN
