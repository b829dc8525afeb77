#!/usr/bin/env python3
"""A LanguageRuntime for Python, for where the real `pulumi-language-python` is not to be had: programs and plugins.

The engine starts a program of that name from PATH, reads a port from its standard output, and asks it to run the
Pulumi program. This file imports nothing but pulumi and grpc, so that any environment with the SDK can run it.
"""

import os
import queue
import runpy
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO, Any

import grpc
from google.protobuf import empty_pb2
from pulumi.automation._server import LanguageServer
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

VERSION = "3.259.0"
THREADS = 16
ORPHAN_CHECK_SECONDS = 2.0


class LanguageHost(LanguageServer):
    """Runs a program inside this process, and a plugin as a child of it."""

    def __init__(self, engine_address: str) -> None:
        super().__init__(lambda: None)
        self.engine_address = engine_address

    def Handshake(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802 - names and arguments are the protocol's
        """Answer that we are here."""
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Answer with the version of the host that this one stands in for."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def InstallDependencies(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: ARG002, N802
        """Install nothing: the environment that runs this host is the program's."""
        return iter(())

    def Cancel(self, request: Any, context: Any) -> Any:  # noqa: ARG002, N802
        """Accept; the engine's SIGINT ends this process."""
        return empty_pb2.Empty()

    def Run(self, request: Any, context: Any) -> Any:  # noqa: N802
        """Run the program of a project: its `__main__.py`, or the entry point that it names."""
        os.chdir(request.pwd)
        entry = Path(request.info.program_directory or request.pwd, request.info.entry_point or ".")
        sys.path.insert(0, str(entry if entry.is_dir() else entry.parent))

        def program() -> None:
            runpy.run_path(str(entry), run_name="__main__")

        self.program = program
        # Where the SDK's server looks for the engine's address; without it `pulumi.log` prints instead of logging.
        request.args[:] = [self.engine_address]
        return super().Run(request, context)  # type: ignore[no-untyped-call]

    def RunPlugin(self, request: Any, context: Any) -> Iterator[Any]:  # noqa: N802
        """Run a component plugin's folder, and stream what it prints and its exit code."""
        environment = os.environ | dict(entry.split("=", 1) for entry in request.env)
        command = [sys.executable, request.info.program_directory, *request.args]
        process = subprocess.Popen(
            command, cwd=request.pwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        context.add_callback(process.terminate)
        printed: queue.Queue[tuple[str, bytes | None]] = queue.Queue()
        for name, stream in (("stdout", process.stdout), ("stderr", process.stderr)):
            threading.Thread(target=_pump, args=(name, stream, printed), daemon=True).start()
        open_streams = 2
        while open_streams:
            name, chunk = printed.get()
            if chunk is None:
                open_streams -= 1
            else:
                yield language_pb2.RunPluginResponse(**{name: chunk})  # type: ignore[arg-type]
        yield language_pb2.RunPluginResponse(exitcode=process.wait())


def _pump(name: str, stream: IO[bytes], into: "queue.Queue[tuple[str, bytes | None]]") -> None:
    while chunk := stream.read1(65536):  # type: ignore[attr-defined]  # a pipe is a BufferedReader
        into.put((name, chunk))
    into.put((name, None))


def serve(engine_address: str) -> None:
    """Print the port and serve until the engine, which answers at the address, ends us."""
    for stop in (signal.SIGINT, signal.SIGTERM):
        signal.signal(stop, lambda *_: os._exit(0))  # at once: the engine waits 5 s for a cancelled host, then kills it
    # Without it another process of the same user could listen on our port too, and be asked in our place.
    alone = [("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(THREADS), options=alone)
    language_pb2_grpc.add_LanguageRuntimeServicer_to_server(LanguageHost(engine_address), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    server.wait_for_termination()


def _end_with(engine: int) -> None:
    """End this process when the engine that started it was killed and could not say so."""
    while os.getppid() == engine:
        time.sleep(ORPHAN_CHECK_SECONDS)
    os._exit(0)


if __name__ == "__main__":
    serve(sys.argv[-1])  # the engine's address comes last (sdk/go/common/resource/plugin/langruntime_plugin.go)
