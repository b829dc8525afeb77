"""Compiled programs and servers: Go, Java, Spring Boot, nginx, Redis, the shells, Ruby."""

from collections.abc import Callable
from functools import cache, partial
from pathlib import Path

from sandbox.capture.databases import debian, postgres, with_libraries
from sandbox.capture.machine import HOST, Machine, Ran, machine
from sandbox.capture.native_sources import GO, JAVA, NGINX, RUBY, SPRING
from sandbox.capture.writing import Book, Shape, connection, dying, reaction, serving

GO_COMMON: Shape = {"size_mib": 9, "programs": ["/srv/go/shop"], "entrypoint": ["/srv/go/shop"], "shell": "none"}
JAVA_COMMON: Shape = {"size_mib": 190, "programs": ["sh", "java"], "entrypoint": ["java", "-jar", "shop.jar"]}
NGINX_COMMON: Shape = {
    "size_mib": 67,
    "programs": ["sh", "nginx", "curl"],
    "entrypoint": ["nginx", "-g", "daemon off;"],
}
RUBY_COMMON: Shape = {"size_mib": 75, "programs": ["sh", "ruby"]}
REDIS_COMMON: Shape = {"size_mib": 45, "programs": ["sh", "redis-server", "redis-cli"], "entrypoint": ["redis-server"]}
_RUBY = ["-I/srv/debian/usr/lib/ruby/vendor_ruby", "-I/srv/debian/usr/lib/ruby/3.1.0"]


def main() -> None:
    """Print the images."""
    with machine() as on:
        book = Book(on, "native")
        _go(on, book)
        _java(on, book)
        _spring(on, book)
        _debian(on, book)
        book.print()


def _dying(run: Callable[[], Ran]) -> Shape:
    return dying(run())


def _go(on: Machine, book: Book) -> None:
    version = on.do("go", "version").split()[2].removeprefix("go")
    for name, text in GO.items():
        on.write(f"go/{name}/main.go", text)
        on.write(f"go/{name}/go.mod", "module shop\n\ngo 1.21\n")
        on.do("go", "build", "-o", f"/srv/go/{name}/shop", ".", directory=f"/srv/go/{name}", env={"CGO_ENABLED": "0"})

    def run(name: str, **options: object) -> Ran:
        return on.run([f"/srv/go/{name}/shop"], **options, directory="/srv/go")  # type: ignore[arg-type]

    @cache
    def serve() -> Shape:
        return serving(on.serve(["/srv/go/serves/shop"], 8080, directory="/srv/go"), 8080)

    def client() -> Shape:
        def against(host: str, at: int) -> Ran:
            return run("connects", env={"BACKEND": f"{host}:{at}"})

        free = connection(against, 9000, "BACKEND", (against(HOST, 1), 1))
        del free["login_refused"]  # it only connects
        return serve() | {"needs": {"connections": [free]}}

    with_go = f"Go {version}"
    book.add("go-http", "good-1", with_go, GO_COMMON, serve)
    for tag in ("panics", "nil-map", "fatal", "deadlock", "port-in-use"):
        book.add("go-http", tag, with_go, GO_COMMON, partial(_dying, partial(run, tag)))
    book.add("go-http", "needs-backend", with_go, GO_COMMON, client)
    book.add(
        *("go-http", "needs-settings", with_go, GO_COMMON),
        lambda: serve() | {"needs": {"environment": [{"name": "STRIPE_KEY", "absent": reaction(run("config"))}]}},
    )


def _java(on: Machine, book: Book) -> None:
    version = "OpenJDK " + on.do("sh", "-c", "java -version 2>&1").split('"')[1]
    for name, text in JAVA.items():
        on.write(f"java/{name}.java", text)
        on.do("javac", "-d", "/srv/java", f"/srv/java/{name}.java")

    def dies(*argv: str) -> Shape:
        return dying(on.run(["java", *argv], directory="/srv/java"))

    book.add(
        "java-plain",
        "good-1",
        version,
        JAVA_COMMON,
        lambda: serving(on.serve(["java", "Serves"], 8080, directory="/srv/java"), 8080),
    )
    book.add("java-plain", "null-pointer", version, JAVA_COMMON, lambda: dies("NullPointer"))
    book.add("java-plain", "heap-out-of-memory", version, JAVA_COMMON, lambda: dies("-Xmx32m", "Heap"))
    book.add(
        "java-plain",
        "exit-on-out-of-memory",
        version,
        JAVA_COMMON,
        lambda: dies("-Xmx32m", "-XX:+ExitOnOutOfMemoryError", "Heap"),
    )
    book.add("java-plain", "main-class-missing", version, JAVA_COMMON, lambda: dies("shop.Main"))
    book.add("java-plain", "jar-missing", version, JAVA_COMMON, lambda: dies("-jar", "shop.jar"))
    book.add("java-plain", "class-not-found", version, JAVA_COMMON, lambda: dies("ClassMissing"))
    book.add(
        "java-plain", "heap-larger-than-memory", version, JAVA_COMMON, lambda: dies("-Xms900g", "-Xmx900g", "Serves")
    )


def _spring(on: Machine, book: Book) -> None:
    for path, text in SPRING.items():
        on.write(f"spring/{path}", text)
    if not (on.srv / "spring/target/shop-1.jar").exists():
        on.do("mvn", "-q", "-B", "-Dmaven.repo.local=/srv/m2", "package", directory="/srv/spring")
    with_spring = "Spring Boot 3.5.0, OpenJDK " + on.do("sh", "-c", "java -version 2>&1").split('"')[1]
    jar = ["java", "-jar", "/srv/spring/target/shop-1.jar"]
    none = [
        *jar,
        "--spring.autoconfigure.exclude=org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration",
    ]
    paths = ("/", "/actuator/health")

    def against(host: str, at: int) -> Ran:
        url = f"jdbc:postgresql://{host}:{at}/shop?connectTimeout=5&loginTimeout=5"
        # The pool asks for its first connection at the start, as with the default of a database-backed repository.
        settings = {
            "SPRING_DATASOURCE_URL": url,
            "SPRING_DATASOURCE_USERNAME": "shop",
            "SPRING_DATASOURCE_PASSWORD": "wrong",
        }
        more = {"SPRING_DATASOURCE_HIKARI_CONNECTIONTIMEOUT": "6000", "SPRING_SQL_INIT_MODE": "always"}
        return on.run(jar, env=settings | more, directory="/srv/spring")

    def database() -> Shape:
        with postgres(on) as port:
            login = against(HOST, port), port
        need = connection(against, 5432, "DB_HOST", login)
        return serving(on.serve(none, 8080, paths, directory="/srv/spring"), 8080) | {"needs": {"connections": [need]}}

    def in_use() -> Shape:
        with on.background(["python3", "-m", "http.server", "8080"], 8080):
            return dying(on.run(none, directory="/srv/spring"))

    book.add(
        "java-spring",
        "good-1",
        with_spring,
        JAVA_COMMON,
        lambda: serving(on.serve(none, 8080, paths, directory="/srv/spring"), 8080),
    )
    book.add(
        "java-spring", "no-datasource", with_spring, JAVA_COMMON, lambda: dying(on.run(jar, directory="/srv/spring"))
    )
    book.add("java-spring", "port-in-use", with_spring, JAVA_COMMON, in_use)
    book.add("java-spring", "needs-database", with_spring, JAVA_COMMON, database)


def _debian(on: Machine, book: Book) -> None:
    debian(on, "nginx-core", "redis-server", "ruby")
    nginx = with_libraries("/srv/debian/usr/sbin/nginx", "-p", "/srv/nginx", "-g", "daemon off;", "-c")
    with_nginx = (
        "nginx "
        + on.do("sh", "-c", f"{' '.join(with_libraries('/srv/debian/usr/sbin/nginx'))} -v 2>&1")
        .strip()
        .rpartition("/")[2]
    )
    for name, text in NGINX.items():
        on.write(f"nginx/{name}.conf", text)
    on.write("nginx/empty", "")
    book.add(
        "nginx",
        "good-1",
        with_nginx,
        NGINX_COMMON,
        lambda: serving(on.serve([*nginx, "good.conf"], 8081, directory="/srv/nginx"), 8081),
    )
    for tag in ("upstream-not-found", "unknown-directive", "certificate-missing"):
        book.add(
            "nginx",
            tag,
            with_nginx,
            NGINX_COMMON,
            partial(_dying, partial(on.run, [*nginx, f"{tag}.conf"], directory="/srv/nginx")),
        )

    def readonly() -> Shape:
        good = serving(on.serve([*nginx, "good.conf"], 8081, directory="/srv/nginx"), 8081)
        setup = "mount --bind /srv/nginx /srv/nginx && mount -o remount,ro,bind /srv/nginx"
        ran = on.run([*nginx, "good.conf"], directory="/srv/nginx", setup=setup)
        denied = on.run([*nginx, "good.conf"], directory="/srv/nginx", user=65534)
        need = {"path": "/srv/nginx", "readonly": reaction(ran), "denied": reaction(denied)}
        return good | {"needs": {"files": [need]}}

    book.add("nginx", "writes-to-disk", with_nginx, NGINX_COMMON, readonly)
    server = with_libraries("/srv/debian/usr/bin/redis-server")
    with_redis = "Redis " + on.do(*server, "--version").split("v=")[1].split()[0]
    on.write("redis/bad.conf", "maxmemory lots\n")
    book.add(
        "redis",
        "bad-configuration",
        with_redis,
        REDIS_COMMON,
        lambda: dying(on.run([*server, "/srv/redis/bad.conf"], directory="/srv/redis")),
    )
    _ruby(on, book)


def _ruby(on: Machine, book: Book) -> None:
    arch = next(Path(on.srv / "debian/usr/lib/x86_64-linux-gnu/ruby").glob("3*"))
    ruby = with_libraries(
        "/srv/debian/usr/bin/ruby3.1",
        *_RUBY,
        f"-I/srv/debian/usr/lib/x86_64-linux-gnu/ruby/{arch.name}",
        "--disable-gems",
    )
    version = "Ruby " + on.do(*ruby, "--version").split()[1]
    for name, text in RUBY.items():
        on.write(f"ruby/{name}.rb", text)
        run = partial(on.run, [*ruby, f"/srv/ruby/{name}.rb"], directory="/srv/ruby")
        book.add("ruby-script", name, version, RUBY_COMMON, partial(_dying, run))


if __name__ == "__main__":
    main()
