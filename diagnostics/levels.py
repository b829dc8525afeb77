"""The level of a log line, in the forms of the usual loggers: whether it only informs, or complains.

The forms are those that log4j, logback, JBoss, java.util.logging, zap, logrus, zerolog, klog, slog, pino, bunyan,
Serilog, .NET's console, Python's logging and its how-to, Airflow, NestJS, winston, Ruby's Logger, Monolog, Elixir's
Logger, NATS, ClickHouse, Gitea, Telegraf and Ray's spdlog write by default, as known from logs that were shown.
"""

import json
import re
from collections.abc import Iterable
from itertools import islice

_BELOW_ERROR = re.compile(
    r"""^(?:\[[^\]\n]{0,60}\]|[^\w\[]|[\dTZ_]){0,60}?
        (?-i:\[?(?:TRACE|DEBUG|INFO|NOTICE|WARN|WARNING|[Ww]arning|[Ii]nfo|[Dd]ebug|[Nn]otice)\]?(?=[\s:|\]-]))
      | ^.{0,80}\blevel=(?:trace|debug|info|notice|warn|warning)\b
      | ^.{0,120}"@?(?:level|severity|lvl|log\.level|levelname)"\s*:\s*
        (?:"(?:trace|debug|info|notice|warn|warning)"|[1-4]0\b)
      | ^(?:npm\ warn|\(node:\d+\)|\S+:\d+:\ \w*Warning:|dbug:|warn:)""",
    re.IGNORECASE | re.VERBOSE,
)
"""The level as a word after nothing but times and brackets, or as a field (10 to 40: pino's and bunyan's numbers)."""
_LOUD = re.compile(r"\b(?:ERROR|FATAL|CRITICAL|SEVERE|PANIC)\b|level=(?:error|fatal)")
_GIVES_UP = re.compile(r"context initialization - cancelling refresh attempt")
"""What Spring says at the level of a warning of the error that ends it."""

_HEAD = 160
"""Characters of a line in which its level stands."""
_LONGEST = 800
_TOKENS = 14
INSIDE = 40
"""Lines that one structured line becomes at most, as far as its level is looked for."""
_TOKEN = re.compile(r"[\[({<][^\[\](){}<>\n]{0,80}[\])}>]|[^\s\[\](){}<>|]+|\S")
_HAS_DIGIT = re.compile(r"\d")
_TIME = re.compile(r"^\d{1,2}:\d\d")
_OF_A_TIME = frozenset({"AM", "PM", "am", "pm", "UTC", "GMT", "Z"})
_DAY_OR_MONTH = re.compile(
    r"^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun|Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec),?$|^[DIWEFA],$"
)
"""Or the letter of a level, with which Ruby's Logger begins."""
_NAME = re.compile(r"^[\w.]{1,60}$")
_NO_WORD = re.compile(r"^\W+$")

_LOUD_LEVELS = (
    *("ERROR", "FATAL", "CRITICAL", "SEVERE", "EMERG", "EMERGENCY", "ALERT", "PANIC", "DPANIC"),
    *("ERR", "FTL", "CRIT", "EROR", "PNC", "ERRO", "FATA", "FAIL"),
)
_CALM_LEVELS = (
    *(
        "TRACE",
        "DEBUG",
        "INFO",
        "NOTICE",
        "WARN",
        "WARNING",
        "INFORMATION",
        "VERBOSE",
        "LOG",
        "FINE",
        "FINER",
        "FINEST",
    ),
    *("INF", "WRN", "DBG", "TRC", "VRB", "DEBU", "TRAC"),
)
_IS_LOUD = dict.fromkeys(_LOUD_LEVELS, True) | dict.fromkeys(_CALM_LEVELS, False)
_LETTERS = dict.fromkeys("FEC", True) | dict.fromkeys("WINDT", False)
_BY_LETTER = re.compile(r"^(?:\[(?P<bracketed>[FECWINDT])\]|(?P<telegraf>[FEWID])!|(?P<klog>[FEWI])\d{4})$")
_SPDLOG = re.compile(r"^\[\d{4}-\d\d-\d\d [\d:.,]+ (?P<letter>[FECWIDT]) \d+ \d+\]$")
_SERILOG = re.compile(r"^\[[\d:.TZ/+ -]{5,40} (?P<level>[A-Z]{3,11})\]$")
_MARKS = frozenset("\u274c\u2716\u2717\u2718\u26d4\U0001f6a8\U0001f4a5\u2757\U0001f6d1")
"""Signs with which people begin the line that says that something went wrong."""
_DRESS = re.compile(r"[\s\]):|>=*\ufe0f-]{0,12}(?:[\w.$-]{1,60} ?[:-]{1,2} )?(?P<error>\S.{2,})")


def is_calm(text: str) -> bool:
    """Say whether a line's own level says that it is no error."""
    head = text[:200]
    below = bool(_BELOW_ERROR.search(head)) and not _LOUD.search(head)
    found = None if below else _level(text)
    return (below or (found is not None and not found[0])) and not _GIVES_UP.search(text, 0, _LONGEST)


def only_informs(text: str, before: Iterable[str]) -> bool:
    """Say whether a line is below an error; the texts inside a structured line share its level.

    Args:
        text: the line.
        before: the lines before it, the nearest first, `INSIDE` of them.
    """
    if is_calm(text):
        return True
    whole = next((line for line in before if line.startswith("{")), "")
    return bool(whole) and is_calm(whole) and json.dumps(text, ensure_ascii=False)[1:-1] in whole


def complaint(text: str) -> re.Match[str] | None:
    """Return the message of a line whose level says that it is an error, as the group `error`."""
    found = _level(text)
    return _DRESS.match(text, found[1]) if found and found[0] else None


def _level(text: str) -> tuple[bool, int] | None:
    """Return whether a line's level is that of an error, and where the level ends; None where it has none.

    Before a level stand times, numbers, names in brackets and signs; a word of a sentence ends the search.
    """
    tokens = list(islice(_TOKEN.finditer(text, 0, _HEAD), _TOKENS))
    words = [token.group() for token in tokens]
    for n, (word, token) in enumerate(zip(words, tokens, strict=True)):
        if word[0] in _MARKS:
            return True, token.start() + 1
        loud = _by_letter(words, n)
        if loud is None:
            loud = _by_word(words, n)
        if loud is not None:
            return loud, token.end()
        if not _before_a_level(words, n):
            return None
    return None


def _by_letter(words: list[str], n: int) -> bool | None:
    if spdlog := _SPDLOG.match(words[n]):
        return _LETTERS[spdlog["letter"]]
    if not (found := _BY_LETTER.match(words[n])):
        return None
    if found["klog"]:
        return _LETTERS[found["klog"]] if n == 0 and _TIME.match("".join(words[1:2])) else None
    return _LETTERS[found["bracketed"] or found["telegraf"]] if n else None


def _by_word(words: list[str], n: int) -> bool | None:
    """Return the level that a word names: in capitals, or in brackets, before a colon or after a time in any case."""
    word = words[n]
    if serilog := _SERILOG.match(word):
        return _IS_LOUD.get(serilog["level"])
    bare = word.strip("[](){}<>:,;-= \t")
    named = bare.rpartition(".")[2] if word.endswith(":") else bare  # Monolog's `channel.LEVEL:`
    if named in _IS_LOUD:
        return _IS_LOUD[named]
    marked = word[0] in "[<" or word.endswith(":") or (n > 0 and all(map(_HAS_DIGIT.search, words[:n])))
    return _IS_LOUD.get(bare.upper()) if marked and bare.isalpha() else None


def _before_a_level(words: list[str], n: int) -> bool:
    word = words[n]
    if word[0] in "[({<" or _HAS_DIGIT.search(word) or _NO_WORD.match(word):
        return True
    if word in _OF_A_TIME or _DAY_OR_MONTH.match(word):
        return True
    after = next(iter(words[n + 1 : n + 2]), "")
    if n == 0:  # the name of a process: Compose's, Bitnami's, a command's own
        return after == "|" or (after in ("error:", "fatal:") and word != "no") or bool(_TIME.match(after))
    return words[n - 1] == "-" and after == "-" and bool(_NAME.match(word))  # Python's `time - name - LEVEL - message`
