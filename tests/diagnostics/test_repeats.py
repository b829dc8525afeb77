"""One death at the start is enough where nothing that changes by itself took part; anything else needs a second one."""

from typing import Any

import pytest

from diagnostics.engine import diagnose
from diagnostics.evidence import Evidence
from diagnostics.model import Verdict
from sandbox.images import load_catalogue

STARTED = "2026-11-20T10:00:00+00:00"
SOON, LATE = "2026-11-20T10:00:20+00:00", "2026-11-20T10:03:00+00:00"
BALANCED = {"serviceName": "web", "loadBalancers": [{"targetGroupArn": "g"}]}


def verdict(*lines: str, stopping: str | None = SOON, **parts: Any) -> Verdict:
    times = {name: parts.pop(name) for name in ("startedAt", "pullStoppedAt") if name in parts}
    task = {
        "taskArn": "t/1",
        "startedBy": "ecs-svc/1",
        "lastStatus": "STOPPED",
        "startedAt": STARTED,
        "stoppingAt": stopping,
        "stopCode": "EssentialContainerExited",
        "stoppedReason": "Essential container in task exited",
        "containers": [{"name": "app", "exitCode": 1}],
    } | times
    log = {"task_arn": "t/1", "container": "app", "events": [{"message": line} for line in lines]}
    document = {"schema": "evidence/1", "captured_at": LATE, "tasks": [task, *parts.pop("others", [])], "logs": [log]}
    return diagnose(Evidence.parse(document | parts)).verdict


def traceback(error: str, *frames: str) -> tuple[str, ...]:
    return ("Traceback (most recent call last):", '  File "/app/main.py", line 3, in <module>', *frames, error)


OS = '  File "<frozen os>", line 679, in __getitem__'
REQUESTS = '  File "/usr/lib/python3.12/site-packages/requests/models.py", line 1021, in json'
REPEATS = [
    traceback("ModuleNotFoundError: No module named 'flask'"),
    traceback("ImportError: libpq.so.5: cannot open shared object file: No such file or directory"),
    traceback(
        "ModuleNotFoundError: No module named 'psycopg2'",
        '  File "/usr/lib/python3.12/site-packages/sqlalchemy/engine/create.py", line 602, in create_engine',
    ),
    traceback("SyntaxError: invalid syntax"),
    traceback("IndentationError: unexpected indent"),
    traceback("NameError: name 'Flask' is not defined"),
    traceback("AttributeError: module 'settings' has no attribute 'PORT'"),
    traceback("PermissionError: [Errno 13] Permission denied: '/app/cache'"),
    traceback("OSError: [Errno 30] Read-only file system: '/app/tmp'"),
    traceback("RuntimeError: environment variable DATABASE_URL is not set"),
    traceback("django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty."),
    traceback("KeyError: 'DATABASE_URL'", '    url = os.environ["DATABASE_URL"]'),
    traceback("KeyError: 'DATABASE_URL'", OS),
    (
        *traceback("pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings"),
        "database_url",
        "  Field required [type=missing, input_value={}, input_type=dict]",
    ),
    traceback("TypeError: unsupported operand type(s) for +: 'int' and 'str'"),
    traceback("TypeError: total() missing 1 required positional argument: 'basket'"),
    ("Error: Cannot find module 'express'", "Require stack:", "    at Module._resolveFilename (node:internal:1:2)"),
    ("ReferenceError: aplication is not defined", "    at Object.<anonymous> (/app/server.js:4:1)"),
    ("TypeError: app.listn is not a function", "    at Object.<anonymous> (/app/server.js:4:1)"),
    ("Error: EACCES: permission denied, open '/app/run.pid'", "    at Object.openSync (node:fs:1:2)"),
    ("Error: listen EACCES: permission denied 0.0.0.0:80", "    at Server.setupListenHandle (node:net:1:2)"),
    ('Exception in thread "main" java.lang.NoClassDefFoundError: org/slf4j/Logger',),
    ('Exception in thread "main" java.lang.ClassNotFoundException: com.acme.Main',),
    ("panic: open /etc/app/config.yaml: permission denied",),
    ("panic: required key DATABASE_URL missing value",),
    ("panic: assignment to entry in nil map",),
    ('nginx: [emerg] unknown directive "proxy_passs" in /etc/nginx/conf.d/default.conf:14',),
    ('PHP Parse error:  syntax error, unexpected token "}" in /app/index.php on line 3',),
    ("/app/boot.rb:1:in `require': cannot load such file -- sinatra (LoadError)",),
    ("** (RuntimeError) environment variable SECRET_KEY_BASE is missing.",),
    ("exec /app/server: exec format error",),
    ("standard_init_linux.go:228: exec user process caused: exec format error",),
    ('exec user process caused "exec format error"',),
    ("[FATAL tini (7)] exec /app/server failed: Exec format error",),
    ("[dumb-init] /app/server: Exec format error",),
    ("/bin/bash: line 1: /app/server: cannot execute binary file: Exec format error",),
    ("exec /app/start.sh: no such file or directory",),
    ("/bin/sh: 1: gunicorn: not found",),
    ("/app/server: error while loading shared libraries: libssl.so.1.1: cannot open shared object file",),
    ("Error loading shared library libstdc++.so.6: No such file or directory (needed by /app/server)",),
    ("/app/server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /app/server)",),
]
NEEDS_A_SECOND = [
    traceback("ZeroDivisionError: division by zero"),
    traceback("KeyError: 'price'"),
    traceback("KeyError: 'TOKEN'"),
    traceback("IndexError: list index out of range"),
    traceback("TypeError: 'NoneType' object is not subscriptable"),
    traceback("TypeError: string indices must be integers, not 'str'"),
    traceback("AttributeError: 'NoneType' object has no attribute 'rows'"),
    traceback("RuntimeError: migrations are pending"),
    traceback("json.decoder.JSONDecodeError: Expecting value: line 1 column 1 (char 0)"),
    traceback("requests.exceptions.HTTPError: 503 Server Error: for url: https://flags.internal/v1"),
    traceback("TypeError: unsupported operand type(s) for +: 'int' and 'str'", REQUESTS),
    ("INFO prices from https://prices.internal/v1", *traceback("TypeError: can only concatenate str to str")),
    ("WARN redis: connection refused, going on", *traceback("TypeError: total() missing 1 required argument: 'x'")),
    ("TypeError: rows.map is not a function", "    at main (/app/node_modules/ioredis/built/index.js:4:1)"),
    ("SyntaxError: Unexpected token < in JSON at position 0", "    at JSON.parse (<anonymous>)"),
    ("SyntaxError: Unexpected token '<', \"<html>...\" is not valid JSON", "    at JSON.parse (<anonymous>)"),
    ("TypeError: Cannot read properties of undefined (reading 'rows')", "    at main (/app/server.js:4:1)"),
    ("panic: runtime error: index out of range [0] with length 0",),
    ('Exception in thread "main" java.lang.NoClassDefFoundError: Could not initialize class com.acme.Pool',),
    ('Exception in thread "main" java.lang.IllegalStateException: two policies for tenant 17',),
    ('level=fatal msg="fork/exec /cache/plugin: exec format error"',),
    traceback("OSError: [Errno 8] Exec format error: '/cache/tool'"),
]


@pytest.mark.parametrize("lines", REPEATS, ids=lambda lines: lines[-1][:60])
def test_one_death_of_what_only_another_image_or_setting_changes_is_doomed(lines: tuple[str, ...]) -> None:
    assert verdict(*lines) is Verdict.DOOMED


@pytest.mark.parametrize("lines", NEEDS_A_SECOND, ids=lambda lines: lines[-1][:60])
def test_one_death_of_what_may_come_from_elsewhere_is_suspect(lines: tuple[str, ...]) -> None:
    assert verdict(*lines) is Verdict.SUSPECT


@pytest.mark.parametrize("stopping", [LATE, None])
def test_a_death_that_was_not_shown_to_be_at_the_start_needs_a_second_one(stopping: str | None) -> None:
    assert verdict(*traceback("ModuleNotFoundError: No module named 'late'"), stopping=stopping) is Verdict.SUSPECT


@pytest.mark.parametrize(("pulled", "expected"), [(STARTED, Verdict.DOOMED), (None, Verdict.SUSPECT)])
def test_a_program_that_ended_before_its_task_was_running_ended_at_its_start(
    pulled: str | None, expected: Verdict
) -> None:
    assert verdict("exec /app/server: exec format error", startedAt=None, pullStoppedAt=pulled) is expected


def test_a_healthy_task_of_the_deployment_keeps_even_a_missing_module_suspect() -> None:
    well = {
        "taskArn": "t/2",
        "startedBy": "ecs-svc/1",
        "lastStatus": "RUNNING",
        "startedAt": STARTED,
        "healthStatus": "HEALTHY",
    }
    lines = traceback("ModuleNotFoundError: No module named 'flask'")
    assert verdict(*lines, others=[well]) is Verdict.SUSPECT


@pytest.mark.parametrize(
    ("parts", "stopping", "expected"),
    [
        ({"service": BALANCED}, SOON, Verdict.DOOMED),
        ({"service": BALANCED}, LATE, Verdict.SUSPECT),
        ({}, SOON, Verdict.SUSPECT),
    ],
)
def test_memory_that_runs_out_before_any_request_runs_out_again(
    parts: dict[str, Any], stopping: str, expected: Verdict
) -> None:
    killed = {
        "taskArn": "t/1",
        "startedBy": "ecs-svc/1",
        "lastStatus": "STOPPED",
        "startedAt": STARTED,
        "stoppingAt": stopping,
        "stoppedReason": "OutOfMemoryError: Container killed due to memory usage",
        "containers": [{"name": "app", "exitCode": 137}],
    }
    diagnosis = diagnose(Evidence.parse({"schema": "evidence/1", "tasks": [killed], **parts}))
    assert (diagnosis.root_cause, diagnosis.verdict) == ("out-of-memory", expected)


FAILED_CONNECTIONS = [
    (image.name, event, logged)
    for image in load_catalogue().images
    for connection in image.needs.connections
    for event, reaction in connection
    if (logged := tuple(getattr(reaction, "logs", None) or ()))
]


@pytest.mark.parametrize(
    "logged", [each[2] for each in FAILED_CONNECTIONS], ids=[f"{each[0]} {each[1]}" for each in FAILED_CONNECTIONS]
)
def test_no_captured_failure_of_a_connection_dooms_by_itself(logged: tuple[Any, ...]) -> None:
    lines = [getattr(line, "line", line) for line in logged]
    assert verdict(*lines) is not Verdict.DOOMED
