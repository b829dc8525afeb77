"""Start-up lines of the usual servers say where they listen; lines about others do not."""

import pytest

from diagnostics.listening import listeners
from diagnostics.passages import Passage


def heard(*lines: str) -> list[tuple[int, bool, bool]]:
    return [(each.port, each.loopback, each.aside) for each in listeners(Passage("log", line) for line in lines)]


OPEN = {
    "Express": ("App listening on port 3000!", 3000),
    "plain": ("INFO shop listening on 5201", 5201),
    "Fastify": ('{"level":30,"msg":"Server listening at http://0.0.0.0:3000"}', 3000),
    "Next.js 12": ("ready - started server on 0.0.0.0:3000, url: http://localhost:3000", 3000),
    "Next.js 14": ("   - Network:      http://0.0.0.0:3000", 3000),
    "Gunicorn": ("[2026-11-20 10:00:00 +0000] [1] [INFO] Listening at: http://0.0.0.0:8000 (1)", 8000),
    "Uvicorn": ("INFO:     Uvicorn running on http://0.0.0.0:8000 (Press CTRL+C to quit)", 8000),
    "Hypercorn": ("[INFO] Running on http://0.0.0.0:8000 (CTRL + C to quit)", 8000),
    "Flask": (" * Running on http://172.17.0.2:5000", 5000),
    "Django": ("Starting development server at http://0.0.0.0:8000/", 8000),
    "Waitress": ("INFO:waitress:Serving on http://0.0.0.0:8080", 8080),
    "http.server": ("Serving HTTP on 0.0.0.0 port 8000 (http://0.0.0.0:8000/) ...", 8000),
    "aiohttp": ("======== Running on http://0.0.0.0:8080 ========", 8080),
    "Tomcat in Spring Boot 2": ("Tomcat started on port(s): 8080 (http) with context path ''", 8080),
    "Tomcat in Spring Boot 3": ("Tomcat started on port 8080 (http) with context path '/'", 8080),
    "Netty": ("Netty started on port 8080", 8080),
    "Tomcat": ('Starting ProtocolHandler ["http-nio-8080"]', 8080),
    "Jetty": ("Started ServerConnector@1b{HTTP/1.1, (http/1.1)}{0.0.0.0:8080}", 8080),
    "Undertow": ("Undertow started on port(s) 8080 (http)", 8080),
    "Quarkus": ("shop 1.0 on JVM (powered by Quarkus 3.8.1) started in 1.2s. Listening on: http://0.0.0.0:8080", 8080),
    "Micronaut": ("Startup completed in 640ms. Server Running: http://localhost:8080", 8080),
    "Ktor": ("Application - Responding at http://0.0.0.0:8080", 8080),
    "Gin": ("[GIN-debug] Listening and serving HTTP on :9000", 9000),
    "Echo": ("⇨ http server started on [::]:8080", 8080),
    "net/http": ("2026/11/20 10:00:00 Starting server on :8080", 8080),
    "Actix": ('starting service: "actix-web-service-0.0.0.0:8080", workers: 4, listening on: 0.0.0.0:8080', 8080),
    "Rocket": ("Rocket has launched from http://0.0.0.0:8000", 8000),
    "Puma": ("* Listening on http://0.0.0.0:3000", 3000),
    "Puma with IPv6": ("* Listening on tcp://[::]:3000", 3000),
    "WEBrick": ("INFO  WEBrick::HTTPServer#start: pid=1 port=3000", 3000),
    "Kestrel": ("      Now listening on: http://[::]:8080", 8080),
    "PHP": ("[Fri Nov 20 10:00:00 2026] PHP 8.2.1 Development Server (http://0.0.0.0:8000) started", 8000),
    "Phoenix": ("[info] Running ShopWeb.Endpoint with cowboy 2.10.0 at :::4000 (http)", 4000),
    "Caddy and zap": ('{"level":"info","msg":"server running","addr":":8080"}', 8080),
    "logfmt": ('level=info msg="server started" port=8080', 8080),
}


@pytest.mark.parametrize("server", OPEN)
def test_a_server_that_says_where_it_listens_is_heard(server: str) -> None:
    line, port = OPEN[server]
    assert heard(line) == [(port, False, False)]


@pytest.mark.parametrize(
    "line",
    [
        "INFO:     Uvicorn running on http://127.0.0.1:8000 (Press CTRL+C to quit)",
        " * Running on http://127.0.0.1:5000",
        "Starting development server at http://127.0.0.1:8000/",
        '{"msg":"Server listening at http://127.0.0.1:3000"}',
        "Now listening on: http://[::1]:5000",
        "Now listening on: http://localhost:5000",
        "[Fri Nov 20 10:00:00 2026] PHP 8.2.1 Development Server (http://localhost:8000) started",
        "[info] p.c.s.AkkaHttpServer - Listening for HTTP on /127.0.0.1:9000",
        "ready - started server on 127.0.0.1:3000, url: http://localhost:3000",
    ],
)
def test_a_server_on_127_0_0_1_is_known_to_be_unreachable(line: str) -> None:
    assert [loopback for _, loopback, _ in heard(line)] == [True]


def test_localhost_in_a_hand_written_message_does_not_mean_loopback() -> None:
    assert heard("Server running at http://localhost:3000") == [(3000, False, False)]


def test_vite_says_when_it_is_bound_to_localhost_alone() -> None:
    assert heard("  ➜  Local:   http://localhost:5173/", "  ➜  Network: use --host to expose") == [(5173, True, False)]


@pytest.mark.parametrize(
    "line",
    [
        "Prometheus metrics listening on :9102",
        "Debugger listening on ws://0.0.0.0:9229/ab",
        "management endpoint started on port 8081",
    ],
)
def test_what_listens_at_the_side_is_marked_so(line: str) -> None:
    assert [aside for *_, aside in heard(line)] == [True]


@pytest.mark.parametrize(
    "line",
    [
        "connected to postgres at 10.0.0.4:5432",
        "proxying to http://10.0.0.4:8080, ready",
        "Error: listen EADDRINUSE: address already in use :::3000",
        "failed to start server on :8080",
        "started in 12.345 seconds (process running for 13.1)",
        "starting at 2026-11-20 10:00:12",
        "GET /health 200 served in 12:34",
        "kafka broker listening on 10.0.0.9:9092",
        "server started",
        "x" * 500 + " listening on 8080",
    ],
)
def test_a_line_about_something_else_is_not_heard(line: str) -> None:
    assert heard(line) == []
