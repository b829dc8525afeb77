"""The error that ended a program is found in the words of its language, and with the place in its own code."""

import pytest

from diagnostics.crash import find_crash, last_complaint

FOUND = {
    "ruby system call, under foreman": (
        ["14:32:25 web.1 | /srv/dsl.rb:81:in `read': No such file or directory @ rb_sysopen - puma.rb (Errno::ENOENT)"],
        ("No such file or directory @ rb_sysopen - puma.rb (Errno::ENOENT)", "Errno::ENOENT", ""),
    ),
    ".net with a code": (
        ['Npgsql.PostgresException (0x80004005): 42P01: relation "settings" does not exist'],
        (
            'Npgsql.PostgresException (0x80004005): 42P01: relation "settings" does not exist',
            "Npgsql.PostgresException",
            "",
        ),
    ),
    "clojure": (
        ["Execution error (ArithmeticException) at orders.core/total (core.clj:12).", "Divide by zero"],
        ("ArithmeticException: Divide by zero", "ArithmeticException", "core.clj:12"),
    ),
    "clojure, cut off": (
        ["Execution error (ArithmeticException) at orders.core/total (core.clj:12)."],
        ("ArithmeticException at orders.core/total (core.clj:12).", "ArithmeticException", "core.clj:12"),
    ),
    "deno, an error of another name": (
        [
            "NotCapable: Requires read access to <CWD>, run again with the --allow-read flag",
            "    at Process.cwd (ext:deno_fs/30_fs.js:151:10)",
            "    at start (file:///srv/orders/main.ts:57:11)",
        ],
        (
            "NotCapable: Requires read access to <CWD>, run again with the --allow-read flag",
            "NotCapable",
            "file:///srv/orders/main.ts:57",
        ),
    ),
    "v8": (
        ["#", "# Fatal error in , line 0", "# Check failed: module->status() == kEvaluated.", "#"],
        (
            "Check failed: module->status() == kEvaluated.",
            "Check failed: module->status() == kEvaluated.",
            "",
        ),
    ),
    "elixir, with a frame of its own": (
        [
            '** (MatchError) no match of right hand side value: {:error, "no such key"}',
            '    (elixir 1.16.2) lib/enum.ex:987: Enum."-each/2-lists^foreach/1-0-"/2',
            "    (orders 0.4.1) lib/orders/keys.ex:20: Orders.Keys.load/1",
        ],
        (
            '(MatchError) no match of right hand side value: {:error, "no such key"}',
            "MatchError",
            "lib/orders/keys.ex:20",
        ),
    ),
    "erlang, a term over several lines": (
        [
            '{"Kernel pid terminated",',
            "    application_controller,",
            '    "{application_start_failure,',
            "        orders,",
        ],
        (
            "Kernel pid terminated, application_controller, application_start_failure, orders",
            'Kernel pid terminated",',
            "",
        ),
    ),
    "python": (
        [
            "Traceback (most recent call last):",
            '  File "/app/main.py", line 12, in main',
            '    x["a"]',
            "KeyError: 'a'",
        ],
        ("KeyError: 'a'", "KeyError", "/app/main.py:12"),
    ),
    "python own exception in a chain": (
        [
            "Traceback (most recent call last):",
            '  File "/app/a.py", line 1, in f',
            "ValueError: first",
            "The above exception was the direct cause of the following exception:",
            "Traceback (most recent call last):",
            '  File "/usr/lib/python3/site-packages/lib.py", line 9, in run',
            '  File "/app/b.py", line 2, in g',
            "app.errors.Stop: second",
        ],
        ("app.errors.Stop: second", "app.errors.Stop", "/app/b.py:2"),
    ),
    "python with time and level": (
        [
            "2026-11-20 10:00:01,123 ERROR Traceback (most recent call last):",
            '  File "/app/a.py", line 3, in f',
            "RuntimeError: no",
        ],
        ("RuntimeError: no", "RuntimeError", "/app/a.py:3"),
    ),
    "node": (
        [
            "/srv/a.js:7",
            "  foo()",
            "  ^",
            "",
            "ReferenceError: foo is not defined",
            "    at Object.<anonymous> (/srv/a.js:7:3)",
        ],
        ("ReferenceError: foo is not defined", "ReferenceError", "/srv/a.js:7"),
    ),
    "nginx with time": (
        ['2026/11/20 21:29:11 [emerg] 1#1: unknown directive "proxy_sizes" in /etc/nginx/nginx.conf:4'],
        ('unknown directive "proxy_sizes" in /etc/nginx/nginx.conf:4', None, ""),
    ),
    "haproxy": (
        ["[ALERT]    (1) : config : parsing [/etc/haproxy.cfg:12] : unknown keyword 'foo' in 'backend' section"],
        ("parsing [/etc/haproxy.cfg:12] : unknown keyword 'foo' in 'backend' section", None, ""),
    ),
    "node with a code": (
        ["TypeError [ERR_INVALID_ARG_TYPE]: The path argument", "    at node:fs:1:1", "    at run (/srv/b.js:4:5)"],
        ("TypeError [ERR_INVALID_ARG_TYPE]: The path argument", "TypeError", "/srv/b.js:4"),
    ),
    "java": (
        ['Exception in thread "main" java.lang.IllegalArgumentException: bad', "\tat com.acme.Main.main(Main.java:5)"],
        ("java.lang.IllegalArgumentException: bad", "java.lang.IllegalArgumentException", "Main.java:5"),
    ),
    "go": (
        [
            "panic: runtime error: index out of range [3] with length 3",
            "goroutine 1 [running]:",
            "main.main()",
            "\t/src/main.go:8 +0x1d",
        ],
        (
            "panic: runtime error: index out of range [3] with length 3",
            "panic: runtime error: index out of range [#] with length #",
            "/src/main.go:8",
        ),
    ),
    "rust 1.73 and later": (
        ["thread 'main' panicked at src/main.rs:4:10:", "no plan"],
        ("src/main.rs:4:10: no plan", "src/main.rs:#:#: no plan", "src/main.rs:4"),
    ),
    "dotnet": (
        [
            "Unhandled exception. System.FormatException: bad input",
            "   at Shop.Program.Main() in /src/Program.cs:line 3",
        ],
        ("System.FormatException: bad input", "System.FormatException", "/src/Program.cs:3"),
    ),
    "ruby": (
        ["/app/boot.rb:3:in `require_relative': cannot load such file (LoadError)"],
        ("cannot load such file (LoadError)", "LoadError", "/app/boot.rb:3"),
    ),
    "php": (
        ['PHP Fatal error:  Uncaught Error: Class "Plan" not found in /var/www/index.php:3'],
        ('Uncaught Error: Class "Plan" not found in /var/www/index.php:3', "Error", ""),
    ),
    "elixir": (["** (KeyError) key :plan not found"], ("(KeyError) key :plan not found", "KeyError", "")),
    "c++": (
        ["terminate called after throwing an instance of 'std::out_of_range'", "  what():  at"],
        ("'std::out_of_range'", "std::out_of_range", ""),
    ),
    "nginx": (
        ['nginx: [emerg] unexpected "}" in /etc/nginx/nginx.conf:9'],
        ('unexpected "}" in /etc/nginx/nginx.conf:9', None, ""),
    ),
    "logrus": (['time="2026-11-20T10:00:00Z" level=fatal msg="no plan given"'], ("no plan given", "no plan given", "")),
    "zap": (
        ['{"level":"fatal","ts":1.5,"caller":"a.go:3","msg":"no plan given"}'],
        ("no plan given", "no plan given", ""),
    ),
    "redis": (
        ["*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***"],
        ("*** FATAL CONFIG FILE ERROR (Redis 7.2.4) ***", None, ""),
    ),
    "shell": (
        ["/entry.sh: line 9: syntax error near unexpected token `fi'"],
        ("/entry.sh: line 9: syntax error near unexpected token `fi'", None, ""),
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_error_of_each_language_is_found(name: str) -> None:
    lines, (error, kind, where) = FOUND[name]
    crash = find_crash(lines)
    assert crash is not None
    assert (crash.error, crash.where) == (error, where)
    assert kind in (None, crash.kind)


@pytest.mark.parametrize(
    "line",
    [
        "INFO errors: 0, exceptions: 0",
        "Error: could not load optional plugin",
        "registered handler for ValueError",
        'level=error msg="one request failed"',
        "worker exited, see log",
        "app.errors module loaded",
        "0 fatal errors",
    ],
)
def test_an_ordinary_line_is_no_crash(line: str) -> None:
    assert find_crash(["starting", line, "ready"]) is None


def test_two_deaths_of_one_type_are_alike_although_their_messages_differ() -> None:
    first, second = (find_crash(["Traceback (most recent call last):", f"KeyError: '{key}'"]) for key in "ab")
    assert first is not None
    assert second is not None
    assert first.kind == second.kind


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("ERROR: two plans have the same rank", "two plans have the same rank"),
        ("2026-11-18 09:30:31,123 ERROR [main] orders: plans differ", "plans differ"),
        ('{"level":"error","time":1,"msg":"plans differ"}', "plans differ"),
    ],
)
def test_a_log_without_an_uncaught_error_may_end_in_a_complaint(line: str, error: str) -> None:
    found = last_complaint(["starting", line, "bye"])
    assert found is not None
    assert error in found.error


@pytest.mark.parametrize("line", ["INFO 0 errors", "listening on 8080", "no error: all is well"])
def test_a_line_that_is_no_complaint_is_none(line: str) -> None:
    assert last_complaint(["starting", line]) is None
