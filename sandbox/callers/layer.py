"""A WSGI layer that lets a request through to AWS where IAM allows it to whoever signed it.

Evaluated are callers whose access key was made in this sandbox, by CreateAccessKey or AssumeRole. A key that nobody
made belongs to nobody: it may do everything, or nothing where `everybody` is to be evaluated, except for the sandbox's
own, the root user's. Signatures are not verified: whoever knows a key's id is its owner.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from sandbox.callers.context import request_keys, resource_keys
from sandbox.callers.held import resource_policy
from sandbox.callers.identity import ROOT_KEY, Identity, identify
from sandbox.callers.implied import Implied, implied
from sandbox.callers.naming import Place
from sandbox.callers.parameters import Given, read_parameters
from sandbox.callers.reference import covers
from sandbox.callers.resources import resources
from sandbox.callers.words import expired_key, refused, unknown_key
from sandbox.ecs.conditions import Context
from sandbox.ecs.iam import Request as Asked
from sandbox.ecs.iam import key_reason, reason
from sandbox.front import AwsError, BadQuestionError, fail
from sandbox.requests import Request, read_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ALWAYS_ALLOWED = "sts:GetCallerIdentity"
"""https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html: no permissions are required."""
_ITS_OWN_POLICY_TOO = ("kms:", "sts:AssumeRole")
"""What a policy of the caller's alone does not allow: the key's, or the role's trust policy, has to grant it too."""


class Evaluated(StrEnum):
    """Whose requests IAM is asked about."""

    NOBODY = "nobody"
    KNOWN = "known"
    """Those whose keys were made in this sandbox."""
    EVERYBODY = "everybody"


@dataclass(frozen=True)
class _Call:
    """A request as IAM sees it."""

    request: Request
    given: Given
    place: Place
    identity: Identity
    context: Context


class Callers:
    """A WSGI application around AWS.

    Args:
        aws: what is asked where the caller may.
        now: reads the sandbox's clock, for `aws:CurrentTime`.
        evaluated: who is evaluated at first.
    """

    def __init__(
        self,
        aws: "WSGIApplication",
        now: Callable[[], datetime],
        evaluated: Evaluated = Evaluated.KNOWN,
    ) -> None:
        self._aws = aws
        self._now = now
        self._evaluated = evaluated

    def listed(self) -> Mapping[str, Any]:
        """Return who is evaluated."""
        return {"evaluate": str(self._evaluated)}

    def switch(self, asked: Mapping[str, Any]) -> Mapping[str, Any]:
        """Say who is evaluated: `{"evaluate": "nobody" | "known" | "everybody"}`.

        Raises:
            BadQuestionError: it is none of these.
        """
        known = ", ".join(f'"{each}"' for each in Evaluated)
        if set(asked) != {"evaluate"} or asked["evaluate"] not in list(Evaluated):
            raise BadQuestionError(
                f'to say whose requests IAM is asked about, send {{"evaluate": …}} with one of {known}'
            )
        self._evaluated = Evaluated(asked["evaluate"])
        return self.listed()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer one request."""
        error = None if self._evaluated is Evaluated.NOBODY else self._error(read_request(environ))
        return fail(environ, start_response, error) if error else self._aws(environ, start_response)

    def _error(self, request: Request) -> AwsError | None:
        if not covers(request.service) or request.access_key == ROOT_KEY:
            return None
        identity = identify(request.access_key, datetime.now(UTC))
        if identity is None:
            return unknown_key(request) if self._evaluated is Evaluated.EVERYBODY else None
        if not identity.valid:
            return expired_key(request) if identity.expired else unknown_key(request)
        given = read_parameters(request)
        place = Place(identity.caller.account, request.region)
        if given is None or request.name == _ALWAYS_ALLOWED:
            return None
        context = request_keys(request.service, request.operation, given, place, self._now())
        return next(_refusals(_Call(request, given, place, identity, context)), None)


def _refusals(call: _Call) -> Iterator[AwsError]:
    """Give what is refused, the request's own action before those that come with it."""
    request = call.request
    own = resources(request.service, request.operation, call.given, call.place)
    if own is None:  # no operation that IAM knows: AWS refuses it by itself
        return
    further = implied(request.service, request.operation, call.given, own, call.place)
    for asked in [Implied(request.name, tuple(own)), *further]:
        for arn in asked.resources:
            because = _because(call, asked, arn)
            if because:
                yield refused(request, call.identity.caller.arn, asked.action, arn, because)


def _because(call: _Call, asked: Implied, arn: str) -> str | None:
    keys = {**call.context, **asked.context, **resource_keys(arn)}
    owner = arn.split(":")[4] if arn.startswith("arn:") else ""
    question = Asked(call.identity.caller, asked.action, arn, keys, owner)
    policies = call.identity.policies
    # To pass a role its trust policy is not asked: the service that gets it will be, later.
    policy = None if asked.action.startswith("iam:") else resource_policy(arn)
    if policy is not None and asked.action.startswith(_ITS_OWN_POLICY_TOO):
        return key_reason(question, policies, policy)
    return reason(question, policies, policy)
