"""The preflight runs what it is given: at the same time, in time, without a crash, and writes what its schema says."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any

import jsonschema
import pytest

from automation.aws.account import read_provider
from automation.engine.update import ServiceTarget
from automation.errors import UsageError
from automation.preflight.checks import CHECKS
from automation.preflight.model import Finding, Recorded, Report, Status, not_done, refused
from automation.preflight.reading import PreflightReads
from automation.preflight.running import check_ids, run_preflight
from automation.preflight.words import diagnosis_of, lines
from diagnostics.model import Quote
from diagnostics.reads import Answer, ReadError
from diagnostics.render.plain import to_text
from tests.automation.preflight.recording import SERVICE, changed, recorded

SCHEMA = json.loads(resources.files("automation").joinpath("schemas", "preflight-1.json").read_text(encoding="utf-8"))
PLAN = recorded("create")
DENIED = Answer("GetRole", "AccessDenied", "User: x is not authorized to perform: iam:GetRole")


@dataclass
class Asked:
    """Answers nothing; keeps the services that it was asked about."""

    targets: list[ServiceTarget]

    def asks(self, target: ServiceTarget) -> "Asked":
        self.targets.append(target)
        return self

    def ask(self, *_: str, **__: Any) -> dict[str, Any]:
        return {"services": []}


@dataclass
class Made:
    """A check made for a test."""

    find: Callable[[], Iterator[Finding]]
    ID: str = "made"
    TITLE: str = "all is well"

    def run(self, subject: Any, reads: Any, /) -> Iterator[Finding]:
        del subject, reads
        yield from self.find()


def run(*checks: Made, **settings: Any) -> Report:
    return run_preflight(PLAN, Asked([]), checks=checks, **settings)


def raising(problem: Exception) -> Callable[[], Iterator[Finding]]:
    def find() -> Iterator[Finding]:
        yield not_done("first")
        raise problem

    return find


def test_a_check_that_finds_nothing_has_passed() -> None:
    report = run(Made(lambda: iter(())))
    assert report.findings == (Finding(Status.OK, "all is well", check="made", subject="shop"),)
    assert not report.refused


def test_a_refusal_names_the_check_and_the_service() -> None:
    (finding,) = run(Made(lambda: iter([refused("it is broken", "mend it")]))).refused
    assert (finding.check, finding.subject, finding.fix) == ("made", "shop", "mend it")


def test_a_refused_read_is_a_check_that_was_not_done_with_aws_words() -> None:
    first, second = run(Made(raising(ReadError(DENIED)))).findings
    assert (first.what, second.status) == ("first", Status.NOT_DONE)
    assert second.evidence == (Quote("GetRole", "AccessDenied: User: x is not authorized to perform: iam:GetRole"),)


def test_a_check_that_breaks_is_not_done_and_the_others_are() -> None:
    report = run(Made(raising(RuntimeError("x"))), Made(lambda: iter(()), "other"))
    assert [each.what for each in report.of(Status.NOT_DONE)] == ["first", "the check itself broke: RuntimeError"]
    assert [each.check for each in report.of(Status.OK)] == ["other"]


def test_a_check_whose_answers_lack_something_is_not_done_and_says_so() -> None:
    report = run(Made(raising(KeyError("x"))), Made(lambda: iter(()), "other"))
    lacking = "AWS's answers lack what their API always tells, or the check cannot work with them (KeyError: 'x')"
    assert [each.what for each in report.of(Status.NOT_DONE)] == ["first", lacking]
    assert [each.check for each in report.of(Status.OK)] == ["other"]


def test_a_check_that_takes_too_long_is_not_done() -> None:
    ended = threading.Event()

    def hang() -> Iterator[Finding]:
        ended.wait(60)
        yield refused("never", "never")

    report = run(Made(hang), Made(lambda: iter(()), "other"), limit=0.2)
    ended.set()
    assert [(each.check, each.status) for each in report.findings] == [("made", "not-done"), ("other", "ok")]


def test_checks_run_at_the_same_time() -> None:
    meeting = threading.Barrier(3, timeout=10)

    def meet() -> Iterator[Finding]:
        meeting.wait()
        yield from ()

    report = run(*(Made(meet, name) for name in "abc"))
    assert {each.status for each in report.findings} == {Status.OK}


def test_a_skipped_check_is_not_run_and_is_recorded() -> None:
    report = run(Made(raising(KeyError("x"))), skip=["made"])
    assert [(each.status, each.what) for each in report.findings] == [
        (Status.SKIPPED, "left out by `--skip-check made`")
    ]


def test_an_unknown_check_is_refused_with_the_nearest() -> None:
    with pytest.raises(UsageError, match="did you mean `image-exists`"):
        check_ids(["image-exist"])
    with pytest.raises(UsageError, match="the checks are image-exists, "):
        check_ids(["zzz"])
    assert check_ids([]) == frozenset()


def test_each_service_is_asked_about_in_its_own_region() -> None:
    asked = Asked([])
    run_preflight(changed(PLAN, SERVICE, cluster="other", region="eu-north-1"), asked, checks=[Made(lambda: iter(()))])
    assert [each.region for each in asked.targets] == ["eu-north-1"]


def test_each_service_is_asked_about_as_its_own_provider_says() -> None:
    asked = Asked([])
    role = '{"roleArn": "arn:aws:iam::210987654321:role/deploy"}'
    inputs = {"region": "eu-north-1", "profile": "shop", "assumeRole": role, "secretKey": "[secret]"}
    (urn,) = PLAN.providers
    plan = replace(PLAN, providers={urn: read_provider(urn, inputs)})
    run_preflight(changed(plan, SERVICE, cluster="other", region=None), asked, checks=[Made(lambda: iter(()))])
    (target,) = asked.targets
    assert (target.region, target.account) == ("eu-north-1", None)
    assert target.provider == plan.providers[urn]
    asked.targets.clear()
    cluster = "arn:aws:ecs:us-west-2:210987654321:cluster/other"
    run_preflight(changed(plan, SERVICE, cluster=cluster, region=None), asked, checks=[Made(lambda: iter(()))])
    assert [(each.region, each.account) for each in asked.targets] == [("us-west-2", "210987654321")]


def test_the_same_question_is_asked_once_by_all() -> None:
    calls: list[str] = []

    class Counting:
        def ask(self, service: str, method: str, /, **arguments: Any) -> dict[str, Any]:
            calls.append(f"{service} {method} {arguments}")
            raise ReadError(DENIED)

    reads = PreflightReads(Counting())
    threads = [threading.Thread(target=_ask, args=(reads,)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(calls) == 1


def _ask(reads: PreflightReads) -> None:
    with pytest.raises(ReadError):
        reads.ask("iam", "get_role", RoleName="x")


def test_the_report_is_written_as_its_schema_says() -> None:
    digest = "sha256:" + "a" * 64
    found = Finding(Status.OK, "well", recorded=(Recorded("app", "shop:1", digest),))
    report = run(Made(lambda: iter([found])), Made(lambda: iter([refused("x", "y", why="z")]), "other"))
    document = json.loads(json.dumps(report.to_document()))
    jsonschema.validate(document, SCHEMA)
    assert document["refused"]
    assert document["images"] == [{"service": "shop", "container": "app", "image": "shop:1", "digest": digest}]


def test_a_refusal_is_printed_as_an_error_without_a_page_of_the_rules() -> None:
    refusal = replace(
        refused("the image `x` does not exist", "push it", why="because", evidence=[Quote("BatchGetImage", "gone")]),
        check="image-exists",
        subject="shop",
    )
    assert to_text(diagnosis_of(refusal)).splitlines() == [
        "error[image-exists]: the image `x` does not exist",
        "  --> service shop",
        "   |",
        "   | BatchGetImage: gone",
        "   |",
        "   = why: because",
        "help: push it",
    ]


def test_a_whole_report_is_one_line_and_says_more_when_asked() -> None:
    report = run(Made(raising(ReadError(DENIED))), Made(lambda: iter(()), "other"))
    (line,) = lines(replace(report, seconds=0.42))
    assert line == "preflight: 1 passed, 2 not done (0.4 s)"
    assert len(list(lines(report, verbose=True))) == 3
    assert list(lines(Report(()))) == []


def test_every_check_has_an_id_of_its_own_and_a_sentence() -> None:
    ids = [check.ID for check in CHECKS]
    assert len(set(ids)) == len(ids)
    assert all(check.TITLE and not check.TITLE.endswith(".") for check in CHECKS)
