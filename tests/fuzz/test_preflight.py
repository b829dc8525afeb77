"""Whatever AWS answers a preflight: each check ends in findings, or says that it was not done and why."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from automation.engine.update import ServiceTarget
from automation.preflight import words
from automation.preflight.checks import CHECKS
from automation.preflight.running import run_preflight
from diagnostics.aws import Reader
from diagnostics.reads import SessionSettings
from tests.automation.preflight.stage import Stage
from tests.e2e.causes.account import Account
from tests.fuzz.garbler import GARBLER
from tests.fuzz.mutants import LONG, fuzzed
from tests.sandbox.ecs.conftest import REGION

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        yield Stage(Account())


@pytest.fixture(scope="module")
def reader() -> Reader:
    made = Reader(SessionSettings(region=REGION))
    made.session.events.register_first("after-call", GARBLER.after_call)
    return made


@dataclass(frozen=True)
class Site:
    """Whom the preflight asks."""

    reader: Reader

    def asks(self, _target: ServiceTarget) -> Reader:
        return self.reader


@settings(fuzzed, max_examples=LONG * 100 or 10)
@given(seed=st.integers(0, 2**32), share=st.sampled_from((0.1, 0.3, 1.0)))
def test_every_check(stage: Stage, reader: Reader, seed: int, share: float) -> None:
    GARBLER.seed, GARBLER.share = seed, share
    try:
        report = run_preflight(stage.plan(), Site(reader), limit=300)
    finally:
        GARBLER.seed = None
    assert {each.check for each in report.findings} == {check.ID for check in CHECKS}
    assert [each for each in report.findings if "the check itself broke" in each.what] == []
    json.dumps(report.to_document())
    assert all(line for line in words.lines(report, verbose=True))
