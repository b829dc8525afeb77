"""The provider's process: serves the engine's protocol on a port that it prints, until the engine ends it."""

import logging
import os
import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

_THREADS = 256
"""More than the engine ever has in flight (`--parallel`, 4 a CPU): a create that waits must not keep others out.
Threads are started only as they are needed."""
_ORPHAN_CHECK_SECONDS = 2


def main() -> None:
    """Serve until a signal comes or the engine is gone."""
    # The engine waits 5 s for a plugin to go before it kills it, and a create may be waiting for minutes: end at once.
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: os._exit(0))
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(name)s: %(message)s")
    import grpc
    from pulumi.runtime.proto import provider_pb2_grpc

    from sandbox.provider.servicer import Servicer

    # Without it another process of the same user could listen on our port too, and be asked in our place.
    alone = [("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(_THREADS), options=alone)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Servicer(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    print(port, flush=True)
    server.wait_for_termination()


def _end_with(engine: int) -> None:
    """End this process when the engine that started it is gone, killed and unable to say so."""
    while os.getppid() == engine:
        time.sleep(_ORPHAN_CHECK_SECONDS)
    os._exit(0)
