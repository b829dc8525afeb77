"""A running sandbox, and a provider process attached to it."""

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import process, provider
from sandbox.process import Sandbox
from sandbox.server import connector
from tests.sandbox.provider_client import Engine, attach

pytest.register_assert_rewrite("tests.sandbox.provider_stories")

SPEED = 600


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    directory = tmp_path_factory.mktemp("sandbox")
    yield process.start(directory, speed=SPEED)
    process.stop(directory)


@pytest.fixture(scope="session")
def connect(running: Sandbox) -> Callable[[str], Any]:
    return connector(running.endpoint)


@pytest.fixture(scope="session")
def engine(running: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The real executable, as the engine starts it."""
    executable = provider.install(tmp_path_factory.mktemp("pulumi-home"), Path(sys.executable))
    with attach(executable, running.environment()) as attached:
        attached.configure()
        yield attached
