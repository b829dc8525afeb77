"""The page as text: complete, well formed, to scale, closed to markup from outside, and small."""

import base64
import hashlib
import json
import lzma
import re
from datetime import timedelta
from typing import Any

import pytest

from benchmarks.report import large_recording
from diagnostics.collect import Collector
from diagnostics.explain import explain_look, explain_stream
from diagnostics.model import Diagnosis, Verdict
from diagnostics.render.html.attachment import LARGEST, Attachment, Packer
from diagnostics.render.html.drawing import Scale, draw, offset
from diagnostics.render.html.log_lines import shown_logs
from diagnostics.render.html.page import to_html
from diagnostics.render.html.report import Report, report_of, section_of_look, sections_of_stream
from tests.diagnostics.conftest import NOW, OLD, FakeReader, SteppedClock, deployment
from tests.diagnostics.conftest import service as aws_service
from tests.diagnostics.conftest import task as aws_task
from tests.diagnostics.hostile import broken
from tests.diagnostics.render.pages import (
    BEGAN,
    HOSTILE,
    NEW,
    Page,
    events,
    hostile,
    logs,
    look,
    section,
    story,
    targets,
    task,
    whole,
)


def page_of(report: Report) -> Page:
    return Page(to_html(report))


def test_the_page_tells_everything_in_the_order_in_which_it_helps() -> None:
    page = page_of(whole())
    assert page.headings == [
        (1, "the program needs PORT, which is not set"),
        (2, "What to do"),
        (2, "Why, and how we know"),
        (2, "What changed"),
        (2, "Timeline"),
        (3, "Events"),
        (3, "Deployments"),
        (3, "Tasks"),
        (3, "Health"),
        (3, "Alarms"),
        (2, "Counts over time"),
        (2, "What happened"),
        (2, "Logs"),
        (2, "What is not known"),
        (2, "Evidence"),
        (2, "What the engine said"),
    ]
    for said in (
        "revision web:1 serves again",
        "aws ecs register-task-definition",
        "for more, run deploy.py rules app-config-missing",
        "web-5xx ALARM: 12 > 5",
        "+1:25 deploy.py the failure is explained",
        "+1:20 task 000001 ended: it crashed",
        "container checks of task 000002 UNHEALTHY",
        "rolesGetRole: AccessDenied",
        "also seen: app-crash-exception",
        "update failed",
    ):
        assert said in page.text, said
    assert page.wrongly_closed == []
    assert page.left_open == []


def test_every_part_that_is_linked_is_there() -> None:
    for report in (whole(), hostile()):
        page = page_of(report)
        ids = [found["id"] for _, found in page.elements if "id" in found]
        assert len(ids) == len(set(ids))
        jumps = {each["href"] for each in page.all("a") if (each["href"] or "").startswith("#")}
        assert jumps
        assert jumps <= {f"#{each}" for each in ids}


def test_only_pages_of_the_console_are_linked() -> None:
    addresses = [each["href"] or "" for each in page_of(whole()).all("a")]
    assert "https://console.aws.amazon.com/ecs/v2" in addresses
    assert {address.split(":")[0] for address in addresses if not address.startswith("#")} == {"https", "data"}


def test_the_policy_permits_its_own_style_alone() -> None:
    text = to_html(whole())
    (policy,) = (
        each["content"] or "" for each in Page(text).all("meta") if each.get("http-equiv") == "Content-Security-Policy"
    )
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    own = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.split("; ")[:3] == ["default-src 'none'", f"style-src 'sha256-{own}'", "img-src data:"]
    assert "script-src" not in policy
    assert not re.search(r"@import|url\(", style)


@pytest.mark.parametrize("report", [whole(), hostile()], ids=["whole", "hostile"])
def test_nothing_of_the_page_runs_loads_or_styles_by_itself(report: Report) -> None:
    page = page_of(report)
    names = {name for name, _ in page.elements}
    assert not names & {
        "script",
        "img",
        "iframe",
        "object",
        "embed",
        "form",
        "input",
        "base",
        "image",
        "use",
        "foreignobject",
    }
    for name, attributes in page.elements:
        assert not any(key.startswith("on") or key in {"style", "src", "srcset", "xlink:href"} for key in attributes), (
            name,
            attributes,
        )


def test_what_others_say_stays_text() -> None:
    text = to_html(hostile())
    assert "<script" not in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    page = Page(text)
    assert page.wrongly_closed == []
    assert page.left_open == []
    assert page.text.count("<script>document.title='x'</script>") > 20, "and it is shown, not dropped"


def test_lone_surrogates_and_nul_do_not_stop_the_page() -> None:
    document = look(100, [task(1, 5, 80)], logs=[logs(1, "\ud800 and \0 and \x9b31m")])
    text = to_html(Report("\udfff", (section([document]),)))
    text.encode()
    assert "\0" not in text


def bars(row: str, report: Report) -> list[tuple[str, float, float]]:
    """Return kind, start and end, in percent, of each bar of the row that is described so."""
    text = to_html(report)
    (drawn,) = re.findall(rf'aria-label="{row}:[^"]*">(.*?)</svg>', text, re.DOTALL)
    found = re.findall(r'<rect class="(\w+)" x="([\d.]+)%" width="([\d.]+)%"', drawn)
    return [(kind, float(x), round(float(x) + float(width), 2)) for kind, x, width in found]


def test_tasks_are_drawn_to_scale() -> None:
    document = look(104, [task(0xABCDEF, 5, 80)])
    drawn = bars("task abcdef", Report("t", (section([document]),)))
    end = 90 * 1.04  # the last thing that happened, and a margin
    expected = [("waiting", 5, 35), ("running", 35, 80), ("bad", 80, 90)]
    assert [kind for kind, *_ in drawn] == [kind for kind, *_ in expected]
    for (_, x, to), (_, start, stop) in zip(drawn, expected, strict=True):
        assert x == pytest.approx(start / end * 100, abs=0.02)
        assert to == pytest.approx(stop / end * 100, abs=0.02)


def test_a_targets_states_are_dated_by_the_looks_and_end_where_it_is_gone() -> None:
    told = section(
        [
            look(20, [task(1, 5)], target_health=targets(_1="initial")),
            look(40, [task(1, 5)], target_health=targets(_1="unhealthy")),
            look(60, [task(1, 5)], target_health=targets(_1="unhealthy")),
            look(80, [task(1, 5)], target_health=targets(_7="healthy")),
        ]
    ).chronicle
    mine, other = told.health
    assert mine.name == "10.0.0.1:80 of task 000001"
    assert [(each.state, each.start - BEGAN, each.end and each.end - BEGAN) for each in mine.spans] == [
        ("initial", timedelta(seconds=20), timedelta(seconds=40)),
        ("unhealthy", timedelta(seconds=40), timedelta(seconds=80)),
    ]
    assert (other.name, other.spans[0].end) == ("10.0.0.7:80", None)


def test_a_deployment_that_is_rolled_back_keeps_its_place_though_ecs_does_not_list_it() -> None:
    whole_one = {"targetServiceRevision": {"arn": f"arn:x/{NEW.rpartition('/')[2]}"}, "createdAt": BEGAN.isoformat()}
    first = look(20, [task(1, 5)], service_deployment=whole_one | {"status": "IN_PROGRESS"})
    gone = look(40, [task(1, 5)], service_deployment=whole_one | {"status": "ROLLBACK_SUCCESSFUL"})
    gone["service"]["deployments"] = gone["service"]["deployments"][1:]
    mine, other = section([first, gone]).chronicle.deployments
    assert [each.state for each in mine.spans] == ["IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]
    assert mine.spans[-1].end is None
    assert [each.state for each in other.spans] == ["COMPLETED"]


def test_a_look_that_could_not_read_ends_nothing() -> None:
    blind = {"schema": "evidence/1", "captured_at": look(30, [])["captured_at"], "gaps": [{"what": "all", "why": "no"}]}
    told = section([look(20, [task(1, 5)], target_health=targets(_1="healthy")), blind]).chronicle
    assert all(row.spans[-1].end is None for row in (*told.deployments, *told.health))
    assert told.deployment == "ecs-svc/2222222222222222222"


def test_each_event_is_told_once_however_many_looks_show_it() -> None:
    documents = [look(seconds, [task(1, 5)]) for seconds in (20, 40)]
    for document in documents:
        document["service"]["events"] = events((3, "started"), (9, "registered"))
    assert [mark.text for mark in section(documents).chronicle.marks] == ["started", "registered"]


def test_the_drawing_ends_soon_after_the_last_change_though_it_is_looked_at_much_later() -> None:
    """As with `explain` of a live service: the newest change is what counts, not when somebody asked."""
    drawing = draw(section([look(86400, [task(1, 5, 80)], target_health=targets(_1="unhealthy"))]).chronicle)
    assert drawing is not None
    assert drawing.end - BEGAN == timedelta(seconds=90 * 1.04)


def test_evidence_without_any_time_has_no_drawing() -> None:
    page = page_of(Report("t", (section([{"schema": "evidence/1", "tasks": [{"lastStatus": "STOPPED"}]}]),)))
    assert "Nothing in the evidence has a time." in page.text


@pytest.mark.parametrize("seconds", [1, 7, 100, 3600, 90_000, 5_000_000])
def test_ticks_are_few_and_round(seconds: int) -> None:
    ticks = list(Scale(BEGAN, BEGAN + timedelta(seconds=seconds)).ticks())
    assert 2 <= len(ticks) <= 6
    assert ticks[0].offset == "+0:00"
    assert [tick.x for tick in ticks] == sorted({tick.x for tick in ticks})


@pytest.mark.parametrize(
    ("seconds", "said"), [(0, "+0:00"), (112, "+1:52"), (7265, "+2:01:05"), (266_400, "+3d 02:00:00"), (-61, "-1:01")]
)
def test_distances_in_time_are_written_as_people_write_them(seconds: int, said: str) -> None:
    assert offset(seconds) == said


def test_lines_that_the_diagnosis_quotes_come_first_and_are_marked() -> None:
    text = to_html(whole())
    assert re.findall(r"<mark>(.*?)</mark>", text) == ["KeyError: &#39;PORT&#39;"]
    logs_shown = re.findall(r"<summary>app of task (\d+)", text)
    assert logs_shown == ["000001", "000002"]
    assert text.count("<details open>") == 1


def test_of_a_log_without_room_the_end_is_shown() -> None:
    document = look(100, [task(1, 5, 80)], logs=[logs(1, *(f"line {n} {'x' * 90}" for n in range(100)))])
    (shown,) = shown_logs(section([document]).chronicle.logs, None, budget=2000)
    assert shown.lines[-1].text.startswith("line 99 ")
    assert 0 < len(shown.lines) < 100
    assert len(shown.lines) + shown.left_out == 100


def attached(report: Report) -> tuple[str, bytes]:
    (link,) = (each for each in page_of(report).all("a") if "download" in each)
    content = base64.b64decode((link["href"] or "").partition(";base64,")[2])
    return link["download"] or "", content


def test_the_evidence_to_download_says_the_same_again() -> None:
    report = story("crashed-twice-doomed")
    name, content = attached(report)
    assert name == "recording.jsonl"
    (again,) = explain_stream(content.decode().splitlines(keepends=True))
    assert isinstance(again, Diagnosis)
    assert again.to_document() == report.sections[0].diagnosis.to_document()


def test_neither_page_nor_download_hold_what_is_secret() -> None:
    secret = "hunter2-correct-horse"
    definition = {"containerDefinitions": [{"name": "app", "environment": [{"name": "DB_PASSWORD", "value": secret}]}]}
    document = look(
        100,
        [task(1, 5, 80, stoppedReason=f"could not log in with {secret}")],
        task_definition=definition,
        logs=[logs(1, f"password={secret}", "Bearer abcdefghijklmnopqrstuvwxyz")],
    )
    document["service"]["events"] = events((3, f"secret {secret}"))
    lines = [json.dumps({"schema": "recording/1"}), json.dumps(document)]
    report = report_of([each for each, _ in sections_of_stream(lines)], BEGAN)
    text, (_, content) = to_html(report), attached(report)
    for said in (secret, "abcdefghijklmnopqrstuvwxyz"):
        assert said not in text
        assert said not in content.decode()
    assert "***" in text


def packed(lines: list[dict[str, Any]], largest: int) -> Attachment | None:
    packer = Packer("e.jsonl", largest)
    for line in lines:
        packer.look(line)
    return packer.attachment()


def test_a_large_recording_is_packed_and_one_too_large_is_not_carried() -> None:
    looks = [{"n": n, "same": "x" * 1000} for n in range(300)]
    made = packed(looks, LARGEST)
    assert made is not None
    assert made.name == "e.jsonl.xz"
    content = lzma.decompress(base64.b64decode(made.address.partition(",")[2]))
    assert [json.loads(line) for line in content.splitlines()] == looks
    assert made.size < len(content) / 50, "what the looks repeat is written once"
    assert packed(looks, made.size) is not None
    assert packed(looks, made.size - 1) is None


def test_a_report_of_100_tasks_and_5000_log_lines_is_below_3_mib() -> None:
    _, *looks = map(json.loads, large_recording(tasks=100, lines=5000, looks=3))
    report = Report("t", (section(looks),))
    text = to_html(report)
    assert len(text.encode()) < 3 * 1024 * 1024
    page = Page(text)
    assert page.text.count("task ") > 100
    assert sum(len(each.lines) for each in shown_logs(report.sections[0].chronicle.logs, None)) == 5000
    assert attached(report)[0] == "evidence.jsonl.xz"


def test_hostile_amounts_are_cut_and_said() -> None:
    document = look(100, [task(n, 5, 80) for n in range(300)], logs=[logs(n, "x" * 5000) for n in range(300)])
    document["service"]["events"] = [
        {"id": str(n), "createdAt": document["captured_at"], "message": "<" * 3000} for n in range(700)
    ]
    text = to_html(Report("t", (section([document]),)))
    assert len(text.encode()) < 4 * 1024 * 1024
    said = Page(text).text
    assert "100 more are in the evidence." in said
    assert "100 more logs are in the evidence." in said
    assert "500 older ones are in the evidence." in said


@pytest.mark.parametrize(
    "name", ["lone surrogates", "NUL bytes", "deeply nested", "ansi", "many tasks with logs", "100,000 events"]
)
def test_broken_evidence_is_a_whole_page(name: str) -> None:
    text = to_html(Report("t", (section([dict(broken())[name]]),)))
    page = Page(text)
    assert (page.wrongly_closed, page.left_open) == ([], [])
    assert len(text.encode()) < 3 * 1024 * 1024


@pytest.mark.parametrize("year", ["0001", "9999"])
def test_times_at_the_ends_of_the_calendar_are_drawn_or_left_out(year: str) -> None:
    odd = task(1, 5, 80, createdAt=f"{year}-01-01T00:00:00+00:00", stoppedAt=f"{year}-12-31T23:59:59+00:00")
    page = page_of(Report("t", (section([look(100, [odd])]),)))
    assert (page.wrongly_closed, page.left_open) == ([], [])
    assert "task 000001" in page.text or "Nothing in the evidence has a time." in page.text


def test_a_live_look_is_a_page(reader: FakeReader, clock: SteppedClock) -> None:
    reader.service = aws_service(deployment(OLD, 1, createdAt=NOW))
    reader.tasks = [aws_task(1, OLD)]
    report = report_of([section_of_look(*explain_look(Collector(reader, "prod", "web", clock)))], NOW)
    page = page_of(report)
    assert report.title == "web: healthy"
    assert "web:1" in page.text
    assert attached(report)[0] == "evidence.jsonl"


def test_several_documents_are_one_page_with_a_list() -> None:
    failed = Diagnosis(Verdict.DOOMED, "it failed", "", "", "out-of-memory", service="web")
    healthy = section([look(100, [task(1, 5)])], None, headline="web serves web:2", level="ok")
    page = page_of(Report("two", (section([], failed), healthy)))
    assert [level for level, _ in page.headings][:2] == [1, 2]
    assert page.headings[0][1] == "two"
    assert (2, "web serves web:2") in page.headings
    assert "ok web: web serves web:2" in page.text
    previous = 1
    for level, _ in page.headings:
        assert level <= previous + 1, "no level is skipped"
        previous = level


def test_a_document_that_is_refused_is_a_section_that_says_so() -> None:
    ((told, error),) = sections_of_stream(["[1, 2]\n"])
    assert error is not None
    page = page_of(report_of([told], BEGAN))
    assert "the evidence could not be read" in page.headings[0][1]
    assert "expected an object" in page.text
    assert HOSTILE not in page.text
