"""The engine's side of the provider's protocol, as far as a test needs it."""

import contextlib
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import grpc
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.provider.wire import Values, from_wire, to_wire


class IncompleteError(Exception):
    """The provider said that the resource exists and is not as it should be."""

    def __init__(self, detail: Any) -> None:
        super().__init__("\n".join(detail.reasons))
        self.id = detail.id
        self.state = from_wire(detail.properties)


class Engine:
    """The engine's side of the protocol, as far as a test needs it: plain values in, plain values out."""

    def __init__(self, stub: provider_pb2_grpc.ResourceProviderStub) -> None:
        self._stub = stub
        self.timeout = 0.0

    def configure(self, **settings: Any) -> None:
        self._stub.Configure(provider_pb2.ConfigureRequest(args=to_wire(settings)))

    def check(self, kind: str, name: str, news: Values, olds: Values | None = None) -> tuple[Values, list[Any]]:
        request = provider_pb2.CheckRequest(
            urn=urn(kind, name), olds=to_wire(olds or {}), news=to_wire(news), randomSeed=b"seed"
        )
        answer = self._stub.Check(request)
        return from_wire(answer.inputs), list(answer.failures)

    def create(self, kind: str, name: str, news: Values, *, preview: bool = False) -> tuple[str, Values]:
        inputs, failures = self.check(kind, name, news)
        assert failures == []
        request = provider_pb2.CreateRequest(
            urn=urn(kind, name), properties=to_wire(inputs), preview=preview, timeout=self.timeout
        )
        answer = self._call(self._stub.Create, request)
        return answer.id, from_wire(answer.properties)

    def diff(self, kind: str, name: str, state: Values, news: Values, olds: Values) -> Any:
        inputs, _ = self.check(kind, name, news, olds)
        return self._stub.Diff(
            provider_pb2.DiffRequest(
                urn=urn(kind, name), olds=to_wire(state), news=to_wire(inputs), old_inputs=to_wire(olds)
            )
        )

    def update(self, kind: str, name: str, id_: str, state: Values, news: Values, *, preview: bool = False) -> Values:
        request = provider_pb2.UpdateRequest(
            urn=urn(kind, name), id=id_, olds=to_wire(state), news=to_wire(news), preview=preview, timeout=self.timeout
        )
        return from_wire(self._call(self._stub.Update, request).properties)

    def read(self, kind: str, name: str, id_: str, state: Values, inputs: Values) -> tuple[str, Values, Values]:
        request = provider_pb2.ReadRequest(
            urn=urn(kind, name), id=id_, properties=to_wire(state), inputs=to_wire(inputs)
        )
        answer = self._stub.Read(request)
        return answer.id, from_wire(answer.properties), from_wire(answer.inputs)

    def delete(self, kind: str, name: str, id_: str, state: Values) -> None:
        self._stub.Delete(provider_pb2.DeleteRequest(urn=urn(kind, name), id=id_, properties=to_wire(state)))

    def invoke(self, token: str, **arguments: Any) -> Values:
        answer = self._stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_wire(arguments)))
        result: struct_pb2.Struct = getattr(answer, "return")
        return from_wire(result)

    def cancel(self) -> None:
        self._stub.Cancel(empty_pb2.Empty())

    @staticmethod
    def _call(method: Any, request: Any) -> Any:
        try:
            return method(request)
        except grpc.RpcError as error:
            for key, value in error.trailing_metadata() or ():
                if key == "grpc-status-details-bin":
                    detail = provider_pb2.ErrorResourceInitFailed()
                    assert status_pb2.Status.FromString(value).details[0].Unpack(detail)
                    raise IncompleteError(detail) from error
            raise


@contextlib.contextmanager
def attach(executable: Path, environment: Mapping[str, str]) -> Iterator[Engine]:
    """Start the provider as the engine does, and end it."""
    started = subprocess.Popen([executable, "127.0.0.1:1"], stdout=subprocess.PIPE, env=environment)
    assert started.stdout is not None
    try:
        with started.stdout, grpc.insecure_channel(f"127.0.0.1:{int(started.stdout.readline())}") as channel:
            yield Engine(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        started.terminate()
        assert started.wait(5) == 0


def urn(kind: str, name: str) -> str:
    return f"urn:pulumi:dev::demo::{kind}::{name}"
