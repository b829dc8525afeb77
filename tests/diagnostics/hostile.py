"""Evidence that nobody sends and everybody may: long, broken, nested, and made of the rules' own words."""

import re
import re._parser as sre  # the standard library's own reader of patterns; it has no public name
from collections.abc import Iterator
from random import Random
from types import ModuleType
from typing import Any

from diagnostics.rules import Rule
from diagnostics.said import Wording

SIZE = 1024 * 1024
PASSAGE = 2000
"""Characters of one text that rules look at: what a pattern can be given at most."""
ARN = "arn:aws:ecs:eu-west-1:123456789012"
MINE = "ecs-svc/2222222222222222222"
AT = "2026-11-20T10:00:00+00:00"
FILLERS = (" ", "a", "0", "(", "/", ".", ":", "-", "'", '"', "a ", "a.", "\t", "é", "=")


def task(number: int, **more: Any) -> dict[str, Any]:
    return {
        "taskArn": f"{ARN}:task/prod/{number:032x}",
        "startedBy": MINE,
        "lastStatus": "STOPPED",
        "createdAt": AT,
        "startedAt": AT,
        "stoppedAt": AT,
        "containers": [{"name": "app", "exitCode": 1}],
    } | more


def document(**more: Any) -> dict[str, Any]:
    service = {
        "serviceName": "web",
        "desiredCount": 1,
        "deployments": [{"id": MINE, "status": "PRIMARY", "rolloutState": "IN_PROGRESS"}],
    }
    return {"schema": "evidence/1", "captured_at": AT, "service": service, "tasks": [task(0)]} | more


def logging(messages: list[str], exit_code: int = 1) -> dict[str, Any]:
    """Return a document of one task that died, whose log says all this."""
    died = task(0, containers=[{"name": "app", "exitCode": exit_code}])
    events = [{"timestamp": AT, "message": message} for message in messages]
    return document(tasks=[died], logs=[{"task_arn": died["taskArn"], "container": "app", "events": events}])


def spoken(texts: list[str]) -> dict[str, Any]:
    """Return a document in which AWS says all this, wherever AWS speaks."""
    quarter = max(1, len(texts) // 4)
    stopped, reasons, events, errors = (texts[n * quarter : (n + 1) * quarter] for n in range(4))
    made = document()
    made["tasks"] = [task(n, stoppedReason=text) for n, text in enumerate(stopped)]
    made["tasks"] += [
        task(len(stopped) + n, containers=[{"name": "app", "reason": text}]) for n, text in enumerate(reasons)
    ]
    made["service"]["events"] = [{"createdAt": AT, "message": text} for text in events]
    made["errors"] = [{"operation": "CreateService", "code": "ClientException", "message": text} for text in errors]
    descriptions = [
        {"Target": {"Id": "10.0.0.1", "Port": 80}, "TargetHealth": {"State": "unhealthy", "Description": text[:200]}}
        for text in texts[:50]
    ]
    made["target_health"] = [{"target_group_arn": "arn:x:targetgroup/web/1", "descriptions": descriptions}]
    return made


def broken() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield documents that are hostile whatever a rule looks for, each with its name; about 1 MiB each."""
    yield "one line", logging(["a" * SIZE])
    yield "one line of trouble", logging(["error: failed " * (SIZE // 14)])
    yield "many lines", logging(["x"] * (SIZE // 20))
    yield "many lines of trouble", logging([f"error: {n} failed" for n in range(SIZE // 40)])
    yield "lines in one event", logging(["x\n" * 30_000] * 16)
    yield "NUL bytes", logging(["\0" * (SIZE // 2), "error\0denied\0" * 40_000])
    yield "lone surrogates", logging(["\ud800error\udfff" * 1000] * 60)
    yield "other encodings", logging(["Fehler: größer".encode("utf-16").decode("latin-1") * 500] * 70)
    yield "right to left, wide and combining", logging(["שגיאה İı ﬃ 错误 e\u0301 🚀" * 300] * 100)
    yield "brackets", logging(["[" * 60_000] * 17)
    yield "deeply nested", logging(['{"a":' * 400 + "1" + "}" * 400] * 400)
    yield "a wide structured line", logging(["{" + ",".join(f'"k{n}":"error {n}"' for n in range(3000)) + "}"] * 20)
    yield "ansi", logging(["\x1b[31m" * 10_000] * 20)
    yield "100,000 lines", logging([str(n) for n in range(100_000)])
    made = document()
    made["service"]["events"] = [{"createdAt": AT, "message": f"event {n}"} for n in range(100_000)]
    yield "100,000 events", made
    yield "many tasks", document(tasks=[task(n, stoppedReason="Task failed to start") for n in range(5000)])
    yield (
        "many containers",
        document(tasks=[task(0, containers=[{"name": f"c{n}", "exitCode": 1} for n in range(20_000)])]),
    )
    logs = [{"task_arn": task(n)["taskArn"], "events": [{"message": "error"}]} for n in range(4000)]
    yield "many tasks with logs", document(tasks=[task(n) for n in range(4000)], logs=logs)
    targets = [
        {"Target": {"Id": f"10.0.{n // 250}.{n % 250}", "Port": n % 65536}, "TargetHealth": {"State": "unhealthy"}}
        for n in range(8000)
    ]
    yield "many targets", document(target_health=[{"target_group_arn": "g", "descriptions": targets}])
    yield "many errors", document(errors=[{"message": f"error {n}: denied"} for n in range(20_000)])


def _values_of(rule: Rule) -> Iterator[object]:
    """Give every value of a rule's module, those in tuples, sets and tables one by one."""
    assert isinstance(rule, ModuleType)
    waiting = [value for name, value in vars(rule).items() if not name.startswith("__")]
    while waiting:
        value = waiting.pop(0)
        if isinstance(value, tuple | list | set | frozenset):
            waiting[:0] = value
        elif isinstance(value, dict):
            waiting[:0] = value.values()
        else:
            yield value


def wordings_of(rule: Rule) -> list[Wording]:
    """Return every wording of a rule's module."""
    return list(dict.fromkeys(value for value in _values_of(rule) if isinstance(value, Wording)))


def patterns_of(rule: Rule) -> list[re.Pattern[str]]:
    """Return every pattern of a rule's module, those of its wordings included."""
    values = (value.pattern if isinstance(value, Wording) else value for value in _values_of(rule))
    return list({value.pattern: value for value in values if isinstance(value, re.Pattern)}.values())


def literals_of(pattern: re.Pattern[str]) -> list[str]:
    """Return the runs of literal characters of a pattern, in their order."""
    runs: list[str] = [""]

    def walk(items: Any) -> None:
        for kind, value in items:
            if kind is sre.LITERAL:
                runs[-1] += chr(value)
                continue
            inner = value if isinstance(value, tuple | list | sre.SubPattern) else ()
            runs.append("")
            for each in _inner(inner):
                walk(each)
                runs.append("")

    walk(sre.parse(pattern.pattern, pattern.flags & ~re.UNICODE))
    return [run for run in runs if run]


def _inner(value: Any) -> Iterator[Any]:
    for each in value:
        if isinstance(each, sre.SubPattern):
            yield each
        elif isinstance(each, list):
            yield from (part for part in each if isinstance(part, sre.SubPattern))


def adversaries(pattern: re.Pattern[str]) -> list[str]:
    """Return texts of a passage's length that begin like matches of the pattern again and again, and never end so."""
    literals = list(dict.fromkeys(literals_of(pattern)))
    whole = " ".join(literals)
    made = [_repeated(whole), _repeated(whole[:-1]), _repeated("".join(literals))]
    for literal in literals:
        made += [_repeated(literal), _repeated(literal[:-1] or literal)]
        made += [literal + _repeated(filler)[len(literal) :] for filler in FILLERS]
        made += [_repeated(literal + filler) for filler in FILLERS]
    made += [_repeated(filler) for filler in FILLERS]
    return list(dict.fromkeys(made))


def assembled(random: Random, literals: list[str]) -> str:
    """Return a text of a passage's length from literals, fillers and truncated literals."""
    parts: list[str] = []
    length = 0
    while length < PASSAGE:
        part = random.choice(literals)
        part = part[: random.randint(1, len(part))] if random.random() < 0.3 else part
        parts.append(part + random.choice(FILLERS) * random.choice((0, 1, 1, 40)))
        length += len(parts[-1])
    return "".join(parts)[:PASSAGE]


def _repeated(text: str) -> str:
    return (text * (PASSAGE // max(1, len(text)) + 1))[:PASSAGE]
