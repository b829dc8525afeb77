"""How long one snapshot takes to be diagnosed: `python -m benchmarks.diagnose` prints parse and rules apart, and both.

The snapshot is what a large service shows on its worst day: 100 stopped tasks, each with 50 log lines that name trouble
and no cause, 100 events and 100 targets. Each round reads it anew, so that nothing is worked out before the clock runs.
Measured is the processor's time: what else the machine does is left out.
"""

import argparse
import json
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.recorder import redact_document
from diagnostics.rules import RULES

BEGAN = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
ARN = "arn:aws:ecs:eu-west-1:123456789012"
GROUP = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:targetgroup/web/0123456789abcdef"
MINE = "ecs-svc/2222222222222222222"


def snapshot(tasks: int, lines: int) -> dict[str, Any]:
    """Return a document of so many stopped tasks with so many log lines in all."""
    arns = [f"{ARN}:task/prod/{number:032x}" for number in range(tasks)]
    return {
        "schema": "evidence/1",
        "captured_at": BEGAN.isoformat(),
        "service": {
            "serviceName": "web",
            "desiredCount": tasks,
            "deployments": [{"id": MINE, "status": "PRIMARY", "rolloutState": "IN_PROGRESS"}],
            "events": [
                {"id": str(n), "createdAt": _at(n), "message": f"(service web) has started 1 tasks: (task {n:032x})."}
                for n in range(100)
            ],
        },
        "task_definition": {"containerDefinitions": [{"name": "app", "image": "shop:2"}]},
        "tasks": [
            {
                "taskArn": arn,
                "startedBy": MINE,
                "lastStatus": "STOPPED",
                "desiredStatus": "STOPPED",
                "stopCode": "EssentialContainerExited",
                "stoppedReason": "Essential container in task exited",
                "createdAt": _at(n),
                "startedAt": _at(n + 30),
                "stoppedAt": _at(n + 60),
                "containers": [{"name": "app", "lastStatus": "STOPPED", "exitCode": 1}],
            }
            for n, arn in enumerate(arns)
        ],
        "logs": [
            {"task_arn": arn, "container": "app", "stream": "s", "events": _lines(n, lines // tasks)}
            for n, arn in enumerate(arns)
        ],
        "target_health": [
            {
                "target_group_arn": GROUP,
                "descriptions": [
                    {"Target": {"Id": f"10.0.0.{n}", "Port": 80}, "TargetHealth": {"State": "initial"}}
                    for n in range(tasks)
                ],
            }
        ],
    }


def _lines(task: int, count: int) -> list[dict[str, Any]]:
    """Return lines as services write them: requests, structured ones, warnings, and a retry that fails."""
    kinds = (
        '10.0.1.7 - - [20/Nov/2026:10:00:00 +0000] "GET /orders/{n} HTTP/1.1" 200 512 "-" "curl/8.5.0"',
        '{{"level": "info", "msg": "handled", "path": "/orders/{n}", "ms": 12, "trace": "{n:032x}"}}',
        "2026-11-20 10:00:00,123 WARNING pool: connection {n} was idle for 300 s and is closed",
        "\x1b[33mWARN\x1b[0m retrying {n}: upstream answered 503, attempt 2 of 5 failed",
        "INFO worker {n} took job invoice-{n} from the queue and finished it",
    )
    return [{"timestamp": _at(n), "message": kinds[n % len(kinds)].format(n=task * 1000 + n)} for n in range(count)]


def _at(seconds: int) -> str:
    return (BEGAN + timedelta(seconds=seconds)).isoformat()


def main() -> None:
    """Measure, and print the median and the slowest of the rounds in milliseconds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=100)
    parser.add_argument("--lines", type=int, default=5000)
    parser.add_argument("--rounds", type=int, default=9)
    given = parser.parse_args()
    text = json.dumps(snapshot(given.tasks, given.lines))
    taken: dict[str, list[float]] = {"parse": [], "diagnose": [], "redact": []}
    for _ in range(given.rounds):
        document = json.loads(text)
        began = time.process_time()
        evidence = Evidence.parse(document)
        parsed = time.process_time()
        diagnosis = diagnose(evidence)
        diagnosed = time.process_time()
        redact_document(document)
        taken["parse"].append(parsed - began)
        taken["diagnose"].append(diagnosed - parsed)
        taken["redact"].append(time.process_time() - diagnosed)
    print(f"{given.tasks} tasks, {given.lines} log lines, {len(RULES)} rules -> {diagnosis.root_cause}")
    for name, seconds in taken.items():
        print(f"{name:9} {statistics.median(seconds) * 1000:6.0f} ms, slowest {max(seconds) * 1000:6.0f} ms")


if __name__ == "__main__":
    main()
