"""The level of a log line is read in the form of the logger that wrote it."""

import pytest

from diagnostics.levels import complaint, is_calm

LOUD = (
    "2026-11-20 10:00:00,000 - orders.db - CRITICAL - no table of orders",
    "[2026-11-20 10:00:00,110] {scheduler_job.py:1346} ERROR - no table of orders",
    "[Nest] 1  - 11/20/2026, 10:00:00 AM   ERROR [ExceptionHandler] no table of orders",
    "[2026-11-20 10:00:00] production.ERROR: no table of orders",
    "2026-11-20T10:00:00.000Z\terror\tservice/service.go:1\tno table of orders",
    "2026-11-20 10:00:00.123 UTC [1] FATAL:  no table of orders",
    "2026/11/20 10:00:00 [error] no table of orders",
    "[10:00:00 FTL] no table of orders",
    "10:00AM FTL no table of orders",
    "F, [2026-11-20T10:00:00.123456 #1] FATAL -- : no table of orders",
    "F1120 10:00:00.000001       1 main.go:42] no table of orders",
    "2026-11-20T10:00:00Z E! no table of orders",
    "2026/11/20 10:00:00 cmd/web.go:223:runWeb() [F] no table of orders",
    "[2026-11-20 10:00:00,059 C 1 1] orders.cc:398: no table of orders",
    "2026.11.20 10:00:00.000000 [ 1 ] {} <Error> Application: no table of orders",
    "web.1 | ERROR no table of orders",
    "orders: error: no table of orders",
    "\u274c no table of orders",
)
CALM = (
    "2026-11-20 10:00:00,000 - orders.db - WARNING - an error",
    "[2026-11-20 10:00:00,110] {scheduler_job.py:1346} INFO - an error",
    "[Nest] 1  - 11/20/2026, 10:00:00 AM    WARN [Orders] an error",
    "[2026-11-20 10:00:00] production.INFO: an error",
    "2026-11-20T10:00:00.000Z\twarn\tservice/service.go:1\tan error",
    "[10:00:00 WRN] an error",
    "10:00AM INF an error",
    "W, [2026-11-20T10:00:00.123456 #1]  WARN -- : an error",
    "I1120 10:00:00.000001       1 main.go:42] an error",
    "2026-11-20T10:00:00Z W! an error",
    "2026/11/20 10:00:00 cmd/web.go:223:runWeb() [W] an error",
    "[2026-11-20 10:00:00,763 I 1 1] orders.cc:556: an error",
    "2026.11.20 10:00:00.000000 [ 1 ] {} <Warning> Application: an error",
    "keycloak 10:00:00.20 WARN  ==> an error",
    '{"@level":"warn","@message":"an error"}',
)
NEITHER = (
    "cannot set the log level INFO of orders",
    "the last ERROR of orders is old",
    "no error: all is well",
    "option [E] of [F] is given",
    "Fri is a day",
    "",
)


@pytest.mark.parametrize("line", LOUD)
def test_an_error_is_told_in_every_form_with_its_message(line: str) -> None:
    found = complaint(line)
    assert found
    assert found["error"].endswith("no table of orders")
    assert not is_calm(line)


@pytest.mark.parametrize("line", CALM)
def test_what_only_informs_is_calm_in_every_form(line: str) -> None:
    assert is_calm(line)
    assert complaint(line) is None


@pytest.mark.parametrize("line", NEITHER)
def test_a_word_of_a_sentence_is_no_level(line: str) -> None:
    assert complaint(line) is None
    assert not is_calm(line)
