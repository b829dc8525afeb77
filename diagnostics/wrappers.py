"""Words that say that something failed and never why: of ECS, of waiters, of package managers; and exit codes."""

import re
from collections.abc import Iterator
from itertools import islice

from diagnostics.evidence import Evidence
from diagnostics.model import Quote
from diagnostics.passages import Passage, failure_words, in_their_forms, log_passages
from diagnostics.wrapped import unwrapped

_WRAPPERS = re.compile(
    r"""^\s*+(?:
        (?:error:\s*+)?
        (?:\(?service[ ][^)\s]*+(?:[ ]taskSet[ ][^)\s]*+)?\)?,?\s*+)?(?:\((?:deployment|task)[ ][^)]*+\)\s*+)*+
        (?:
            essential[ ]container[ ]in[ ]task[ ](?:exited|failed)(?:[\s.,:;(-]+exit(?:[ ]code|code)?:?[ ]?\d+\)?)?
          | (?:one[ ]or[ ]more[ ])?(?:of[ ]the[ ])?(?:essential[ ])?containers?[ ]exited.{0,80}
          | (?:\d+[ ])?tasks?(?:[ ](?:has|have))?[ ]failed(?:[ ]to[ ]start)?
          | TaskFailedToStart | EssentialContainerExited
          | (?:ecs[ ])?deployment[ ]circuit[ ]breaker.{0,60}
          | (?:ecs[ ])?deployment([ ]ecs-svc/\d+)?[ ](?:in[ ]progress|completed)
          | (?:ecs[ ])?deployment([ ]ecs-svc/\d+)?[ ]failed
          | (?:ecs[ ])?deployment([ ]ecs-svc/\d+)?[ ]failed:[ ](?:tasks?[ ]failed[ ]to[ ]start|deployment[ ]failure)
          | rolling[ ]back[ ]to[ ]deployment.*
          | (?:is|was)[ ]unable[ ]to[ ]consistently[ ]start[ ]tasks[ ]successfully.*
          | task[ ]failed[ ]elb[ ]health[ ]checks.*
          | service[ ]deployment[ ]rolled[ ]back[ ]because[ ]the[ ]circuit[ ]breaker.*
          | (?:waiting[ ]for[ ]ECS[ ]Service[ ].{1,200}:\s{1,9})?no[ ]rollback[ ]candidate[ ]was[ ]found.*
          | .*\bstack[ ]creation[ ]time[ ]exceeded[ ]the[ ]specified[ ]time-?out\b.*
          | run[ ]task[ ]failed:[ ]\[null\]
          | (?:ResourceInitializationError|Cannot(?:Pull|Create|Start)ContainerError)[:.\s]*
          | Cannot(?:Pull|Create|Start)ContainerError:[ ]
            (?:error[ ]response[ ]from[ ]daem\w{0,2}|API[ ]error[ ]\(500\):(?:[ ]\w{1,8})?):?
          | (?:CannotPullContainerError:[ ])?(?:pull[ ]image[ ]manifest|ref[ ]pull|inspect[ ]image)
            [ ]has[ ]been[ ]retried[ ]\d+[ ]time\(s\):?
          | tasks?[ ]failed[ ]to[ ]start\.?[ ]\((?:[\w.-]++:\s*+)++\)?
          | (?:ResourceInitializationError:[ ])?unable[ ]to[ ]pull[ ]secrets[ ]or[ ]registry[ ]auth
            (?::[ ]execution[ ]resource[ ]retrieval[ ]failed)?:?
          | .*\b(?:max[ ]attempts[ ]exceeded|did[ ]not[ ]stabilize).*
          | .*\b(?:timeout|timed[ ]out)[ ]while[ ]waiting[ ]for[ ]state.*
          | .*(?:tasks?|service)[ ](?:did[ ]not|failed[ ]to|never)[ ](?:\w++[ ]){0,2}(?:steady|stable|stabili).*
          | .*failed[ ]to[ ]stabili[sz]e.*
          | .*\bexceeded[ ]max[ ]wait[ ]time\b.* | .*\bwaiter[ ]has[ ]timed[ ]out\b.*
          | .*\bcircuit[ ]breaker[ ]was[ ]triggered\b.*
          | .*\btime(?:d[ ]|-?)out[ ]waiting[ ]for[ ](?:the[ ])?(?:service|completion|(?:ecs[ ])?tasks?)\b.*
          | .*\bis[ ]not[ ]in[ ]the[ ]state[ ](?:\w*stable|tasks(?:running|stopped)|deploymentSuccessful)\b.*
          | .*\bexceeded[ ](?:wait[ ]attempts|attempts[ ]to[ ]wait)\b.*
          | .*\bfailed[ ]waiting[ ]for[ ]successful[ ]resource[ ]state["')\]]*
          | waiter[ ]\w++[ ]failed:[ ]waiter[ ]encountered[ ]a[ ]terminal[ ]failure[ ]state\b(?!.*\breason\b).*
          | .*\bwaiting[ ]for[ ]ECS[ ]Service\b.*\bunexpected[ ]state[ ]'\w+',[ ]wanted[ ]target\b.*
          | (?:deploy[ ]service[ ].*:[ ])?stack[ ].{1,300}[ ]did[ ]not[ ]complete[ ]successfully[ ]and[ ]exited[ ]with.*
          | (?:FATA\[\d+\][ ])?deployment[ ]has[ ]not[ ]completed:[ ]running[ ]count[ ]has[ ]not[ ]changed[ ]for.*
          | stopped[ ]waiting[ ]for[ ]deployment[ ]to[ ]be[ ]stable\b.*
          | .*\btimed[ ]out[ ]while[ ]waiting[ ]for[ ]the[ ]replacement[ ]task[ ]set[ ]to[ ]become[ ]healthy\b.*
          | .*\blonger[ ]than[ ]the[ ]time-?out[ ]of[ ].{1,40}[ ]to[ ]start\b.*
          | new[ ]task[ ]definition[ ]not[ ]running[ ]within\b.* | deployment[ ]failed[ ]due[ ]to[ ]time-?out.*
          | (?:(?:create|update)failed[ ])?resource[ ](?:creation|update)[ ]cancell?ed
          | (?:the[ ])?following[ ]resource\(s\)[ ]failed[ ]to[ ](?:create|update|delete):[ ]\[[^\]]*\].{0,60}
          | (?:[\d:]+[ ][ap]m\s*\|\s*)?(?:create|update)_failed\s*\|\s*AWS::[\w:]+\s*\|\s*\S*
          | (?:failed|unable)[ ]to[ ](?:launch|deploy|update|create|start)[ ](?:the[ ])?
            (?:environment|service|stack|tasks?)
          | run[ ]task[ ][\w-]+:[ ](?:run[ ]task[ ][\w-]+:[ ])?task[ ]\w+:
          | (?:process[ ]completed|(?:node[ ]run|command)[ ]failed)[ ]with[ ]exit[ ]code[ ]\d+
          | (?:task|deployment|service|update)[ ](?:failed|stopped)
          | deploy(?:ment)?[ ]timed[ ]out(?:[ ]after[ ].{1,40})?
          | exit(?:ed)?(?:[ ]with)?(?:[ ]code|[ ]status)?:?\s\d+
          | (?:\w+[ ]){0,3}exited[ ]with[ ](?:an?[ ])?(?:non-zero[ ])?(?:exit[ ])?(?:code|status):?[ ]\d+
        )
    )[\s.]*+$""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
"""Possessive where it can be: this is asked about every text of AWS, and a long one must cost nothing."""

_TROUBLE = re.compile(
    r"unable|fail|unhealthy|throttl|blocked|could not|error|misconfigured|exceeded|not found|invalid", re.IGNORECASE
)
_LOGGED_TROUBLE = (
    *("error", "exception", "fatal", "panic", "fail", "denied", "refused", "cannot", "can't", "could not", "unable"),
    *(
        "invalid",
        "missing",
        "not found",
        "no such",
        "already exists",
        "traceback",
        "killed",
        "timed out",
        "time out",
        "timeout",
    ),
    *("unauthorised", "unauthorized", "emerg", "abort"),
)
_LOG_WRAPPERS = re.compile(
    r"""^\s*(?:
        npm[ ](?:err!|error)[ ](?:
            code[ ](?:elifecycle|\d+) | errno[ ]\d+ | path[ ].* | command[ ](?:failed|sh[ ]-c[ ].*)
          | lifecycle[ ]script.*
          | .*\bexit[ ]status[ ]\d+ | exit[ ]status[ ]\d+ | failed[ ]at[ ]the[ ].* | this[ ]is[ ]probably[ ]not[ ]a.*
          | a[ ]complete[ ]log[ ]of[ ]this[ ]run.* | .*_logs/.*
        )
      | \[?\s*(?:err_pnpm\w*)?\s*elifecycle.*\]?
      | error[ ]command[ ]failed[ ]with[ ](?:exit[ ]code|signal).*
      | error:[ ]script[ ].*[ ](?:exited|was[ ]terminated).*
      | (?:error:[ ])?exiting[ ]due[ ]to[ ]an[ ]error.*
      | (?:.{0,120}\b)?Worker[ ]failed[ ]to[ ]boot\b.{0,10} | .{0,80}\bshutting[ ]down:[ ]master
      | make:[ ]\*\*\*[ ]\[.*\][ ]error[ ]\d+
      | .*\b(?:process|command|child|script|worker)\b.{0,40}
        \bexited[ ](?:unexpectedly|with[ ](?:code|status|exit[ ]code).*)
    )\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
"""npm's, pnpm's, Yarn's, Bun's and make's lines after the program that they started failed."""
_LOG_TAIL = 3


_DRESS = re.compile(
    r"""^(?:
        [\s\u2718\u2717\u00d7*!\u2022|>.-]+ | \#\#\[error\] | \[?(?:error|warning)\]?:
      | (?:status|stopped|stop|failure|task[ ]stopped)[ ]?reason\b[\s:|]*
      | stopped\b[\s:|]*\(?(?=\w) | ecs[ ]task[ ]stopped[ ]due[ ]to:
      | \d{4}-\d\d-\d\dT[\d:.]+Z\s | (?:client|server):
    )+""",
    re.IGNORECASE | re.VERBOSE,
)
"""What tools and consoles put before ECS's words."""
_SCRAP = re.compile(r"\W*\w{0,4}\W*")


def is_wrapper(text: str) -> bool:
    """Say whether a text only says that something failed; of several lines, whether each does."""
    if _WRAPPERS.match(text) or ("\n" in text and _WRAPPERS.match(unwrapped(text))):
        return True
    lines = [_DRESS.sub("", line).rstrip(")") for line in text.splitlines()]
    telling = [line for line in lines if not _SCRAP.fullmatch(line)]
    return bool(telling) and all(_WRAPPERS.match(line) for line in telling)


def logs_wrapper(line: str) -> bool:
    """Say whether a log line only says that a program that was started failed."""
    return bool(_LOG_WRAPPERS.match(line) or _WRAPPERS.match(line))


def words_of_failure(evidence: Evidence) -> tuple[Quote, ...]:
    """Return what ECS and the containers said of failures, deepest first; empty where nothing failed."""
    return tuple(passage.quote() for passage in _words(evidence))


def only_wrappers(quotes: tuple[Quote, ...]) -> bool:
    """Say whether nothing in these words tells why."""
    return all(_says_nothing(quote) for quote in quotes)


def speaks_of_trouble(passage: Passage) -> bool:
    """Say whether a log line may tell why a program died, rather than only inform."""
    return passage.has(*_LOGGED_TROUBLE) and "Traceback (most recent call last)" not in passage.text


def _says_nothing(quote: Quote) -> bool:
    """Say whether a quote names no cause; the exit codes that mean something alone are rules of their own."""
    if quote.source.endswith("exitCode"):
        return True
    return is_wrapper(quote.quote) or (" log of " in quote.source and bool(_LOG_WRAPPERS.match(quote.quote)))


def _words(evidence: Evidence) -> Iterator[Passage]:
    """Yield log lines that speak of trouble, exit codes, then AWS's words that do; what only informs is left out."""
    for task in evidence.failed_tasks:
        for log in evidence.logs_of(task):
            # The last one first: it stands closest to the death.
            yield from islice(filter(speaks_of_trouble, reversed(log_passages(task, log))), _LOG_TAIL)
        for container in task.containers:
            if container.exit_code:
                yield Passage(
                    f"task {task.short_id} container {container.name} exitCode",
                    str(container.exit_code),
                    task.ended_at,
                    task,
                )
    for forms in in_their_forms(failure_words(evidence)):
        passage = next((form for form in forms if is_wrapper(form.text)), forms[0])
        informs = passage.source in ("service event", "deployment rolloutStateReason") and not _TROUBLE.search(
            passage.text
        )
        if not informs:
            yield passage
    for health in evidence.target_health:
        for target in evidence.targets_of_deployment(health):
            if target.state == "unhealthy":
                text = target.description or target.reason or "unhealthy"
                yield Passage(f"target health of {health.name}", text)
