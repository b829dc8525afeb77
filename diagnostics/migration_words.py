"""How migration tools say that a migration of the database's schema fails.

Source: what Alembic, Django, yoyo, Knex, TypeORM and umzug print, provoked. The wordings of Flyway, Liquibase,
Prisma, Sequelize, Drizzle, Active Record, Ecto, Laravel, Doctrine, golang-migrate, goose, dbmate, sqlx and EF Core
are known from reports of failures; no source of theirs is cited here.
"""

import re

from diagnostics.said import Wording

FAILED = (
    # Alembic, Django
    Wording.of("can't locate revision", r"can't locate revision identified by '(?P<name>[^'\n]+)'"),
    Wording.of("multiple head revisions are present"),
    Wording.of("multiple heads are present"),
    Wording.of("target database is not up to date"),
    Wording.of(
        "alembic",
        r"alembic\.(?:util|script|runtime)\.\w*(?:exc|messaging)?\.?(?:CommandError|RevisionError|ResolutionError)",
    ),
    Wording.of(
        "please use the 'init' command", r"path doesn't exist: '?(?P<name>[^'\s]{1,200})[^\n]{0,4}please use the 'init'"
    ),
    Wording.of("is applied before its dependency", r"Migration (?P<name>[\w.]+) is applied before its dependency"),
    Wording.of("inconsistentmigrationhistory"),
    Wording.of("nodenotfounderror", r"NodeNotFoundError: Migration (?P<name>[\w.]+)"),
    Wording.of("conflicting migrations detected"),
    Wording.of("invalidbaseserror"),
    Wording.of("is not present", r"\bRevision \w{1,60} referenced from [^\n]{1,200} is not present"),
    Wording.of("migrations.exceptions.", r"\bdjango\.db\.migrations\.exceptions\.\w+"),
    Wording.of("with no migrations", r"\bDependency on app with no migrations: (?P<name>\w+)"),
    Wording.of("applying ", r"^\s*Applying (?P<name>\w+\.\w+)\.\.\.(?! ?OK)"),
    # Rails, Ecto, Laravel, Doctrine
    Wording.of("migrations canceled", r"an error has occurred, (?:this and )?all later migrations canceled"),
    Wording.of("migrations are pending", r"(?<!\bno )migrations are pending"),
    Wording.of("pendingmigrationerror"),
    Wording.of("concurrentmigrationerror"),
    Wording.of("irreversiblemigration"),
    Wording.of("unknownmigrationversion"),
    Wording.of("activerecord::", r"\bActiveRecord::(?:EnvironmentMismatch|ProtectedEnvironment)Error"),
    Wording.of("directly inheriting from activerecord::migration"),
    Wording.of("metadata storage is not up to date"),
    Wording.of("migrations are outdated"),
    Wording.of("migrations are missing"),
    Wording.of("there are no registered migrations"),
    Wording.of("could not create schema migrations table"),
    Wording.of("duplicatemigration", r"DuplicateMigration(?:Name|Version)Error"),
    Wording.of("ecto.migrationerror"),
    Wording.of("migrate", r"\b(?:could not|failed to) migrate\b"),
    Wording.of("failed during execution", r"migration (?P<name>[\w\\]+) failed during execution"),
    *Wording.any_of((" fail", ".fail"), r"^\s*(?P<name>\d{4}_\d\d_\d\d_\d{6}_\w+) ?\.{2,}[^\n]{0,300}\bFAIL\b"),
    # Flyway, Liquibase
    Wording.of(
        "migration of schema", r"migration of schema [^\n]{0,300} to version \"?(?P<name>[\w.]+)[^\n]{0,300} failed"
    ),
    Wording.of("validate failed:", r"validate failed: ?(?:migrations? have failed validation|detected|migration)?"),
    Wording.of("detected failed migration", r"detected failed migration to version (?P<name>[\w.]+)"),
    Wording.of(
        "detected resolved migration not applied",
        r"detected resolved migration not applied to database: (?P<name>[\w.]+)",
    ),
    Wording.of(
        "detected applied migration not resolved", r"detected applied migration not resolved locally: (?P<name>[\w.]+)"
    ),
    Wording.of(
        "checksum mismatch", r"migration checksum mismatch for migration version (?P<name>[\w.]+)|checksum mismatch"
    ),
    Wording.of("found non-empty schema"),
    Wording.of(" failed", r"\bScript (?P<name>[VR]_?[\w.]+\.sql) failed"),
    Wording.of("flyway", r"Flyway(?:Migrate|Validate|Sql\w*|Sql)?Exception"),
    Wording.of("migration failed for change", r"migration failed for change ?set (?P<name>[^\s:]+(?:::[^\s:]+)*)"),
    Wording.of("liquibase", r"liquibase\.exception\.\w+Exception|liquibase command '\w+' failed|LiquibaseException"),
    Wording.of("could not acquire change log lock"),
    Wording.of("unexpected error running liquibase"),
    Wording.of("liquibase", r"\bLiquibase:? (?:update )?(?:has )?failed\b"),
    Wording.of("unsupported database: ", r"\bunsupported database: (?:\w+ ){1,3}\d"),
    Wording.of("evolve", r"\bEvolve(?:Validation|Configuration|Sql|Core|Command)?Exception\b"),
    Wording.of("upgrade failed due to an unexpected exception"),
    Wording.of("exception has occured in script", r"\bexception has occured in script: '(?P<name>[^'\n]+)'"),
    Wording.of("executing the following sql", r"\ban error occur+ed executing the following sql"),
    Wording.of(" fail", r"^\s*(?P<name>\d{4}_\d\d_\d\d_\d{6}_\w{1,100}) \.{2,200}[^\n]{0,20} FAIL\s*$"),
    Wording.of("there are pending migrations"),
    Wording.of("needs evolution!", r"\bDatabase '(?P<name>[^'\n]+)' needs evolution!"),
    Wording.of("is in an inconsistent state!", r"\bDatabase '(?P<name>[^'\n]+)' is in an inconsistent state!"),
    Wording.of("change", r"^\s*\d++ change ?sets? (?:check ?sum|had)"),
    # Prisma, Knex, TypeORM, Sequelize, Drizzle, node-pg-migrate
    Wording.of("error: p3", r"Error: P3\d{3}\b"),
    Wording.of("migration name:", r"Migration name: (?P<name>\w+)"),
    Wording.of("migrate found failed migrations"),
    Wording.of("a migration failed to apply"),
    Wording.of("database schema is not empty"),
    Wording.of(
        "migration",
        r"\bmigration (?:file )?[`'\"]?(?P<name>(?=[\w/]*[\d_.-])[\w./-]++)[`'\"]? (?:\(up\) )?(?:has )?failed\b",
    ),
    Wording.of("migration", r"Migration [\"'`](?P<name>\w+)[\"'`] failed"),
    Wording.of("error initializing database migration"),
    Wording.of("migration failed with error"),
    Wording.of("migration directory is corrupt"),
    Wording.of("migrationlocked", r"MigrationLocked(?:Error)?"),
    Wording.of("migration table is already locked"),
    Wording.of("knex migrate:unlock"),
    Wording.of("another migration is already running"),
    Wording.of("meta/_journal.json", r"\bcan't find meta/_journal\.json"),
    Wording.of("drizzlequeryerror", r"\bDrizzleQueryError: Failed query: (?:create|alter|drop)\b"),
    Wording.of("error during migration run"),
    Wording.of("migrationexecutionerror"),
    Wording.of("migrationerror", r"\bMigrationError: Migration (?P<name>\S+)|\bMigrationError\b"),
    Wording.of(
        "preceding already run migration", r"not run migration (?P<name>\S+) is preceding already run migration"
    ),
    # Programs that look at the schema's version before they start
    Wording.of(
        "schema version",
        r"schema version (?:compatibility check failed: [^\n]{0,300}(?:relation|table|mismatch|version)|mismatch"
        r"|[^\n]{0,40}(?:is not supported|too (?:old|new)|does not match))",
    ),
    Wording.of("database needs bootstrap"),
    Wording.of("cannot be greater than actual version", r"\bexpected version: \S{1,20} cannot be greater than actual"),
    Wording.of("still unapplied migrations"),
    Wording.of("catalog_migrate", r"\"kind\":\s{0,3}\"catalog_migrate\""),
    *Wording.any_of(
        ("schema is missing or older", "match metastore's schema", "get schema version", "not found in metastore"),
        r"\bschema is missing or older|\bdoes not match metastore's schema version|\bfailed to get schema version"
        r"|\bversion information not found in metastore",
    ),
    Wording.of("incorrect schema version"),
    Wording.of(
        "schema",
        r"\b(?:problem|error|failure|failed)\b[^\n]{0,20}\b(?:during|while|in)\b[^\n]{0,20}\bschema "
        r"(?:upgrade|update|migration|creation|initiali[sz]ation)\b",
    ),
    Wording.of("you need to initialize the database"),
    Wording.of("you need to upgrade the database"),
    Wording.of("out-of-date database schema"),
    Wording.of(
        "database schema is", r"database schema is (?:out of date|not up to date|outdated|too (?:old|new)|newer)"
    ),
    *Wording.any_of(
        ("be migrated", "be upgraded", "be updated", "be manually", "be initialized", "be initialised"),
        r"\b(?:database|db|schema)(?: schema)? (?:needs|must|has|requires)(?: to)? be "
        r"(?:manually )?(?:migrated|upgraded|updated|initiali[sz]ed)\b",
    ),
    *Wording.any_of(
        ("failed to update", "failed to upgrade", "database schema", "db schema", "sql schema"),
        r"\bfailed to (?:update|upgrade) (?:the )?database\b"
        r"|\bfailed to (?:create|update|upgrade|initiali[sz]e|set ?up) (?:the )?(?:database|db|sql) schema\b",
    ),
    Wording.of("new migrations available", r"new migrations available; run '"),
    # Go, Rust, .NET
    Wording.of("dirty database version", r"dirty database version (?P<name>\d+)"),
    Wording.of("no migration found for version", r"no migration found for version (?P<name>\d+)"),
    Wording.of("failed to run sql migration", r"failed to run SQL migration(?: \"?(?P<name>[\w.]+\.sql))?"),
    Wording.of("can't acquire", r"^\s*error: can't acquire (?:database )?lock\b"),
    Wording.of("goose", r"\bgoose (?:run|up)[^\n]{0,300}(?:error|fail)|error [^\n]{0,300}\bgoose"),
    Wording.of("found ", r"found \d+ missing (?:\(out-of-order\) )?migrations"),
    Wording.of(
        "was previously applied but",
        r"migration (?P<name>\d+) was previously applied but (?:is missing|has been modified)",
    ),
    Wording.of("while executing migration", r"while executing migration(?:s| (?P<name>\d+))"),
    Wording.of("failed to open source", r"failed to open source, \"(?P<name>[^\"\n]{1,200})\""),
    Wording.of(
        "sql/migrate: ", r"\bsql/migrate: (?:executing statement|connected database is not clean|[^\n]{0,80}fail)"
    ),
    Wording.of("failed creating schema resources"),
    Wording.of("unable to create migration plan"),
    *Wording.any_of(
        ("versionmissing", "versionmismatch", "versiontoo", "versionnotpresent"),
        r"\bVersion(?:Missing|Mismatch|TooOld|TooNew|NotPresent)\((?P<name>\d{1,20})",
    ),
    Wording.of("is partially applied", r"\bmigration (?P<name>\d{1,20}) is partially applied"),
    Wording.of("failed to run ", r"\bfailed to run (?P<name>\d{4}-\d\d-\d\d-\w{1,100}) with: "),
    Wording.of("error applying migration", r"\berror applying migration (?P<name>\w{1,100})"),
    Wording.of(
        "filesystem",
        r"\bmigration (?P<name>[VU]\d{1,20}__\w{1,100}) is (?:different than|missing from) (?:the )?filesystem",
    ),
    Wording.of("file of version", r"\bfile of version '(?P<name>\w{1,100})' is missing\b"),
    Wording.of("orm engine initialization failed: migrate"),
    Wording.of("is for a newer", r"\byour database [^\n]{0,80}is for a newer \w+"),
    Wording.of("upgradedatabaseexception"),
    Wording.of("pendingmodelchangeswarning"),
    Wording.of("has pending changes. add a new"),
    Wording.of("failed executing dbcommand"),
    # The statement alone: whoever makes what is there already makes the schema
    *Wording.any_of(
        ("duplicatetable", "duplicatecolumn", "duplicateobject", "already exists"),
        r"\bDuplicate(?:Table|Column|Object)\b|\b(?:relation|table|column|constraint|sequence|view) [\"'`][\w.]{1,100}"
        r"[\"'`][^\n]{0,60} already exists\b(?! in dynamo)",
    ),
    Wording.of("there is already an object named", r"there is already an object named '(?P<name>[^'\n]{1,100})'"),
    *Wording.any_of(("42s01", "42s21"), r"\bSQLSTATE\[42S(?:01|21)\]"),
    Wording.of("contains null values", r"\bcolumn \"\w{1,100}\" (?:of relation \"\w{1,100}\" )?contains null values"),
    # What it needs of the database, and the table in which a tool keeps its own account
    *Wording.any_of(
        ("extension control file", "is not available", "extension is required"),
        r"\bcould not open extension control file|\bextension \"\w{1,60}\" is not available"
        r"|\b(?:pgcrypto|postgis|vector|uuid-ossp|citext|pg_trgm|hstore) extension is required",
    ),
    *Wording.any_of(
        ("does not exist", "doesn't exist"),
        r"\b(?:relation|table) [\"'`](?:\w{1,60}[.])?(?:schema_version|schema_migrations|alembic_version"
        r"|databasechangelog|django_migrations|flyway_schema_history|_prisma_migrations|knex_migrations|SequelizeMeta|goose_db_version"
        r"|__EFMigrationsHistory|doctrine_migration_versions|migrations|schema_meta)[\"'`] (?:does not|doesn't) exist",
    ),
    # Anybody's own sentence
    Wording.of(
        "migrat",
        r"\b(?:failed|failure|error|unable|could not|cannot|couldn't)\b[^\n]{0,30}\b(?:to |during |while |when "
        r"|in )?(?:run(?:ning)?|apply(?:ing)?|execut\w+|perform\w*|complet\w+)\b[^\n]{0,20}\bmigrat(?:e|ion|ions)\b",
    ),
    Wording.of("migrat", r"\b(?:failed|unable|could not|cannot) to (?:auto-?)?migrate\b"),
    Wording.of(
        "migrat",
        r"\b(?:(?:database|db|schema|sql) )?migrations?:? (?:run |up |down |script |step |job )?(?:has |have )?"
        r"(?:failed|aborted|crashed|error)\b",
    ),
    Wording.of("pending migration", r"(?<!\bno )\bpending migrations? (?:exists?|found|detected|must|needs?)\b"),
    Wording.of("migrat", r"\b(?:please |must |need to )?run [\w:./` -]{1,60}\bmigrat\w{0,5}`? (?:first|before)\b"),
)

TOOL = re.compile(
    r"commands[/.]migrate\b|db/migrations/executor|alembic[./](?:command|runtime|config)|yoyo/migrations"
    r"|ActiveRecord::Migrat|active_record/(?:migration|tasks)|db:migrate|Migrations\.Internal\.\w+"
    r"|Illuminate.{1,2}Database.{1,2}Migrations|Doctrine.{1,2}Migrations|org\.flywaydb|liquibase\.|Ecto\.Migrat"
    r"|lib/ecto/migrat|golang-migrate|pressly/goose|sqlx::migrate|umzug|node-pg-migrate|/migrator\.(?:js|ts|cjs)"
    r"|migration-collection|MigrationExecutor|knex/lib/migrations|drizzle-orm/|Running migrations"
    r"|(?<!No )Pending migrations"
    r"|\bdbmate\b|^Applying: \S{1,100}\.sql$"
    r"|^== [\w-]{1,200}: migrat(?:ing|ed)"
    r"|(?:alembic|migrations)/versions/"
    # The statement itself, where the driver repeats it: whoever changes a schema at the start migrates it
    r"|\b(?:SQL|statement|query)\W{1,4}(?:create|alter|drop) (?:unique )?(?:table|index|type|schema|view|sequence)\b",
    re.IGNORECASE,
)
"""What stands in the stack, or before it, where a migration tool is at work."""
WAITS = re.compile(r"\bwaiting for changelog lock\b", re.IGNORECASE)
"""What Liquibase says, as often as it asks, while another run holds its lock, or died with it."""
STATEMENT_LITERALS = (
    *("exist", "duplicate", "unknown column", "no such", "violates", "cannot ", "syntax", "locked", "statementinvalid"),
    *("lock timeout", "statement timeout", "deadlock", "lock wait"),
    *("42p0", "4270", "already an object", "already used by", "must be unique", "contains null"),
)
"""One of them, in lower case, stands in each text that has such a statement."""
STATEMENT = re.compile(
    r"\b(?:relation|table|column|index|constraint|type|schema|function|key|sequence|view|trigger)\b[^\n]{0,80}"
    r"\b(?:already exists|does not exist|doesn't exist)|duplicate (?:column|key|entry|table|object)|unknown column"
    r"|no such (?:table|column)|violates \w+[ -]?\w* constraint|cannot (?:drop|alter|add|truncate)\b"
    r"|syntax error at or near|error in your SQL syntax|already an object named"
    r"|name is already used by an existing object|column names in each table must be unique"
    r"|(?:lock|statement) timeout|deadlock detected|lock wait timeout exceeded"
    r"|already locked|StatementInvalid|contains null values|42P0\d|4270[13]",
    re.IGNORECASE,
)
"""How a database refuses a statement that changes the schema."""
