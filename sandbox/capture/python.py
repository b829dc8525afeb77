"""Python: gunicorn, uvicorn, Flask, Django, psycopg, PyMySQL, redis-py, pika, Alembic, boto3."""

import sys
from functools import cache, partial

from sandbox.capture.databases import mariadb, postgres, redis
from sandbox.capture.machine import HOST, Machine, Ran, machine
from sandbox.capture.python_sources import FILES, PACKAGES
from sandbox.capture.writing import Book, Shape, connection, dying, reaction, serving

PYTHON = "/srv/venv/bin/python"
COMMON: Shape = {"size_mib": 64, "programs": ["sh", "python", "python3", "gunicorn", "uvicorn", "flask"]}


def install(on: Machine) -> dict[str, str]:
    """Make the virtual environment and return each package's version."""
    if not (on.srv / "venv/bin/pip").exists():
        on.do(sys.executable, "-m", "venv", "/srv/venv")
        on.do("/srv/venv/bin/pip", "install", "--quiet", *PACKAGES)
    for path, text in FILES.items():
        on.write(f"app/{path}", text)
    rows = on.do("/srv/venv/bin/pip", "list", "--format=freeze").splitlines()
    return {name: version for name, _, version in (row.partition("==") for row in rows)}


def script(on: Machine, name: str, **options: object) -> Ran:
    """Run one of the scripts until it ends."""
    return on.run([PYTHON, f"/srv/app/{name}.py"], **options)  # type: ignore[arg-type]


def main() -> None:
    """Print the images."""
    with machine() as on:
        have = install(on)
        book = Book(on, "python")
        _servers(on, book, have)
        _failures(on, book)
        _limits(on, book)
        _clients(on, book, have)
        _aws(on, book, have)
        book.print()


def _servers(on: Machine, book: Book, have: dict[str, str]) -> None:
    gunicorn = ["/srv/venv/bin/gunicorn", "--bind", "0.0.0.0:8000", "flask_app:app"]
    uvicorn = ["/srv/venv/bin/uvicorn", "--host", "0.0.0.0", "--port", "8000", "fast_app:app"]
    django = [PYTHON, "manage.py", "runserver", "--noreload", "0.0.0.0:8000"]
    flask = ["/srv/venv/bin/flask", "--app", "flask_app", "run", "--port", "5000"]
    with_gunicorn = f"gunicorn {have['gunicorn']}, Flask {have['Flask']}"
    with_uvicorn = f"uvicorn {have['uvicorn']}, FastAPI {have['fastapi']}"
    with_django = f"Django {have['Django']}"
    loopback = {"port": 8000, "bind": "127.0.0.1"}

    def serve(argv: list[str], port: int, **also: object) -> Shape:
        return serving(on.serve(argv, port), port, entrypoint=[argv[0].rpartition("/")[2], *argv[1:]]) | also

    book.add("python-gunicorn", "good-1", with_gunicorn, COMMON, lambda: serve(gunicorn, 8000))
    book.add(
        *("python-gunicorn", "default-bind", with_gunicorn, COMMON),
        lambda: serve([gunicorn[0], "flask_app:app"], 8000, listens=loopback),
    )
    book.add(
        "python-gunicorn", "module-not-found", with_gunicorn, COMMON, lambda: _dies(on, [*gunicorn[:3], "shop:app"])
    )
    book.add(
        "python-gunicorn", "raises-on-import", with_gunicorn, COMMON, lambda: _dies(on, [*gunicorn[:3], "broken:app"])
    )
    book.add(
        "python-gunicorn", "no-such-app", with_gunicorn, COMMON, lambda: _dies(on, [*gunicorn[:3], "flask_app:wsgi"])
    )
    book.add(
        *("python-gunicorn", "port-in-use", with_gunicorn, COMMON),
        lambda: _dies(
            on, ["sh", "-c", f"{PYTHON} -m http.server 8000 >/dev/null 2>&1 & sleep 1; exec {' '.join(gunicorn)}"]
        ),
    )
    book.add("python-uvicorn", "good-1", with_uvicorn, COMMON, lambda: serve(uvicorn, 8000))
    book.add(
        *("python-uvicorn", "default-host", with_uvicorn, COMMON),
        lambda: serve([uvicorn[0], "--port", "8000", "fast_app:app"], 8000, listens=loopback),
    )
    book.add(
        "python-uvicorn", "startup-fails", with_uvicorn, COMMON, lambda: _dies(on, [*uvicorn[:5], "fast_fails:app"])
    )
    book.add("python-uvicorn", "syntax-error", with_uvicorn, COMMON, lambda: _dies(on, [*uvicorn[:5], "syntax:app"]))
    book.add(
        "python-flask",
        "development-server",
        f"Flask {have['Flask']}",
        COMMON,
        lambda: serve(flask, 5000, listens={"port": 5000, "bind": "127.0.0.1"}),
    )
    book.add("python-django", "good-1", with_django, COMMON, lambda: serve(django, 8000))
    # A load balancer asks by address, so its Host header is one that ALLOWED_HOSTS does not have.
    book.add(
        *("python-django", "allowed-hosts", with_django, COMMON),
        lambda: serving(on.serve(django, 8000, env={"HOSTS": "shop.example"}), 8000),
    )
    book.add(
        "python-django",
        "redirects-to-https",
        with_django,
        COMMON,
        lambda: serving(on.serve(django, 8000, env={"HTTPS_ONLY": "1"}), 8000),
    )


@cache
def _answers(on: Machine) -> Shape:
    return serving(on.serve([PYTHON, "/srv/app/answers.py"], 8000), 8000)


def _dies(on: Machine, argv: list[str], **options: object) -> Shape:
    return dying(on.run(argv, **options))  # type: ignore[arg-type]


def _failures(on: Machine, book: Book) -> None:
    version = f"Python {sys.version.split()[0]}"
    for tag in ("segfault", "abort", "exits-cleanly", "module-missing"):
        book.add("python-script", tag, version, COMMON, partial(_dies, on, [PYTHON, f"/srv/app/{tag}.py"]))

    def variable() -> Shape:
        good = serving(
            on.serve([PYTHON, "/srv/app/settings.py"], 8000, env={"LOG_LEVEL": "info", "API_KEY": "x"}), 8000
        )
        absent = reaction(script(on, "settings", env={"LOG_LEVEL": "info"}))
        illegal = reaction(script(on, "settings", env={"LOG_LEVEL": "loud", "API_KEY": "x"}))
        level = {"name": "LOG_LEVEL", "legal": ["debug", "info"], "illegal": illegal}
        level["absent"] = reaction(script(on, "settings", env={"API_KEY": "x"}))
        return good | {"needs": {"environment": [{"name": "API_KEY", "absent": absent}, level]}}

    def json_secret() -> Shape:
        value = '{"username": "shop", "password": "x"}'
        good = serving(on.serve([PYTHON, "/srv/app/json_secret.py"], 8000, env={"DB_SECRET": value}), 8000)
        need = {
            "name": "DB_SECRET",
            "keys": ["username", "password"],
            "absent": reaction(script(on, "json_secret")),
            "malformed": reaction(script(on, "json_secret", env={"DB_SECRET": "postgres://shop"})),
        }
        return good | {"needs": {"secrets": [need]}}

    def files() -> Shape:
        # The system's Python: another user may not run the one that the virtual environment is made of.
        argv = ["/usr/bin/python3", "/srv/app/writes.py"]
        (on.srv / "cache").mkdir(exist_ok=True)
        good = serving(on.serve(argv, 8000), 8000)
        readonly = on.run(argv, setup="mount --bind /srv/cache /srv/cache && mount -o remount,ro,bind /srv/cache")
        need = {"path": "/srv/cache", "readonly": reaction(readonly), "denied": reaction(on.run(argv, user=65534))}
        return good | {"needs": {"files": [need]}}

    book.add("python-script", "needs-settings", f"{version}, pydantic-settings", COMMON, variable)
    book.add("python-script", "needs-json-secret", version, COMMON, json_secret)
    book.add("python-script", "writes-to-disk", version, COMMON, files)


def _limits(on: Machine, book: Book) -> None:
    version = f"Python {sys.version.split()[0]}"

    def disk() -> Shape:
        (on.srv / "data").mkdir(exist_ok=True)
        full = script(on, "fills", setup="mount -t tmpfs -o size=16m tmpfs /srv/data")
        good = _answers(on)
        return good | {"disk": {"mib": 40_000, "after": 120, "full": reaction(full) | {"after": 0}}}

    def open_files() -> Shape:
        few = script(on, "opens", limits="ulimit -n 64;")
        good = _answers(on)
        return good | {"needs": {"open_files": {"at_least": 4096, "fewer": reaction(few)}}}

    def leak() -> Shape:
        few = script(on, "opens", limits="ulimit -n 64;")
        good = _answers(on)
        return good | {"open_files": {"count": 200_000, "after": 180, "full": reaction(few) | {"after": 0}}}

    book.add("python-script", "disk-full", version, COMMON, disk)
    book.add("python-script", "needs-open-files", version, COMMON, open_files)
    book.add("python-script", "leaks-open-files", version, COMMON, leak)


def _clients(on: Machine, book: Book, have: dict[str, str]) -> None:
    def client(name: str, scheme: str, port: int, refused: tuple[Ran, int]) -> Shape:
        def against(host: str, at: int) -> Ran:
            return script(on, name, env={"DATABASE_URL": f"{scheme}://shop:wrong@{host}:{at}/shop"})

        good = _answers(on)
        return good | {"needs": {"connections": [connection(against, port, "DATABASE_URL", refused)]}}

    def with_login(name: str, scheme: str, port: int) -> tuple[Ran, int]:
        return script(on, name, env={"DATABASE_URL": f"{scheme}://shop:wrong@{HOST}:{port}/shop"}), port

    with postgres(on) as port:
        logins = {
            each: with_login(each, "postgresql", port)
            for each in ("pg3", "pg2", "sqlalchemy_pg", "migrates", "django_migrates")
        }
    names = {
        "pg3": ("python-psycopg", f"psycopg {have['psycopg']}"),
        "pg2": ("python-psycopg2", f"psycopg2 {have['psycopg2-binary']}"),
        "sqlalchemy_pg": ("python-sqlalchemy", f"SQLAlchemy {have['SQLAlchemy']}, psycopg {have['psycopg']}"),
        "migrates": ("python-alembic", f"alembic {have['alembic']}, psycopg {have['psycopg']}"),
        "django_migrates": ("python-django", f"Django {have['Django']}, psycopg {have['psycopg']}"),
    }
    for each, (repository, version) in names.items():
        tag = "migrates" if "migrates" in each else "needs-database"
        book.add(repository, tag, version, COMMON, partial(client, each, "postgresql", 5432, logins[each]))
    with mariadb(on) as port:
        login = with_login("mysql_client", "mysql", port)
    book.add(
        "python-pymysql",
        "needs-database",
        f"PyMySQL {have['PyMySQL']}",
        COMMON,
        partial(client, "mysql_client", "mysql", 3306, login),
    )
    with redis(on) as port:
        login = with_login("redis_client", "redis", port)
    book.add(
        "python-redis",
        "needs-cache",
        f"redis-py {have['redis']}",
        COMMON,
        partial(client, "redis_client", "redis", 6379, login),
    )

    def migration_fails() -> Shape:
        with postgres(on) as port:
            url = f"postgresql://postgres:right@{HOST}:{port}/postgres"
            return dying(script(on, "migrates", env={"DATABASE_URL": url, "BREAK": "1"}))

    book.add("python-alembic", "migration-fails", names["migrates"][1], COMMON, migration_fails)


def _aws(on: Machine, book: Book, have: dict[str, str]) -> None:
    def no_credentials() -> Shape:
        good = _answers(on)
        env = {"AWS_EC2_METADATA_DISABLED": "true", "AWS_DEFAULT_REGION": "eu-west-1"}
        lost = reaction(script(on, "bucket", env=env))
        # What S3 answers a role without a policy is AWS's sentence, so a local server answers it (bucket_server).
        with on.background([PYTHON, "/srv/app/bucket_server.py"], 8099):
            keys = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "x", "AWS_ENDPOINT_URL": "http://127.0.0.1:8099"}
            denied = reaction(script(on, "bucket", env=env | keys), {"a-role": "{role}"})
        need = {
            "action": "s3:ListBucket",
            "resource": "arn:aws:s3:::shop-data",
            "denied": denied,
            "no_credentials": lost,
        }
        return good | {"needs": {"aws": [need]}}

    book.add("python-boto3", "needs-bucket", f"boto3 {have['boto3']}", COMMON, no_credentials)


if __name__ == "__main__":
    main()
