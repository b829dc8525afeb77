"""
The migration of the database's schema fails at the start.

## What it looks for
The migration tool's own error in the last words of a program that died, on a database that was reached and let it in:
Alembic, Django, Rails, Flyway, Liquibase, Prisma, Knex, TypeORM, Sequelize, golang-migrate, goose, EF Core, Ecto, Laravel,
sqlx, dbmate.

## Why waiting cannot help
A migration that fails on the present schema fails again. One that waits for a lock may succeed, so one death is only
suspect.

## What to do
Run the migration once, by itself, against a copy; repair what a failed one left half done (`flyway repair`, `prisma migrate
resolve`, `migrate force`). Better: migrate in a task of its own before the deployment, not in each task's start.

## What it is not
- A database that cannot be reached or refuses the login: those are the cause.

## References
- https://docs.aws.amazon.com/AmazonECS/latest/developerguide/standalone-tasks.html
- https://documentation.red-gate.com/fd/repair-184127461.html
- https://www.prisma.io/docs/orm/reference/error-reference
"""

import re

from diagnostics.evidence import Evidence
from diagnostics.model import Finding, Verdict
from diagnostics.names import quoted
from diagnostics.said import Wording, said_at_death, tasks_of

ID = "app-migration-failed"
VERDICT = Verdict.SUSPECT

_WORDINGS = (
    # Alembic, Django
    Wording.of("can't locate revision", r"can't locate revision identified by '(?P<name>[^']+)'"),
    Wording.of("multiple head revisions"), Wording.of("target database is not up to date"),
    Wording.of("alembic", r"alembic[^\n]*(?:error|fail|exception)"),
    Wording.of("inconsistentmigrationhistory"), Wording.of("nodenotfounderror"), Wording.of("conflicting migrations detected"),
    Wording.of("django.db.migrations"),
    # Rails, Ecto, Laravel
    Wording.of("migrations are pending"), Wording.of("pendingmigrationerror"), Wording.of("an error has occurred, this and all later migrations canceled"),
    Wording.of("standarderror: an error has occurred", r"an error has occurred[^\n]*migrations? canceled"),
    Wording.of("concurrentmigrationerror"), Wording.of("irreversiblemigration"), Wording.of("unknownmigrationversion"),
    Wording.of("ecto.migrat", r"Ecto\.Migrat\w+[^\n]*(?:error|fail)"),
    Wording.of("migration table not found"),
    # Flyway, Liquibase
    Wording.of("migration of schema", r"migration of schema [^\n]* failed"),
    Wording.of("flyway", r"flyway\w*[^\n]*(?:error|fail|exception)|(?:error|fail\w*|exception)[^\n]*flyway"),
    Wording.of("validate failed: migrations", r"validate failed: migrations have failed validation"),
    Wording.of("detected failed migration", r"detected failed migration to version (?P<name>\S+)"),
    Wording.of("migration checksum mismatch"), Wording.of("detected resolved migration not applied"),
    Wording.of("found non-empty schema"), Wording.of("script", r"Script (?P<name>V[\w.]+\.sql) failed"),
    Wording.of("liquibase", r"liquibase[^\n]*(?:exception|error|fail)|(?:error|fail\w*|exception)[^\n]*liquibase"),
    Wording.of("changeset", r"(?:migration failed for changeset|validation failed)[^\n]*change ?set[^\n]*"),
    Wording.of("could not acquire change log lock"), Wording.of("waiting for changelog lock"),
    # Prisma, Knex, TypeORM, Sequelize, Drizzle, node-pg-migrate
    Wording.of("p3", r"\bP3\d{3}\b"), Wording.of("p1014"), Wording.of("migrate found failed migrations"),
    Wording.of("a migration failed to apply"), Wording.of("database schema is not empty"),
    Wording.of("migration", r"migrations? [`'\"]?(?P<name>[\w./-]+)[`'\"]? (?:has )?failed"),
    Wording.of("migration directory is corrupt"), Wording.of("migrationslocked", r"MigrationLocked(?:Error)?|migration table is already locked"),
    Wording.of("migration table is already locked"),
    Wording.of("error during migration run"), Wording.of("migrationexecutionerror"), Wording.of("umzug", r"umzug[^\n]*(?:error|fail)"),
    Wording.of("not run migration", r"not run migration (?P<name>\S+) is preceding already run migration"),
    Wording.of("knex", r"knex[^\n]*migrat[^\n]*(?:error|fail)"),
    # Go, Rust, .NET, others
    Wording.of("dirty database version", r"dirty database version (?P<name>\d+)"),
    Wording.of("goose", r"goose[^\n]*(?:error|fail|ERROR)[^\n]*"), Wording.of("dbmate", r"dbmate[^\n]*error|error[^\n]*dbmate"),
    Wording.of("was previously applied but", r"migration (?P<name>\d+) was previously applied but (?:is missing|has been modified)"),
    Wording.of("versionmissing"), Wording.of("while executing migration", r"while executing migration(?:s| (?P<name>\S+))"),
    Wording.of("pendingmodelchangeswarning"), Wording.of("dbcommand", r"failed executing DbCommand"),
    Wording.of("migrat", r"(?:fail\w*|error|unable|could not|cannot)\b[^\n]{0,60}\b(?:run(?:ning)?|apply(?:ing)?|execut\w+|perform\w*|complet\w+|up)?\b[^\n]{0,20}\b(?:db |database |schema )?migrat(?:e|ion|ions|ing)\b"),
    Wording.of("migrat", r"\bmigrat(?:e|ion|ions|ing)\b[^\n]{0,60}(?:fail(?:ed|ure)?|error|aborted|crash)"),
)  # fmt: skip
_OTHER = re.compile(
    r"(?:0|no) (?:errors|failed)|ECONN|ETIMEDOUT|connection (?:refused|timed out)|could not connect|can't reach|password authentication"
    r"|access denied|ENOTFOUND|no such host|not found\b.*command|P1001|P1000",
    re.IGNORECASE,
)


def match(evidence: Evidence) -> Finding | None:
    """Return the migration that fails."""
    said = [each for each in said_at_death(evidence, _WORDINGS) if not _OTHER.search(each.passage.text)]
    if not said:
        return None
    name = said[0].group("name").rstrip("'\".,")
    return Finding(
        what=f"the schema migration {quoted(name)} fails at the start"
        if name
        else "the schema migration fails at the start",
        why="the database was reached, and a migration that fails on its present schema fails again in each task",
        fix="run the migration by itself against the database and repair what it left half done; better run it in a task of "
        "its own before the deployment (`aws ecs run-task`)",
        evidence=tuple(each.passage.quote() for each in said[:2]),
        tasks=tasks_of(said),
    )
