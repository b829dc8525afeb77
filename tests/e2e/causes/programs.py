"""Causes in what a container's program does where it runs: it dies, or never comes to what it needs."""

from collections.abc import Callable
from typing import Any

from tests.e2e.causes.account import REGISTRY, Account
from tests.e2e.causes.cause import Cause, deploys
from tests.e2e.causes.launch import SETTLED, allows

CHECK = {"command": ["CMD-SHELL", "curl -f http://localhost:5001/healthz || exit 1"], "interval": 5, "retries": 2}


def beside(state: str | None, name: str, **container: Any) -> Callable[[Account], object]:
    """A program that connects to `db.internal`, which is so; None: that name does not resolve."""

    def make(account: Account) -> None:
        if state:
            account.hosts.set("db.internal", state)
        account.run(name, container)

    return make


def task_role(*actions: str) -> Callable[[Account], object]:
    """A program that lists a bucket with a task role that may do this."""

    def make(account: Account) -> None:
        role = account.make_role("shop-task")
        account.allow(allows(*actions), "shop-task")
        account.step(SETTLED)
        account.run("python-boto3:needs-bucket", definition={"taskRoleArn": role})

    return make


def containers(*others: dict[str, Any], **app: Any) -> Callable[[Account], object]:
    """A task whose container `app` has others beside it."""

    def make(account: Account) -> None:
        registered = account.register_image("made:serves")
        defined = account.ecs.describe_task_definition(taskDefinition=registered)["taskDefinition"]
        first = defined["containerDefinitions"][0]
        more = [{"logConfiguration": first["logConfiguration"], **each} for each in others]
        account.deploy(account.register("", containerDefinitions=[{**first, **app}, *more]))

    return make


def _after(name: str, condition: str) -> list[dict[str, str]]:
    return [{"containerName": name, "condition": condition}]


def container(name: str, image: str, **settings: Any) -> dict[str, Any]:
    return {"name": name, "image": f"{REGISTRY}/{image}", **settings}


URL = [{"name": "DATABASE_URL", "value": "postgresql://shop:pw@db.internal:5432/shop"}]
CAUSES = (
    Cause("out-of-memory", "more memory than the container has", deploys("shop:out-of-memory")),
    Cause("out-of-memory", "Java's heap is full", deploys("java-plain:heap-out-of-memory")),
    Cause("out-of-memory", "Node's heap is full", deploys("node-script:heap-out-of-memory")),
    Cause("disk-full", "Node fills the task's storage", deploys("node-script:disk-full")),
    Cause("disk-full", "Python fills the task's storage", deploys("python-script:disk-full")),
    Cause("ulimit-exceeded", "Python leaks open files", deploys("python-script:leaks-open-files")),
    Cause("ulimit-exceeded", "a lower limit than the program needs", deploys(
        "python-script:needs-open-files", ulimits=[{"name": "nofile", "softLimit": 1024, "hardLimit": 4096}])),
    Cause("app-readonly-filesystem", "Python writes to a read-only root", deploys(
        "python-script:writes-to-disk", readonlyRootFilesystem=True)),
    Cause("app-readonly-filesystem", "nginx writes to a read-only root", deploys(
        "nginx:writes-to-disk", readonlyRootFilesystem=True)),
    Cause("app-permission-denied", "Node writes as nobody", deploys("node-script:writes-to-disk", user="65534")),
    Cause("app-permission-denied", "a script without its mode", deploys("made:not-executable")),
    Cause("app-command-not-found", "an entry point that is not there", deploys("made:serves", entryPoint=["no-such"])),
    Cause("app-command-not-found", "a shell that does not find it", deploys(
        "made:serves", entryPoint=["sh", "-c"], command=["no-such --fast"])),
    Cause("app-command-not-found", "no shell in the image", deploys("go-http:good-1", entryPoint=["sh", "-c", "shop"])),
    Cause("app-module-not-found", "Python's module", deploys("python-script:module-missing")),
    Cause("app-module-not-found", "gunicorn's module", deploys("python-gunicorn:module-not-found")),
    Cause("app-module-not-found", "Node's module", deploys("node-script:esm-module-missing")),
    Cause("app-module-not-found", "Ruby's gem", deploys("ruby-script:load-error")),
    Cause("app-module-not-found", "Java's class", deploys("java-plain:class-not-found")),
    Cause("app-migration-failed", "Alembic's migration", deploys("python-alembic:migration-fails")),
    Cause("app-migration-failed", "Knex's migration", deploys("node-knex:migration-fails")),
    Cause("app-dependency-auth-failed", "PostgreSQL refuses psycopg", beside(
        "refusing-login", "python-psycopg:needs-database", environment=URL)),
    Cause("app-dependency-auth-failed", "MySQL refuses mysql2", beside("refusing-login", "node-mysql2:needs-database")),
    Cause("app-dependency-unreachable", "PostgreSQL is down for pg", beside("down", "node-pg:needs-database")),
    Cause("app-dependency-unreachable", "PostgreSQL does not answer psycopg2", beside(
        "unreachable", "python-psycopg2:needs-database", environment=URL)),
    Cause("app-dependency-unreachable", "Spring's database is down", beside("down", "java-spring:needs-database")),
    Cause("dns-resolution-failed", "psycopg's host has no name", beside(
        None, "python-psycopg:needs-database", environment=URL)),
    Cause("dns-resolution-failed", "Go's backend has no name", beside(None, "go-http:needs-backend")),
    Cause("port-conflict", "Node's port is taken", deploys("node-script:port-in-use")),
    Cause("port-conflict", "Go's port is taken", deploys("go-http:port-in-use")),
    Cause("app-config-missing", "a variable of Node", deploys("node-script:needs-settings")),
    Cause("app-config-missing", "a variable of Go", deploys("go-http:needs-settings")),
    Cause("app-config-missing", "pydantic's settings", deploys("python-script:needs-settings")),
    Cause("app-config-missing", "Spring's data source", deploys("java-spring:no-datasource")),
    Cause("app-segfault", "a segmentation fault", deploys("python-script:segfault")),
    Cause("app-segfault", "an abort", deploys("python-script:abort")),
    Cause("app-crash-exception", "Python's traceback", deploys("shop:crash-on-start")),
    Cause("app-crash-exception", "Go's panic", deploys("go-http:panics")),
    Cause("app-crash-exception", "Node's type error", deploys("node-script:type-error")),
    Cause("app-crash-exception", "Java's null pointer", deploys("java-plain:null-pointer")),
    Cause("app-crash-exception", "nginx's directive", deploys("nginx:unknown-directive")),
    Cause("app-exited-cleanly", "a job in a service", deploys("python-script:exits-cleanly")),
    Cause("sigkill-unexplained", "a program that is killed", deploys("made:is-killed")),
    Cause("task-role-missing-or-denied", "no task role", deploys("python-boto3:needs-bucket")),
    Cause("task-role-missing-or-denied", "the task role may not", task_role("s3:GetObject")),
    Cause("dependency-container-failed", "a container that prepares fails", containers(
        container("prepare", "made:fails-to-prepare", essential=False), dependsOn=_after("prepare", "SUCCESS"))),
    Cause("dependency-container-failed", "a container is never healthy", containers(
        container("proxy", "made:not-ready", essential=False, healthCheck=CHECK, startTimeout=60),
        dependsOn=_after("proxy", "HEALTHY"))),
)  # fmt: skip
