"""What listens here listens on 127.0.0.1 alone and answers no web page: the real sockets of the real processes."""

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.protobuf import empty_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime.proto import language_pb2_grpc, provider_pb2_grpc

from automation.engine import language_host
from sandbox import process, provider
from sandbox.origins import refusal
from sandbox.process import Sandbox

ROOT = Path(__file__).resolve().parents[2]
Ask = Callable[[grpc.Channel], Any]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    directory = tmp_path_factory.mktemp("sandbox")
    yield process.start(directory, speed=600)
    process.stop(directory)


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.endpoint.rpartition(":")[2])


def commands(folder: Path) -> dict[str, tuple[list[str | Path], Ask]]:
    """Return how the engine starts each of its plugins, and a call that the plugin answers."""
    return {
        "provider": (
            [provider.install(folder, Path(sys.executable)), "127.0.0.1:1"],
            lambda channel: provider_pb2_grpc.ResourceProviderStub(channel).GetPluginInfo(
                empty_pb2.Empty(), timeout=30
            ),
        ),
        "language host": (
            [sys.executable, language_host.__file__, "127.0.0.1:1"],
            lambda channel: language_pb2_grpc.LanguageRuntimeStub(channel).GetPluginInfo(empty_pb2.Empty(), timeout=30),
        ),
    }


@pytest.fixture(params=["provider", "language host"])
def plugin(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[int, Ask]]:
    """The port of a plugin's process, and a call that it answers."""
    command, ask = commands(tmp_path)[request.param]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    started = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, cwd=tmp_path)
    assert started.stdout is not None
    try:
        with started.stdout:
            yield int(started.stdout.readline()), ask
    finally:
        started.terminate()
        started.wait(10)


def addresses_of_this_machine() -> list[str]:
    """Return addresses of this machine at which nobody listens who listens on 127.0.0.1 alone."""
    found = ["127.0.0.2"]  # on Linux all of 127.0.0.0/8 is loopback, and who listens on 0.0.0.0 is there too
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing: it asks for the way there
            found.append(probe.getsockname()[0])
        except OSError:
            pass
    return found


def is_reached(address: str, port: int) -> bool:
    try:
        with socket.create_connection((address, port), timeout=5):
            return True
    except OSError:
        return False


def asked(port: int, path: str, method: str = "GET", body: str | None = None, **headers: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_others_than_this_machine_do_not_reach_the_sandbox(sandbox: Sandbox) -> None:
    assert is_reached("127.0.0.1", port_of(sandbox))
    assert [each for each in addresses_of_this_machine() if is_reached(each, port_of(sandbox))] == []


def test_others_than_this_machine_do_not_reach_a_plugin(plugin: tuple[int, Ask]) -> None:
    port, _ = plugin
    assert is_reached("127.0.0.1", port)
    assert [each for each in addresses_of_this_machine() if is_reached(each, port)] == []


def test_a_name_that_was_made_to_point_here_is_refused(sandbox: Sandbox) -> None:
    port = port_of(sandbox)
    for host in (
        "evil.example",
        f"evil.example:{port}",
        f"127.0.0.1.evil.example:{port}",
        f"localhost.evil.example:{port}",
    ):
        status, said = asked(port, "/_sandbox/identity", Host=host)
        assert status == 403, host
        assert "evil.example" in said
        assert sandbox.account not in said
    for host in (f"127.0.0.1:{port}", f"localhost:{port}", f"bucket.localhost:{port}", f"LOCALHOST:{port}"):
        assert asked(port, "/_sandbox/identity", Host=host)[0] == 200, host


def test_a_page_can_neither_stop_the_sandbox_nor_break_its_api(sandbox: Sandbox) -> None:
    port = port_of(sandbox)
    fault = json.dumps({"operation": "ecs:DescribeServices", "kind": "throttle"})
    for origin in ("https://evil.example", "http://localhost:3000", f"http://127.0.0.1:{port}", "null"):
        assert asked(port, "/_sandbox/stop", "POST", Origin=origin)[0] == 403
        assert asked(port, "/_sandbox/faults", "POST", fault, Origin=origin)[0] == 403
        preflight = {"Access_Control_Request_Method": "POST", "Origin": origin}
        assert asked(port, "/", "OPTIONS", **preflight)[0] == 403
    assert sandbox.faults() == []


def test_a_page_cannot_call_aws_with_an_images_address(sandbox: Sandbox) -> None:
    port = port_of(sandbox)
    path = "/?Action=CreateQueue&QueueName=made-by-a-page&Version=2012-11-05"
    for site in ("cross-site", "same-site", "same-origin"):
        status, said = asked(port, path, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")
        assert status == 403
        assert "<Code>AccessDeniedException</Code>" in said
    assert asked(port, "/_sandbox/clock", Sec_Fetch_Site="none")[0] == 200, "a person may type the address"


def test_what_is_refused_is_no_part_of_the_next_request(sandbox: Sandbox) -> None:
    smuggled = b"POST /_sandbox/stop HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 0\r\n\r\n"
    head = b"POST / HTTP/1.1\r\nHost: evil.example\r\nContent-Length: %d\r\n\r\n" % len(smuggled)
    with socket.create_connection(("127.0.0.1", port_of(sandbox)), timeout=30) as connection:
        connection.sendall(head + smuggled)
        said = b""
        try:
            while chunk := connection.recv(65536):
                said += chunk
        except ConnectionResetError:
            pass  # its body was not read when the connection was closed
    assert said.count(b"HTTP/1.1 ") <= 1
    assert b"stopping" not in said
    assert sandbox.clock()


def test_a_plugin_does_not_speak_what_a_page_speaks(plugin: tuple[int, Ask]) -> None:
    """A browser has no way to gRPC without TLS: it speaks HTTP/1.1 there, and gRPC is HTTP/2 alone."""
    port, ask = plugin
    request = (
        b"POST /pulumirpc.ResourceProvider/Cancel HTTP/1.1\r\nHost: evil.example\r\nOrigin: https://evil.example\r\n"
        b"Content-Type: application/grpc-web+proto\r\nContent-Length: 5\r\n\r\n\0\0\0\0\0"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(request)
        said = b""
        try:
            while chunk := connection.recv(65536):
                said += chunk
        except ConnectionResetError:
            pass
    assert not said.startswith(b"HTTP/1.1 2")
    assert b"grpc-status" not in said
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        assert ask(channel).version


def test_a_second_listener_does_not_get_the_port(plugin: tuple[int, Ask]) -> None:
    port, _ = plugin
    with socket.socket() as second:
        second.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        with pytest.raises(OSError, match="in use"):
            second.bind(("127.0.0.1", port))


LABEL = st.from_regex(r"[A-Za-z0-9_-]{1,20}", fullmatch=True)


@given(st.lists(LABEL, min_size=1, max_size=4), st.none() | st.integers(0, 65535))
def test_no_name_of_elsewhere_is_ours(labels: list[str], port: int | None) -> None:
    name = ".".join([*labels, "example"])
    assert refusal(name + ("" if port is None else f":{port}"), None, None)


@given(st.text(max_size=50))
def test_no_origin_is_ours(origin: str) -> None:
    assert refusal("127.0.0.1", origin, None)
