"""Reports for the tests of the page: a story, a whole one, a hostile one; and a reader of a page's structure."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from diagnostics.evidence import Evidence
from diagnostics.model import Change, Diagnosis, Gap, Link, Quote, Verdict
from diagnostics.names import COMMAND
from diagnostics.render.html.chronicle import Mark
from diagnostics.render.html.report import Report, Scribe, Section, report_of, sections_of_stream

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-west-1:123456789012"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"
OLD, NEW = "ecs-svc/1111111111111111111", "ecs-svc/2222222222222222222"
STORIES = Path(__file__).parents[1] / "stories"
HOSTILE = (
    "</script></style><script>document.title='x'</script><img src=x onerror=alert(1)>\" onload=\"x' "
    "\x1b[31m\u202e]]>--><!--"
)
"""What a log line, a name or a reason may be."""


def at(seconds: float) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat()


def story(name: str) -> Report:
    """Return the report of a recorded story."""
    with (STORIES / f"{name}.jsonl").open(encoding="utf-8") as stream:
        return report_of([section for section, _ in sections_of_stream(stream)], BEGAN)


def look(seconds: float, tasks: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """Return a look at a deployment that began at BEGAN and replaces another one."""
    running = sum(1 for task in tasks if task["lastStatus"] == "RUNNING")
    mine = {
        "id": NEW,
        "status": "PRIMARY",
        "rolloutState": "IN_PROGRESS",
        "taskDefinition": f"{ARN}:task-definition/web:2",
        "createdAt": at(0),
        "desiredCount": len(tasks),
        "runningCount": running,
        "pendingCount": 0,
    }
    theirs = mine | {"id": OLD, "status": "ACTIVE", "rolloutState": "COMPLETED", "runningCount": 2}
    service = {
        "serviceName": "web",
        "desiredCount": 2,
        "deployments": [mine, theirs | {"createdAt": at(-9000), "updatedAt": at(-8000)}],
    }
    return {"schema": "evidence/1", "captured_at": at(seconds), "service": service, "tasks": tasks} | more


def task(number: int, created: float, stopped: float | None = None, **more: Any) -> dict[str, Any]:
    """Return a task that runs 30 seconds after it was created, until it stops."""
    made = {
        "taskArn": f"{ARN}:task/prod/{number:06x}{'0' * 26}",
        "startedBy": NEW,
        "lastStatus": "RUNNING" if stopped is None else "STOPPED",
        "createdAt": at(created),
        "startedAt": at(created + 30),
        "containers": [{"name": "app"}],
        "attachments": [{"details": [{"name": "privateIPv4Address", "value": f"10.0.{number // 250}.{number % 250}"}]}],
    }
    if stopped is not None:
        made |= {"executionStoppedAt": at(stopped), "stoppedAt": at(stopped + 10), "stoppedReason": "it crashed"}
    return made | more


def targets(**states: str) -> list[dict[str, Any]]:
    """Return the health of targets by the last number of their address: `targets(_1="healthy")`."""
    described = [
        {"Target": {"Id": f"10.0.0{name.replace('_', '.')}", "Port": 80}, "TargetHealth": {"State": state}}
        for name, state in states.items()
    ]
    return [{"target_group_arn": GROUP, "target_group": "web", "descriptions": described}]


def events(*messages: tuple[float, str]) -> list[dict[str, Any]]:
    return [{"id": str(n), "createdAt": at(when), "message": said} for n, (when, said) in enumerate(messages)]


def logs(number: int, *messages: str) -> dict[str, Any]:
    said = [{"timestamp": at(40 + n), "message": message} for n, message in enumerate(messages)]
    return {"task_arn": task(number, 0)["taskArn"], "container": "app", "stream": "s", "events": said}


def section(documents: list[dict[str, Any]], diagnosis: Diagnosis | None = None, **more: Any) -> Section:
    """Return the section of these looks."""
    scribe = Scribe()
    for document in documents:
        scribe.add(Evidence.parse(document))
    return Section(diagnosis, scribe.chronicle, name="web", attachment=scribe.attachment(), **more)


def whole() -> Report:
    """Return a report with everything in it that a page can have."""
    first = look(35, [task(1, 5)], target_health=targets(_1="initial", _9="healthy"))
    second = look(
        100,
        [task(1, 5, 80), task(2, 60, healthStatus="UNHEALTHY")],
        target_health=targets(_2="unhealthy", _9="healthy"),
        alarms=[
            {"AlarmName": "web-5xx", "StateValue": "ALARM", "StateReason": "12 > 5", "StateUpdatedTimestamp": at(90)}
        ],
        logs=[logs(1, "starting", "KeyError: 'PORT'"), logs(2, "starting")],
        gaps=[{"what": "roles", "why": "GetRole: AccessDenied"}],
    )
    second["service"]["events"] = events((3, "(service web) has started 1 tasks: (task 000001)."))
    told = Diagnosis(
        Verdict.DOOMED,
        "the program needs `PORT`, which is not set",
        "the variable is read at the start, so the next task dies alike",
        "set `PORT` in the task definition:\naws ecs register-task-definition --cli-input-json file://web.json",
        "app-config-missing",
        evidence=(Quote("task 000001 log of app", "KeyError: 'PORT'", BEGAN + timedelta(seconds=41)),),
        also_seen=("app-crash-exception",),
        gaps=(Gap("roles", "GetRole: AccessDenied"),),
        service="web",
        cluster="prod",
        deployment=NEW,
        changes=(Change("containerDefinitions[app].image", "web:1", "web:2"), Change("cpu", None, "256")),
        changed_since="web:1",
        links=(Link("service", "https://console.aws.amazon.com/ecs/v2"), Link("bad", "javascript:alert(1)")),
        at=BEGAN + timedelta(seconds=100),
    )
    acts = (Mark(BEGAN + timedelta(seconds=85), COMMAND, "the failure is explained"),)
    made = section([first, second], told, acts=acts, notes=("revision web:1 serves again",))
    return Report("web: app-config-missing", (made,), errors=("update failed",), notes=("a note",), made_at=BEGAN)


def hostile() -> Report:
    """Return a report in which everything that AWS, a program or the engine says wants to be markup."""
    bad = task(1, 5, 80, stoppedReason=HOSTILE, stopCode=HOSTILE)
    bad["containers"] = [{"name": HOSTILE, "exitCode": 1}]
    document = look(
        100,
        [bad, task(2, 5, healthStatus=HOSTILE, lastStatus=HOSTILE)],
        logs=[logs(1, HOSTILE, f"{HOSTILE}\nsecond") | {"container": HOSTILE}],
        alarms=[{"AlarmName": HOSTILE, "StateValue": "ALARM", "StateReason": HOSTILE}],
        target_health=[
            {
                "target_group_arn": HOSTILE,
                "target_group": HOSTILE,
                "descriptions": [{"Target": {"Id": HOSTILE}, "TargetHealth": {"State": HOSTILE, "Reason": HOSTILE}}],
            }
        ],
        gaps=[{"what": HOSTILE, "why": HOSTILE}],
    )
    document["service"] |= {"serviceName": HOSTILE, "events": events((3, HOSTILE))}
    document["service"]["deployments"][0] |= {"taskDefinition": HOSTILE, "rolloutState": HOSTILE}
    told = Diagnosis(
        Verdict.DOOMED,
        f"{HOSTILE} `{HOSTILE}`",
        HOSTILE,
        f"{HOSTILE}\n{HOSTILE}",
        HOSTILE,
        evidence=(Quote(HOSTILE, HOSTILE),),
        also_seen=(HOSTILE,),
        gaps=(Gap(HOSTILE, HOSTILE),),
        service=HOSTILE,
        cluster=HOSTILE,
        deployment=HOSTILE,
        changes=(Change(HOSTILE, HOSTILE, None), Change(HOSTILE, None, HOSTILE)),
        changed_since=HOSTILE,
        notes=(HOSTILE,),
        links=(Link(HOSTILE, f"https://console.aws.amazon.com/{HOSTILE}"),),
    )
    made = section([document], told, notes=(HOSTILE,), acts=(Mark(BEGAN, HOSTILE, HOSTILE),), headline=HOSTILE)
    return Report(HOSTILE, (made, made), errors=(HOSTILE,), notes=(HOSTILE,))


class Page(HTMLParser):
    """What a page is made of: elements with their attributes, texts, and headings in their order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.wrongly_closed: list[str] = []
        self.headings: list[tuple[int, str]] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in {"meta", "link"}:
            self._open.append(tag)
        if tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.wrongly_closed.append(tag)

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        if self._open and self._open[-1] in {"h1", "h2", "h3", "h4", "h5", "h6", "code"} and self.headings:
            level, text = self.headings[-1]
            if any(tag.startswith("h") and tag[1:].isdigit() for tag in self._open):
                self.headings[-1] = (level, text + data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.texts).split())

    def all(self, tag: str) -> Iterator[dict[str, str | None]]:
        return (attributes for name, attributes in self.elements if name == tag)

    @property
    def left_open(self) -> list[str]:
        return self._open
