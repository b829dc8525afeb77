"""Real databases for captures: PostgreSQL from this machine, MariaDB and Redis from Debian's packages."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from sandbox.capture.machine import Machine, free_port

_NOBODY = 65534
_LIBRARIES = "/srv/debian/usr/lib/x86_64-linux-gnu:/srv/debian/lib/x86_64-linux-gnu"


def debian(on: Machine, *packages: str) -> None:
    """Unpack Debian packages, and what they depend on, below `/srv/debian`; nothing of them is installed."""
    folder = on.work / "packages"
    done = folder / f"{'-'.join(packages)}.done"
    if done.exists():
        return
    (folder / "partial").mkdir(parents=True, exist_ok=True)
    options = ["-o", f"Dir::Cache::archives={folder}", "-o", "Debug::NoLocking=1"]
    fetch = ["apt-get", "install", "-y", "--download-only", "--no-install-recommends", *options, *packages]
    subprocess.run(fetch, check=True, capture_output=True)
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", str(package), str(on.srv / "debian")], check=True)
    done.touch()


def with_libraries(*argv: str) -> list[str]:
    """Return a command that finds the libraries of the unpacked packages."""
    return ["env", f"LD_LIBRARY_PATH={_LIBRARIES}", *argv]


@contextmanager
def postgres(on: Machine) -> Iterator[int]:
    """Run PostgreSQL, in which only `postgres` with the password `right` may log in; give its port."""
    data, port = on.srv / "postgres", free_port()
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    os.chown(data, _NOBODY, _NOBODY)
    (on.srv / "password").write_text("right")
    nobody = ["setpriv", f"--reuid={_NOBODY}", "--clear-groups"]
    on.do(*nobody, "initdb", "-D", "/srv/postgres", "-U", "postgres", "--auth=scram-sha-256", "--pwfile=/srv/password")
    argv = ["postgres", "-D", "/srv/postgres", "-p", str(port), "-k", "/srv/postgres"]
    with on.background(argv, port, user=_NOBODY):
        yield port


@contextmanager
def mariadb(on: Machine) -> Iterator[int]:
    """Run MariaDB without users that a stranger could be; give its port."""
    debian(on, "mariadb-server-core", "mariadb-client-core")
    data, port = on.srv / "mariadb", free_port()
    shutil.rmtree(data, ignore_errors=True)
    data.mkdir()
    where = ["--no-defaults", "--datadir=/srv/mariadb", "--user=root"]
    base = "--basedir=/srv/debian/usr"
    on.do(
        *with_libraries(
            "/srv/debian/usr/bin/mariadb-install-db", *where, base, "--auth-root-authentication-method=normal"
        )
    )
    argv = with_libraries(
        "/srv/debian/usr/sbin/mariadbd", *where, base, f"--port={port}", "--socket=/srv/mariadb/socket"
    )
    with on.background(argv, port):
        yield port


@contextmanager
def redis(on: Machine) -> Iterator[int]:
    """Run Redis with a password; give its port."""
    debian(on, "redis-server")
    port = free_port()
    with on.background(
        with_libraries("/srv/debian/usr/bin/redis-server", "--port", str(port), "--requirepass", "right"), port
    ):
        yield port
