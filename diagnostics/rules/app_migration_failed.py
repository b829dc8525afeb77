"""The migration of the database's schema fails at the start.

## What it looks for
In the last words of a program that died by itself, on a database that was reached and let it in: the migration tool's
own error (Alembic, Django, yoyo, Rails, Flyway, Liquibase, Prisma, Knex, TypeORM, Sequelize, Drizzle, golang-migrate,
goose, Atlas, ent, EF Core, DbUp, Evolve, Ecto, Laravel, Doctrine, Play, sqlx, Diesel, refinery, SeaORM, dbmate); a
table or column that exists already; or another statement that the database refused (`relation "x" does not exist`) with
such a tool in the stack. Also in the log of a task that ECS stopped as unhealthy: that it ends in waiting for
Liquibase's lock, which a task that was killed while it migrated leaves behind.

## Why waiting cannot help
A migration that fails on the present schema fails again. One that waits for a lock may succeed, so one death is only
suspect.

## What to do
Run the migration once, by itself, against a copy; repair what a failed one left half done (`flyway repair`, `prisma
migrate resolve`, `migrate force`). Better: migrate in a task of its own before the deployment, not in each task's
start.

## What it is not
- A database that cannot be reached or refuses the login: those are the cause, also where the tool's own sentence says
  that the migration failed.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/standalone-tasks.html
- https://documentation.red-gate.com/fd/repair-184127461.html
- https://www.prisma.io/docs/orm/reference/error-reference
"""

import re
from collections.abc import Iterator

from diagnostics.cluster_words import NO_MEMBER
from diagnostics.evidence import Evidence
from diagnostics.last_words import last_words
from diagnostics.levels import is_calm
from diagnostics.migration_words import FAILED, STATEMENT, STATEMENT_LITERALS, TOOL, WAITS
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.passages import Passage, log_passages, mentions
from diagnostics.reach_words import NO_ANSWER, NO_ANSWER_FROM
from diagnostics.resolve_words import NO_NAME, NO_NAME_OF
from diagnostics.said import Said, find, logs_of_the_dead, tasks_of

ID = "app-migration-failed"
VERDICT = Verdict.SUSPECT

_OTHER = re.compile(
    r"\b(?:0|no) (?:errors|failed)|(?-i:ECONN|ETIMEDOUT|ENOTFOUND|EAI_AGAIN)|connection (?:refused|timed out)"
    r"|i/o timeout|deadline exceeded|server misbehaving|could not connect|unable to obtain connection"
    r"|connection attempt failed|communications link failure"
    r"|no usable database connection|unknown ?host|could not translate host|getaddrinfo|name resolution"
    r"|SQL ?State\W{1,4}(?:08|28|3D)"
    r"|can't reach|password authentication|access denied for|no such host|name or service|P1000|P1001"
    r"|no migrations? to",
    re.IGNORECASE,
)
"""A database that cannot be reached or refuses the login, and summaries."""
_SILENT = (*NO_NAME_OF, *NO_NAME, *NO_ANSWER_FROM, *NO_ANSWER, *NO_MEMBER)
_HINT = re.compile(r"\b(?:mostly|usually|possibly|perhaps|may|might|could be|make sure|ensure|check)\b", re.IGNORECASE)
"""What a tool says of what may be the matter."""
_ABOVE, _BELOW = 3, 15
"""Lines around a failed migration in which its reason stands, where it is that the database does not answer."""
_LONGEST = 800
"""Characters of one line in which a refused statement is looked for."""
_STACK = 150
"""Lines before a refused statement in which the tool is looked for."""


def match(evidence: Evidence) -> Finding | None:
    """Return the migration that fails."""
    if not _may_migrate(evidence):
        return None
    said = [each for each in last_words(evidence, FAILED, names=("name",), unless=_OTHER) if _answered(evidence, each)]
    refused = [*_refused_statements(evidence)]
    if not said and not refused:
        return _locked(evidence)
    name = next((named for each in said if (named := each.group("name"))), "").rstrip("'\".,")
    tasks = (*tasks_of(said), *(passage.task.arn for passage in refused if passage.task))
    return Finding(
        what=f"the schema migration {quoted(name)} fails at the start"
        if name
        else "the schema migration fails at the start",
        why="the database was reached, and a migration that fails on its present schema fails again in each task",
        fix="run the migration by itself against the database and repair what it left half done; better run it in a "
        "task of its own before the deployment:\naws ecs run-task --cluster CLUSTER --task-definition MIGRATION",
        evidence=(*(passage.quote() for passage in refused[:1]), *(each.passage.quote() for each in said))[:2],
        tasks=tuple(dict.fromkeys(tasks)),
    )


def _answered(evidence: Evidence, said: Said) -> bool:
    """Say whether nothing around the failure has it that the database does not answer, or has no such name."""
    for log in evidence.logs_of(said.task) if said.task else ():
        passages = log_passages(said.task, log) if said.task else []
        at = next((n for n, passage in enumerate(passages) if passage is said.passage), None)
        if at is not None:
            around = passages[max(0, at - _ABOVE) : at + 1 + _BELOW]
            return not any(
                find(each, _SILENT) and not _HINT.search(each.text, 0, _LONGEST) and not is_calm(each.text)
                for each in around
            )
    return True


_TOOLS = (
    "migrat",
    "schema",
    "database",
    "alembic",
    "flyway",
    "liquibase",
    "goose",
    "umzug",
    "change",
    "revision",
    "p30",
)
_SAID = (
    "dbmate",
    *("already exists", "duplicatetable", "duplicatecolumn", "duplicateobject"),
    *("create table", "alter table", "multiple heads", "applied before its", "nodenotfounderror", "invalidbaseserror"),
    *(
        "applying ",
        "failed during execution",
        "validate failed",
        "checksum mismatch",
        "previously applied",
        "dbcommand",
    ),
    *("environmentmismatch", "protectedenvironment", "metadata storage", "evolve", "upgrade failed due"),
    *("exception has occur", "executing the following sql", "_journal.json", "drizzlequeryerror", "failed to run "),
    *("versionmissing", "versionmismatch", "versiontoo", "versionnotpresent"),
    *("already an object", "42s01", "42s21", "contains null values", "extension", "metastore", "can't acquire"),
    *("expected version", "__efm", "sequelizemeta"),
)


def _may_migrate(evidence: Evidence) -> bool:
    """Say whether a word of a migration, or of a statement that changes a schema, stands anywhere: it is cheap to ask.

    Each wording of `FAILED` has one of them, or stands beside one.
    """
    return mentions(evidence, *_TOOLS, *_SAID)


def _refused_statements(evidence: Evidence) -> Iterator[Passage]:
    """Yield the last statement that was refused to a migration tool, for each container that died by itself."""
    for task, log in logs_of_the_dead(evidence):
        passages = log_passages(task, log)
        for at in range(len(passages) - 1, max(-1, len(passages) - 1 - 2 * _STACK), -1):
            text = passages[at].text
            if (
                not passages[at].has(*STATEMENT_LITERALS)
                or not STATEMENT.search(text, 0, _LONGEST)
                or _OTHER.search(text)
                or is_calm(text)
            ):
                continue
            if any(TOOL.search(passage.text) for passage in passages[max(0, at - _STACK) : at + _STACK]):
                yield passages[at]
            break


def _locked(evidence: Evidence) -> Finding | None:
    """Return that the last word of a log, until the task is stopped, is that it waits for the lock of a migration."""
    waits = [
        spoken[-1]
        for task, log in logs_of_the_dead(evidence, unhealthy=True)
        if (spoken := [passage for passage in log_passages(task, log) if passage.text.strip()])
        and WAITS.search(spoken[-1].text, 0, _LONGEST)
    ]
    if not waits:
        return None
    return Finding(
        what="the schema migration waits at the start for its lock until the task is stopped",
        why="another task holds the lock, or was killed while it migrated and left it behind: each new task waits too",
        fix="while no migration runs, release the lock (`liquibase release-locks`), and give the start more time:\n"
        "aws ecs update-service --cluster CLUSTER --service SERVICE --health-check-grace-period-seconds 600",
        evidence=tuple(passage.quote() for passage in waits[:2]),
        tasks=tuple(dict.fromkeys(passage.task.arn for passage in waits if passage.task)),
    )
