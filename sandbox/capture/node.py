"""Node.js: Express, Fastify, pg, mysql2, ioredis, knex, and what the runtime itself says when it cannot go on."""

from functools import cache, partial

from sandbox.capture.databases import mariadb, postgres, redis
from sandbox.capture.machine import HOST, Machine, Ran, machine
from sandbox.capture.writing import Book, Shape, connection, dying, reaction, serving

PACKAGES = ("express", "fastify", "pg", "mysql2", "ioredis", "knex")
COMMON: Shape = {"size_mib": 72, "programs": ["sh", "node", "npm"], "entrypoint": ["node", "server.js"]}
_SERVER = "require('http').createServer((q, s) => s.end('ok')).listen(3000, () => console.log('listening on 3000'));\n"
_EXPRESS = """const app = require('express')();
app.get(['/', '/healthz'], (request, response) => response.send('ok'));
const port = Number(process.env.PORT || 3000);
app.listen(port, process.env.BIND || '0.0.0.0', () => console.log(`listening on ${port}`));
"""
FILES = {
    "answers.js": _SERVER,
    "express.js": _EXPRESS,
    "express_stops.js": _EXPRESS.replace("app.listen", "const server = app.listen")
    + "process.on('SIGTERM', () => { console.log('SIGTERM: closing'); server.close(() => process.exit(0)); });\n",
    "fastify.js": """const app = require('fastify')({ logger: true });
app.get('/', async () => 'ok');
app.get('/healthz', async () => 'ok');
app.listen({ port: 3000 }).catch((error) => { app.log.error(error); process.exit(1); });
""",
    "module_missing.js": "const express = require('express-session');\n",
    "esm_missing.mjs": "import { prices } from './prices.js';\n",
    "type_error.js": "function total(basket) { return basket.items.length; }\n\ntotal(undefined);\n",
    "rejection.js": "async function main() { throw new Error('the price list is empty'); }\n\nmain();\n",
    "syntax.js": "const prices = {\nconst total = 1;\n",
    "heap.js": "const kept = [];\nfor (;;) kept.push(new Array(1000).fill('tea'));\n",
    "port_in_use.js": "const listen = () => require('http').createServer().listen(3000);\nlisten();\nlisten();\n",
    "config.js": """if (!process.env.JWT_SECRET) throw new Error('JWT_SECRET is not set');
"""
    + _SERVER,
    "writes.js": "require('fs').writeFileSync('/srv/cache/prices.json', '{}');\n" + _SERVER,
    "fills.js": "for (;;) require('fs').appendFileSync('/srv/data/orders.log', Buffer.alloc(1 << 20));\n",
    "opens.js": "for (;;) require('fs').openSync('/etc/hosts');\n",
    "pg.js": """const { Client } = require('pg');
const client = new Client({ connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 });
client.connect();
""",
    "mysql.js": """const mysql = require('mysql2/promise');
mysql.createConnection({ uri: process.env.DATABASE_URL, connectTimeout: 5000 });
""",
    "redis.js": """const Redis = require('ioredis');
const redis = new Redis(process.env.DATABASE_URL, { connectTimeout: 5000, maxRetriesPerRequest: 2 });
redis.ping();
""",
    "knexfile.js": """module.exports = {
  client: 'pg', connection: { connectionString: process.env.DATABASE_URL, connectionTimeoutMillis: 5000 },
};
""",
    "migrations/20260101000000_orders.js": """const change = (knex, how) => knex.schema.alterTable('orders', how);
exports.up = (knex) => change(knex, (table) => table.decimal('total'));
exports.down = (knex) => change(knex, (table) => table.dropColumn('total'));
""",
}


def install(on: Machine) -> dict[str, str]:
    """Install the packages and return the version of each, and node's."""
    if not (on.srv / "js/node_modules").exists():
        on.write("js/package.json", "{}")
        on.do("npm", "install", "--no-audit", "--no-fund", *PACKAGES, directory="/srv/js")
    for path, text in FILES.items():
        on.write(f"js/{path}", text)
    listed = on.do("npm", "ls", "--depth=0", "--parseable", "--long", directory="/srv/js")
    found = dict(row.rpartition(":")[2].rpartition("@")[::2] for row in listed.splitlines()[1:])
    return {**found, "node": on.do("node", "--version").strip().removeprefix("v")}


def main() -> None:
    """Print the images."""
    with machine() as on:
        have = install(on)
        book = Book(on, "node")
        _servers(on, book, have)
        _failures(on, book, have)
        _clients(on, book, have)
        book.print()


def _serve(on: Machine, file: str, **also: object) -> Shape:
    return serving(on.serve(["node", file], 3000, directory="/srv/js"), 3000, **also)


@cache
def _answers(on: Machine) -> Shape:
    return _serve(on, "answers.js")


def _dies(on: Machine, *argv: str, **options: object) -> Shape:
    return dying(_run(on, *argv, **options))


def _run(on: Machine, *argv: str, **options: object) -> Ran:
    return on.run(["node", *argv], directory="/srv/js", **options)  # type: ignore[arg-type]


def _servers(on: Machine, book: Book, have: dict[str, str]) -> None:
    express = f"Node.js {have['node']}, Express {have['express']}"
    fastify = f"Node.js {have['node']}, Fastify {have['fastify']}"

    def port_of_environment() -> Shape:
        return _serve(
            on, "express.js", listens={"port": 3000, "variable": "PORT"}, logs=[], listening_log="listening on {port}"
        )

    book.add("node-express", "good-1", express, COMMON, lambda: _serve(on, "express_stops.js"))
    book.add("node-express", "ignores-sigterm", express, COMMON, lambda: _serve(on, "express.js"))
    book.add("node-express", "port-of-environment", express, COMMON, port_of_environment)
    loopback = {"port": 3000, "bind": "127.0.0.1"}
    book.add("node-fastify", "default-host", fastify, COMMON, lambda: _serve(on, "fastify.js", listens=loopback))


def _failures(on: Machine, book: Book, have: dict[str, str]) -> None:
    version = f"Node.js {have['node']}"
    scripts = {
        "module-missing": ["module_missing.js"],
        "esm-module-missing": ["esm_missing.mjs"],
        "type-error": ["type_error.js"],
        "unhandled-rejection": ["rejection.js"],
        "syntax-error": ["syntax.js"],
        "no-such-file": ["dist/main.js"],
        "port-in-use": ["port_in_use.js"],
        "heap-out-of-memory": ["--max-old-space-size=64", "heap.js"],
    }
    for tag, argv in scripts.items():
        book.add("node-script", tag, version, COMMON, partial(_dies, on, *argv))

    def variable() -> Shape:
        good = serving(on.serve(["node", "config.js"], 3000, env={"JWT_SECRET": "x"}, directory="/srv/js"), 3000)
        return good | {"needs": {"environment": [{"name": "JWT_SECRET", "absent": reaction(_run(on, "config.js"))}]}}

    def files() -> Shape:
        (on.srv / "cache").mkdir(exist_ok=True)
        readonly = _run(
            on, "writes.js", setup="mount --bind /srv/cache /srv/cache && mount -o remount,ro,bind /srv/cache"
        )
        denied = _run(on, "writes.js", user=65534)
        need = {"path": "/srv/cache", "readonly": reaction(readonly), "denied": reaction(denied)}
        return _serve(on, "writes.js") | {"needs": {"files": [need]}}

    def disk() -> Shape:
        (on.srv / "data").mkdir(exist_ok=True)
        full = _run(on, "fills.js", setup="mount -t tmpfs -o size=16m tmpfs /srv/data")
        return _answers(on) | {"disk": {"mib": 40_000, "after": 120, "full": reaction(full) | {"after": 0}}}

    def open_files() -> Shape:
        few = _run(on, "opens.js", limits="ulimit -n 64;")
        full = reaction(few) | {"after": 0}
        return _answers(on) | {"open_files": {"count": 200_000, "after": 180, "full": full}}

    book.add("node-script", "needs-settings", version, COMMON, variable)
    book.add("node-script", "writes-to-disk", version, COMMON, files)
    book.add("node-script", "disk-full", version, COMMON, disk)
    book.add("node-script", "leaks-open-files", version, COMMON, open_files)


def _clients(on: Machine, book: Book, have: dict[str, str]) -> None:
    def against(argv: list[str], scheme: str, host: str, at: int) -> Ran:
        return _run(on, *argv, env={"DATABASE_URL": f"{scheme}://shop:wrong@{host}:{at}/shop"})

    def client(argv: list[str], scheme: str, port: int, refused: tuple[Ran, int]) -> Shape:
        run = partial(against, argv, scheme)
        return _answers(on) | {"needs": {"connections": [connection(run, port, "DATABASE_URL", refused)]}}

    migrate = ["node_modules/.bin/knex", "migrate:latest"]
    with postgres(on) as port:
        pg = against(["pg.js"], "postgresql", HOST, port), port
        knex = against(migrate, "postgresql", HOST, port), port
        url = f"postgresql://postgres:right@{HOST}:{port}/postgres"
        broken = _run(on, *migrate, env={"DATABASE_URL": url})
    with_knex = f"Node.js {have['node']}, knex {have['knex']}, pg {have['pg']}"
    with_pg = f"Node.js {have['node']}, pg {have['pg']}"
    book.add("node-pg", "needs-database", with_pg, COMMON, lambda: client(["pg.js"], "postgresql", 5432, pg))
    book.add("node-knex", "migrates", with_knex, COMMON, lambda: client(migrate, "postgresql", 5432, knex))
    book.add("node-knex", "migration-fails", with_knex, COMMON, lambda: dying(broken))
    with mariadb(on) as port:
        mysql = against(["mysql.js"], "mysql", HOST, port), port
    with_mysql = f"Node.js {have['node']}, mysql2 {have['mysql2']}"
    book.add("node-mysql2", "needs-database", with_mysql, COMMON, lambda: client(["mysql.js"], "mysql", 3306, mysql))
    with redis(on) as port:
        cache = against(["redis.js"], "redis", HOST, port), port
    with_redis = f"Node.js {have['node']}, ioredis {have['ioredis']}"
    book.add("node-ioredis", "needs-cache", with_redis, COMMON, lambda: client(["redis.js"], "redis", 6379, cache))


if __name__ == "__main__":
    main()
