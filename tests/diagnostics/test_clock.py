"""A machine's clock may be wrong, and AWS's answers tell AWS's time: what is compared with that goes by it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse

from diagnostics.aws import Reader
from diagnostics.clock import ServerClock
from diagnostics.collect import Collector
from diagnostics.reads import ReadError, SessionSettings
from diagnostics.watch import Watch, WatchState
from tests.diagnostics.conftest import NOW, SteppedClock
from tests.diagnostics.test_watch import update

SKEWS = (-300, -20, 20, 300)


def date(at: datetime) -> str:
    return format_datetime(at, usegmt=True)


@pytest.mark.parametrize("skew", [0, *SKEWS])
def test_a_clock_comes_within_a_second_of_aws_with_the_first_answer_and_nearer_with_each(skew: int) -> None:
    aws, machine = SteppedClock(NOW), SteppedClock(NOW + timedelta(seconds=skew))
    clock = ServerClock(machine)
    off = []
    for _ in range(100):
        asked = clock.elapsed()
        for each in (aws, machine):
            each.advance(0.05)
        clock.hear(date(aws.now()), asked, clock.elapsed())
        off.append(abs(clock.now() - aws.now()))
        for each in (aws, machine):
            each.advance(0.173)
    assert off[0] <= timedelta(seconds=1.05)
    assert off == sorted(off, reverse=True)
    assert off[-1] <= timedelta(seconds=0.11)


def test_setting_a_clock_moves_the_moments_that_it_counted_and_no_length() -> None:
    machine = SteppedClock(NOW)
    clock = ServerClock(machine)
    began = clock.elapsed()
    machine.advance(10)
    clock.hear(date(NOW + timedelta(seconds=310)), clock.elapsed(), clock.elapsed())
    assert clock.elapsed() - began == 10
    assert clock.at(began) == NOW + timedelta(seconds=300)
    assert clock.now() == NOW + timedelta(seconds=310)


def test_a_slow_answer_says_less_and_leaves_a_clock_that_may_be_right_alone() -> None:
    clock = ServerClock(SteppedClock(NOW))
    clock.hear(date(NOW + timedelta(seconds=8)), 0.0, 10.0)
    assert clock.now() == NOW
    clock.hear(date(NOW + timedelta(seconds=15)), 0.0, 10.0)
    assert clock.now() == NOW + timedelta(seconds=5)


def test_a_clock_that_went_astray_later_is_set_again() -> None:
    machine = SteppedClock(NOW)
    clock = ServerClock(machine)
    clock.hear(date(NOW), 0.0, 0.0)
    later = NOW + timedelta(hours=2)  # the machine slept so long, and its clock with it
    clock.hear(date(later), clock.elapsed(), clock.elapsed())
    assert clock.now() == later


@pytest.mark.parametrize(
    "said",
    [
        None,
        "",
        "soon",
        "Fri, 31 Dec 9999 23:59:59 GMT",
        "Mon, 01 Jan 0001 00:00:00 GMT",
        "Mon, 01 Jan 0001 00:00:00 +2359",
        "Sat, 99 Nov 2026 12:00:00 GMT",
        "Sat, 21 Nov 99999999999999 12:00:00 GMT",
    ],
)
def test_a_date_that_is_none_says_nothing(said: str | None) -> None:
    clock = ServerClock(SteppedClock(NOW))
    clock.hear(said, 0.0, 0.0)
    assert clock.now() == NOW


@pytest.mark.parametrize("skew", SKEWS)
def test_a_deployment_of_before_is_not_taken_for_mine_whatever_this_machines_clock_says(
    skew: int, reader: Any, clock: SteppedClock, aws: Any
) -> None:
    machine = SteppedClock(clock.now() + timedelta(seconds=skew))
    mine = ServerClock(machine)
    update(reader, clock, aws)
    machine.advance(2)
    clock.advance(2)
    watch = Watch(Collector(Heard(reader, clock, mine), "prod", "web", mine), mine, since=mine.elapsed())
    assert aws.new in watch.begin().deployment_ids
    assert watch.look().state is WatchState.WAITING


@pytest.mark.parametrize("read", [True, False])
@pytest.mark.parametrize("skew", SKEWS)
def test_my_deployment_is_mine_though_the_baseline_comes_late_whatever_this_machines_clock_says(
    skew: int, read: bool, reader: Any, clock: SteppedClock, aws: Any
) -> None:
    machine = SteppedClock(clock.now() + timedelta(seconds=skew))
    mine = ServerClock(machine)
    since = mine.elapsed()
    machine.advance(2)
    clock.advance(2)
    update(reader, clock, aws)
    watch = Watch(Collector(Heard(reader, clock, mine), "prod", "web", mine), mine, aws.definition(2), since=since)
    if not read:
        reader.refused["DescribeServices"] = "AccessDeniedException"
    assert watch.begin().read is read
    reader.refused.clear()
    look = watch.look()
    assert look.deployment_id == aws.new
    assert abs(look.at - clock.now()) <= timedelta(seconds=1)
    assert look.evidence.captured_at == look.at


class Heard:
    """A reader each answer of which is heard by a clock."""

    def __init__(self, reader: Any, aws: SteppedClock, clock: ServerClock) -> None:
        self._reader, self._aws, self._clock = reader, aws, clock

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._reader, name)
        if not callable(found):
            return found

        def call(*arguments: Any, **named: Any) -> Any:
            try:
                return found(*arguments, **named)
            finally:
                self._clock.hear(date(self._aws.now()), self._clock.elapsed(), self._clock.elapsed())

        return call


class Raw:
    """A body as urllib3 gives it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self._body


@pytest.mark.parametrize("status", [200, 400])
def test_a_readers_clock_hears_answers_and_refusals(status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    clock = ServerClock(SteppedClock(NOW))
    reader = Reader(SessionSettings(region="eu-west-1"), clock)
    body = b'{"services": []}' if status == 200 else b'{"__type": "AccessDeniedException", "message": "no"}'
    headers = {"date": date(NOW.astimezone(UTC) + timedelta(seconds=20)), "content-type": "application/x-amz-json-1.1"}

    def answer(request: Any, **_: Any) -> AWSResponse:
        return AWSResponse(request.url, status, headers, Raw(body))

    reader.session.events.register("before-send", answer)
    if status == 200:
        assert reader.describe_services("prod", ["web"]) == []
    else:
        with pytest.raises(ReadError):
            reader.describe_services("prod", ["web"])
    assert clock.now() == NOW + timedelta(seconds=20)
