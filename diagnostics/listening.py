"""Reads from a program's log which ports it says it listens on, in the words of the usual servers."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from diagnostics.passages import Passage


@dataclass(frozen=True)
class Listener:
    """One port that a program says it listens on."""

    port: int
    loopback: bool
    """Whether the line names 127.0.0.1 or [::1] as what is bound, which nobody outside the task reaches."""
    aside: bool
    """Whether the line is about something beside the program's own service: metrics, a debugger, an admin port."""
    passage: Passage


# Verbs of servers: Express and its like "listening on", Uvicorn and Flask "Running on", Tomcat "started on port(s)",
# Puma "Listening on", Kestrel "Now listening on", Gunicorn "Listening at", Waitress and http.server "Serving … on",
# Ktor "Responding at", Rocket "launched from", Next.js "started server on", Vite "Local:", Jetty "Started …Connector".
_VERB = re.compile(
    r"\b(?:listen(?:ing|s|er)?|serv(?:ing|er|ed)|running|started|starting|start|launched|bound|binding|responding"
    r"|available|ready|accepting|accepts|up|open(?:ed)?|deployed|endpoint|local|network|access)\b"
    r"|\blistening_?(?:port|addr)",
    re.IGNORECASE,
)
_NOT_LISTENING = re.compile(
    r"connect(?:ed|ing|ion)?\b|upstream|prox(?:y|ied|ying)\b|forward|redirect"
    r"|database|redis|postgres|mysql|mongo|kafka|rabbit|fail|error|cannot|can't|could not|unable|refused|denied"
    r"|in use|stopp|shut|clos(?:ed|ing)|exit|client|request"
    r"|\bGET\b|\bPOST\b|register|fetch|broker|cluster|peer|export(?:ing|er) to|sending|collector|\bHEAD\b",
    re.IGNORECASE,
)
_ASIDE = re.compile(
    r"metric|prometheus|debugg|inspector|admin|management|actuator|health|probe|pprof|jmx|profil|monitor|telemetry|livereload"
    r"|ws://|control",
    re.IGNORECASE,
)
_HOST = r"(?P<host>\[[0-9a-fA-F:]*\]|::|\*|localhost|(?:\d{1,3}\.){3}\d{1,3}|[a-z0-9][\w-]*(?:\.[\w-]+)*|)"
_PLACES = (
    re.compile(rf"\b(?P<scheme>https?|tcp|ssl|h2c?|wss?)://{_HOST}:(?P<port>\d{{2,5}})\b", re.IGNORECASE),
    re.compile(
        r"(?<![\w.:/])(?<!\w\")/?(?P<host>\[[0-9a-fA-F:]*\]|\*|localhost|(?:\d{1,3}\.){3}\d{1,3}|::1?|):(?P<port>\d{2,5})\b(?![.:\d])"
    ),
    re.compile(r"(?P<host>(?:\d{1,3}\.){3}\d{1,3}|localhost)\s+(?:on )?port\s+(?P<port>\d{2,5})\b", re.IGNORECASE),
    re.compile(r"\bport(?:\(s\)|s)?\"?\s*+(?:is|number)?\s*+[:=#]?\s*+[\"']?(?P<port>\d{2,5})\b", re.IGNORECASE),
    re.compile(r"\"?(?:http|https|nio|exec)-(?:nio|jsse-nio|apr|bio)-(?P<port>\d{2,5})\b", re.IGNORECASE),
    re.compile(
        r"\b(?:listening|running|serving|started|listens|ready)\s+(?:\w+\s+){0,2}?(?:on|at|to)\s+(?:\w+\s+)?:?(?P<port>\d{2,5})\b(?![.:/\d-])",
        re.IGNORECASE,
    ),
)
_LOOPBACK = re.compile(r"^(?:127\.\d+\.\d+\.\d+|\[?::1\]?|\[0:0:0:0:0:0:0:1\])$")
_BINDS_LOCALHOST = re.compile(
    r"\bNow listening on: https?://localhost:|\bPHP [\d.]+ Development Server \(http://localhost:"
)
"""Kestrel and PHP name what they bind, and bind `localhost` to the loopback alone."""
_ONLY_LOCAL = re.compile(r"Network:\s+use --host to expose", re.IGNORECASE)  # Vite: bound to localhost alone
_HIGHEST_PORT = 65535


def listeners(passages: Iterable[Passage]) -> list[Listener]:
    """Return the ports that a log's lines say something listens on; lines about connections to others say nothing."""
    lines = list(passages)
    found = [listener for passage in lines for listener in _listeners(passage)]
    if any(_ONLY_LOCAL.search(passage.text) for passage in lines):
        found = [Listener(each.port, True, each.aside, each.passage) if _local(each) else each for each in found]  # noqa: FBT003
    return found


def _local(listener: Listener) -> bool:
    return "localhost" in listener.passage.text


def _listeners(passage: Passage) -> Iterator[Listener]:
    text = passage.text
    if len(text) > _LONGEST or not _VERB.search(text) or _NOT_LISTENING.search(text):
        return
    places: dict[int, set[str]] = {}
    for pattern in _PLACES:
        for found in pattern.finditer(text):
            port = int(found["port"])
            if 0 < port <= _HIGHEST_PORT:
                places.setdefault(port, set()).add(found.groupdict().get("host") or "")
    for port, hosts in places.items():
        named = {host for host in hosts if host and host.lower() != "localhost"}
        # `localhost` is what people write in a message by hand, so it does not show what the socket is bound to.
        bound = bool(named) and all(_LOOPBACK.match(host) for host in named)
        loopback = bound or (not named and bool(_BINDS_LOCALHOST.search(text)))
        yield Listener(port, loopback, bool(_ASIDE.search(text)), passage)


_LONGEST = 400
"""Longer lines are no start-up messages."""
