"""Whatever AWS answers: looks, explanations, audits and fleets end in a result that tells of it, or in one error.

The answers are those of the sandbox's ECS about a deployment that fails and one that serves; each read of a run may
come with values left out, doubled, empty, huge or of another type.
"""

import os
from collections.abc import Iterator
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from automation.audit.service import look
from automation.errors import UsageError
from diagnostics.aws import Reader
from diagnostics.collect import Collector
from diagnostics.explain import explain_service
from diagnostics.fleet import Fleet
from diagnostics.reads import ReadError, SessionSettings
from diagnostics.serving import serving
from diagnostics.watch import Watch
from tests.e2e.causes.account import SteppedEcsClock
from tests.fuzz.garbler import GARBLER
from tests.fuzz.mutants import LONG, check_told, fuzzed
from tests.sandbox.ecs.conftest import REGION, World

pytestmark = pytest.mark.filterwarnings("ignore:Generating overly large repr")


@cache
def reader() -> Reader:
    made = Reader(SessionSettings(region=REGION))
    made.session.events.register_first("after-call", GARBLER.after_call)
    return made


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    for name in [each for each in os.environ if each.startswith("AWS_")]:
        del os.environ[name]
    with pytest.MonkeyPatch.context() as patch, mock_aws():
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        made = World()
        group = made.target_group()
        made.create(made.register("good-1"), group)
        made.step(200)
        made.ecs.update_service(cluster="main", service="shop", taskDefinition=made.register("crash-later"))
        made.step(60)
        yield made


@settings(fuzzed, max_examples=LONG * 100 or 15)  # each takes a second
@given(seed=st.integers(0, 2**32), share=st.sampled_from((0.1, 0.3, 1.0)))
def test_looks_proofs_and_explanations(world: World, seed: int, share: float) -> None:
    GARBLER.share = share
    clock = SteppedEcsClock(world.clock.now)
    for kind in ("watch", "explain", "explain the last failed"):
        GARBLER.chance = Random(f"{seed} {kind}")  # noqa: S311
        collector = Collector(reader(), "main", "shop", clock)
        if kind == "watch":
            watch = Watch(collector, clock, since=clock.elapsed() - 100)
            watch.begin()
            for _ in range(2):
                found = watch.look()
                assert found.diagnosis.what
            assert serving(collector.collect(alarms=True), None).state
        else:
            assert explain_service(collector, last_failed=kind != "explain").what
    GARBLER.chance = None


@settings(fuzzed, max_examples=LONG * 100 or 10)
@given(seed=st.integers(0, 2**32), share=st.sampled_from((0.1, 0.3, 1.0)))
def test_a_fleet(world: World, seed: int, share: float) -> None:
    GARBLER.chance, GARBLER.share = Random(seed), share  # noqa: S311
    try:
        for services in (None, ("shop", "missing")):
            fleet = Fleet(reader(), "main", SteppedEcsClock(world.clock.now), services)
            for only in (None, None, {"shop"}):
                look = fleet.look(only)
                assert all(each.diagnosis.what for _, each in look.looks)
                assert all(str(gap) for gap in look.gaps)
    finally:
        GARBLER.chance = None


@pytest.mark.usefixtures("world")
@settings(fuzzed, max_examples=LONG * 100 or 15)
@given(seed=st.integers(0, 2**32), share=st.sampled_from((0.1, 0.3, 1.0)))
def test_audits(seed: int, share: float) -> None:
    GARBLER.chance, GARBLER.share = Random(seed), share  # noqa: S311
    try:
        look(reader(), "main", "shop", object())
    except (UsageError, ReadError) as refusal:
        check_told(refusal)
    finally:
        GARBLER.chance = None
