"""Which deaths are sure to repeat: at the program's start, of something that only another image or setting changes.

One death of a task is usually no proof: what it lacked may come. It is proof where nothing that changes by itself took
part. Whatever is not listed here needs a second death.
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from diagnostics.crash import Crash
from diagnostics.evidence import Evidence, Task
from diagnostics.passages import Passage

START = timedelta(seconds=60)
"""A program that ended within so long of its task's RUNNING ended at its start. A slow framework takes half of it."""

NOT_IN_THE_IMAGE = "what is not in the image does not come by starting it again"
THE_SAME_FILE = "what the container is started with is the same file at every start"
NOT_PERMITTED = "nobody changes the permissions of a file between two starts"
SETTINGS = "the variables that the task definition sets are the same at every start"
_IN_THE_IMAGE = (
    (
        NOT_IN_THE_IMAGE,
        (
            r"\b(?:ModuleNotFoundError|ImportError)\b"
            r"|Cannot find (?:module|package) |ERR_(?:MODULE_NOT_FOUND|REQUIRE_ESM|PACKAGE_PATH_NOT_EXPORTED)"
            r"|does not provide an export named"
            r"|\bNoClassDefFoundError: (?!Could not initialize)"
            r"|\b(?:ClassNotFoundException|UnsupportedClassVersionError|NoSuchMethodError|NoSuchFieldError|UnsatisfiedLinkError)\b"
            r"|cannot load such file|\(LoadError\)|Gem::(?:MissingSpec|LoadError)|Bundler::GemNotFound"
            r"|Could not load file or assembly|\b(?:TypeLoadException|MissingMethodException|BadImageFormatException)\b"
            r"|Class \"[^\"]+\" not found|Failed opening required|\bUndefinedFunctionError\b"
            r"|error while loading shared libraries"
        ),
    ),
    (
        "what does not parse is the same text at every start",
        (
            r"\b(?:IndentationError|TabError)\b|\bSyntaxError\b(?!.*(?:JSON|<!?\w))"
            r"|syntax error, unexpected|(?:Configuration|config(?:uration)? file).*(?:syntax|Failed)"
            r"|[Ss]yntax error on line \d"
            r"|(?:unknown|unexpected|invalid|duplicate|not allowed|terminated).* in /\S+:\d+$"
            r"|parsing \[\S+:\d+\]|FATAL CONFIG FILE ERROR"
        ),
    ),
    (
        "a name that the program does not define is missing at every start",
        (
            r"\b(?:NameError|UnboundLocalError|ReferenceError|UninitializedPropertyAccessException)\b"
            r"|uninitialized constant|undefined local variable or method|Call to undefined (?:function|method)"
            r"|AttributeError: (?:module|type object|partially initialized module) "
        ),
    ),
)
"""(why it repeats, the words): no answer of another service takes part in these."""
_OWN_CODE = re.compile(
    r"\bTypeError: .*(?:unsupported operand type|can only concatenate|missing \d+ required|takes .*positional argument"
    r"|unexpected keyword argument|multiple values for|not callable|abstract class|is not a (?:function|constructor))"
    r"|panic: assignment to entry in nil map|panic: .*(?:multiple registrations for|conflicts with pattern)"
)
"""Mistakes of the program itself, unless it had begun to talk to somebody whose answer it could not take."""
_ENVIRONMENT = re.compile(r"(?:\bos\.py|<frozen os>)\", line \d+, in __getitem__|environ\[|\bgetenv\b")
_KEY = re.compile(r"\bKeyError: ")

# What shows in a log that another service took part: a client's code in the stack, an address, a bad answer.
_CLIENTS = re.compile(
    r"(?:site|dist)-packages/(?:requests|urllib3|httpx|httpcore|aiohttp|psycopg\w*|asyncpg|pymysql|MySQLdb|pymongo|redis"
    r"|kafka|confluent_kafka|pika|boto3|botocore|grpc|elasticsearch|sqlalchemy/engine|hvac)\b"
    r"|node_modules/(?:axios|node-fetch|undici|got|pg|mysql2?|mongodb|mongoose|(?:io)?redis|kafkajs|amqplib|@aws-sdk|@grpc)\b"
    r"|\b(?:java\.net|java\.sql|org\.postgresql|com\.mysql|com\.zaxxer\.hikari|com\.mongodb|redis\.clients|io\.lettuce"
    r"|org\.apache\.(?:http|kafka)|okhttp3|software\.amazon\.awssdk|io\.grpc)\."
    r"|\bnet/http\b|\bdatabase/sql\b|jackc/pgx|go-redis|/gems/(?:pg|mysql2|redis|faraday|httparty|aws-sdk)[-\w]*/"
    r"|\burllib/request\.py|\bhttp/client\.py|\bsocket\.py\""
)
_PEER = re.compile(
    r"\b(?:https?|postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?|kafka)://(?!(?:0\.0\.0\.0|\[::\]|localhost|127\.))"
    r"|\b[45]\d\d (?:Server|Client) Error|\b(?:Bad Gateway|Internal Server Error|Gateway Timeout)\b"
    r"|\bstatus(?:[ _]?code)?\W{1,3}5\d\d\b",
    re.IGNORECASE,
)
_PATTERNS = tuple((reason, re.compile(words)) for reason, words in _IN_THE_IMAGE)


def crash_repeats(task: Task, crash: Crash, log: Sequence[Passage], may_recover: re.Pattern[str]) -> str:
    """Return why the next start will end in the same crash; "" where that is not certain.

    Args:
        task: the one that died.
        crash: what it died of.
        log: what the container said, oldest first.
        may_recover: words of errors that go away when another service answers.
    """
    if not at_start(task):
        return ""
    reason = next((reason for reason, pattern in _PATTERNS if pattern.search(crash.error)), "")
    if reason:
        return reason
    if not _OWN_CODE.search(crash.error):
        return ""
    texts = (passage.text for passage in log)
    if any(may_recover.search(text) or _CLIENTS.search(text) or _PEER.search(text) for text in texts):
        return ""
    return "it is the program's own mistake, and nothing in its log names another service"


def setting_repeats(task: Task, line: str, log: Sequence[Passage]) -> str:
    """Return why a setting that a program misses will be missing at the next start; "" where that is not certain.

    A `KeyError` may be of anything that has keys: the log has to show that it was the environment.
    """
    if not at_start(task):
        return ""
    if _KEY.search(line) and not any(_ENVIRONMENT.search(passage.text) for passage in log):
        return ""
    return SETTINGS


def memory_repeats(task: Task, evidence: Evidence) -> str:
    """Return why the next start will take as much memory; "" where that is not certain.

    Behind a load balancer a task that was never healthy has had no request but health checks.
    """
    if at_start(task) and evidence.service is not None and evidence.service.load_balancers:
        return "it ran out at its start, before it had any request"
    return ""


def at_start(task: Task | None) -> bool:
    """Say whether a task ended soon after it began to run, as far as AWS tells both times.

    A task that ended before it was RUNNING began to run once its images were pulled.
    """
    if task is None:
        return False
    began, ended = task.started_at or task.pull_stopped_at, task.stopping_at or task.ended_at
    return began is not None and ended is not None and ended - began <= START
