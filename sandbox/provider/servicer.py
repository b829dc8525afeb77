"""The engine's protocol: each request to the resource type or function that it names, and the answer to the wire."""

# ruff: noqa: N802 - the protocol names the methods

import logging
from collections.abc import Callable
from typing import Any, NoReturn, cast

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc, status_pb2

from sandbox.provider import VERSION, errors
from sandbox.provider.connection import Connection, SettingsError, settings
from sandbox.provider.diff import Change, What
from sandbox.provider.invokes import INVOKES, Invoke
from sandbox.provider.resource import Call, Resource
from sandbox.provider.resources import RESOURCES
from sandbox.provider.wire import Values, from_wire, to_wire

_LOG = logging.getLogger("sandbox.provider")
_STAND_IN = "the sandbox's stand-in for the aws provider"


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """One provider instance. Requests come from many threads at once."""

    def __init__(self) -> None:
        self._connection: Connection | None = None

    def Handshake(self, _request: Any, _context: grpc.ServicerContext) -> Any:
        """Say what this provider takes: plain values only; the engine itself marks what comes from secrets."""
        return provider_pb2.ProviderHandshakeResponse()

    def Attach(self, _request: Any, _context: grpc.ServicerContext) -> Any:
        """Take a new engine; nothing is kept for one."""
        return empty_pb2.Empty()

    def GetPluginInfo(self, _request: Any, _context: grpc.ServicerContext) -> Any:
        """Say which version of the real provider this stands in for."""
        return plugin_pb2.PluginInfo(version=VERSION)

    def Cancel(self, _request: Any, _context: grpc.ServicerContext) -> Any:
        """Do nothing: the real provider's waits run on, because the bridge's Cancel is a no-op for them."""
        return empty_pb2.Empty()

    def CheckConfig(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Echo the provider's settings, or name one that the stand-in cannot follow."""
        with _Answering(context):
            settings(from_wire(request.news))
        return provider_pb2.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: Any, _context: grpc.ServicerContext) -> Any:
        """Replace everything when the region or account moves; other settings only matter while running."""
        olds, news = from_wire(request.olds), from_wire(request.news)
        moved = [key for key in ("region",) if key in olds and olds.get(key) != news.get(key)]
        return provider_pb2.DiffResponse(
            changes=_some(olds != news), diffs=[key for key in news if olds.get(key) != news[key]], replaces=moved
        )

    def Configure(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Take the provider's settings."""
        with _Answering(context):
            self._connection = Connection(settings(from_wire(request.args)))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Check a resource's inputs and make up its name."""
        with _Answering(context):
            resource = _resource(request)
            name = request.name or request.urn.rpartition("::")[2]
            inputs, found = resource.check(name, from_wire(request.olds), from_wire(request.news), request.randomSeed)
            failures = [provider_pb2.CheckFailure(property=one.path, reason=one.reason) for one in found]
            return provider_pb2.CheckResponse(inputs=to_wire(inputs), failures=failures)

    def Diff(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell what an update would change and whether it replaces."""
        with _Answering(context):
            resource, state, news = _resource(request), from_wire(request.olds), from_wire(request.news)
            found = resource.diff(self._aws().default_tags, state, news)
            return provider_pb2.DiffResponse(
                changes=_some(bool(found)),
                diffs=_unique(change.key for change in found),
                replaces=_unique(change.key for change in found if change.replaces),
                deleteBeforeReplace=any(change.replaces for change in found)
                and resource.delete_before_replace(state, news),
                hasDetailedDiff=True,
                detailedDiff={change.path: _property_diff(change) for change in found},
            )

    def Create(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Create a resource, or say what it would be."""
        with _Answering(context, f"creating {request.urn}"):
            resource, inputs = _resource(request), from_wire(request.properties)
            call = Call(self._aws(), request.urn, inputs=inputs, timeout=request.timeout)
            if request.preview:
                return provider_pb2.CreateResponse(properties=to_wire(resource.planned(call)))
            id_, state = resource.run_create(call)
            return provider_pb2.CreateResponse(id=id_, properties=to_wire(state))

    def Read(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Tell what a resource is now; an empty id says that it is gone."""
        with _Answering(context):
            resource, state = _resource(request), from_wire(request.properties)
            call = Call(self._aws(), request.urn, id=request.id, state=state, timeout=request.timeout)
            found = resource.run_read(call, from_wire(request.inputs))
            if found is None:
                return provider_pb2.ReadResponse(id="")
            live, inputs = found
            return provider_pb2.ReadResponse(id=request.id, properties=to_wire(live), inputs=to_wire(inputs))

    def Update(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Change a resource, or say what it would become."""
        with _Answering(context, f"updating {request.urn}"):
            resource = _resource(request)
            call = Call(
                self._aws(),
                request.urn,
                id=request.id,
                inputs=from_wire(request.news),
                state=from_wire(request.olds),
                timeout=request.timeout,
            )
            state = resource.planned(call) if request.preview else resource.run_update(call)
            return provider_pb2.UpdateResponse(properties=to_wire(state))

    def Delete(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Delete a resource."""
        with _Answering(context, f"deleting {request.urn}"):
            state = from_wire(request.properties)
            call = Call(self._aws(), request.urn, id=request.id, state=state, timeout=request.timeout)
            _resource(request).run_delete(call)
            return empty_pb2.Empty()

    def Invoke(self, request: Any, context: grpc.ServicerContext) -> Any:
        """Run a function, such as `aws:index/getCallerIdentity:getCallerIdentity`."""
        with _Answering(context):
            invoke: Invoke | None = INVOKES.get(request.tok)
            if invoke is None:
                raise errors.MissingError(f"the function {request.tok}")
            arguments = from_wire(request.args)
            result: Values = _asking_aws(request.tok, lambda: invoke(self._aws(), arguments))
            # `return` is a word of Python's, so that the member cannot be named in a call.
            return provider_pb2.InvokeResponse(**cast("Any", {"return": to_wire(result)}))

    def _aws(self) -> Connection:
        if self._connection is None:
            raise SettingsError("the provider is not configured")
        return self._connection


class _Answering:
    """Turns what goes wrong within into the engine's errors."""

    def __init__(self, context: grpc.ServicerContext, doing: str = "") -> None:
        self._context = context
        self._doing = doing

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        match error:
            case None:
                return
            case errors.PartialFailureError():
                self._incomplete(error)
            case errors.OperationError():
                self._context.abort(grpc.StatusCode.UNKNOWN, errors.one(str(error)))
            case SettingsError() | errors.MissingError():
                self._context.abort(grpc.StatusCode.UNKNOWN, str(error))
            case Exception():
                _LOG.error("%s failed", self._doing or "a request", exc_info=error)
                self._context.abort(grpc.StatusCode.INTERNAL, f"{_STAND_IN} failed: {type(error).__name__}: {error}")

    def _incomplete(self, error: errors.PartialFailureError) -> NoReturn:
        """Tell the engine to keep the resource, with the error: `ErrorResourceInitFailed` in the status's details."""
        reason = f"{self._doing}: {errors.one(str(error))}"
        detail = any_pb2.Any()
        detail.Pack(
            provider_pb2.ErrorResourceInitFailed(id=error.id, properties=to_wire(error.state), reasons=[reason])
        )
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
        self._context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        self._context.abort(grpc.StatusCode.UNKNOWN, reason)


def _asking_aws(token: str, ask: Callable[[], Values]) -> Values:
    try:
        return ask()
    except errors.AWS_ERRORS as error:
        raise errors.OperationError(f"invoking {token}: {errors.worded('AWS', error)}") from error


def _resource(request: Any) -> Resource:
    token = request.type or request.urn.split("::")[2].rpartition("$")[2]
    resource = RESOURCES.get(token)
    if resource is None:
        raise errors.MissingError(f"the resource type {token}")
    return resource


def _some(different: bool) -> Any:  # noqa: FBT001 - a translation of one value
    return provider_pb2.DiffResponse.DIFF_SOME if different else provider_pb2.DiffResponse.DIFF_NONE


def _unique(keys: Any) -> list[str]:
    return list(dict.fromkeys(keys))


_KINDS = {
    (What.ADD, False): provider_pb2.PropertyDiff.ADD,
    (What.ADD, True): provider_pb2.PropertyDiff.ADD_REPLACE,
    (What.DELETE, False): provider_pb2.PropertyDiff.DELETE,
    (What.DELETE, True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    (What.UPDATE, False): provider_pb2.PropertyDiff.UPDATE,
    (What.UPDATE, True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


def _property_diff(change: Change) -> Any:
    return provider_pb2.PropertyDiff(kind=_KINDS[change.what, change.replaces])
