"""Policy evaluation: who may do what to which resource, and AWS's words where they may not.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Any

from sandbox.ecs.conditions import Context, holds, like, resolve

Document = Mapping[str, Any]

_IDENTITY, _RESOURCE, _BOUNDARY = "identity-based policy", "resource-based policy", "permissions boundary"
_SESSION, _ENDPOINT = "session policy", "VPC endpoint policy"
_ASSUME = "sts:AssumeRole"


class Grant(Enum):
    """What a resource's policy says about a request."""

    DENIED = auto()
    DIRECT = auto()
    """The role itself, or everybody, may."""
    ACCOUNT = auto()
    """The role's account may, and so those of its roles whose own policies allow it."""
    NONE = auto()


@dataclass(frozen=True)
class Caller:
    """A user, or a role that was assumed: `session` is its session's name, the task's id where ECS assumed it."""

    principal_arn: str
    session: str = ""

    @property
    def account(self) -> str:
        """The account of the user or role."""
        return self.principal_arn.split(":")[4]

    @property
    def arn(self) -> str:
        """A user's own ARN, or that of a role's session, of which the role's path is no part."""
        if not self.session:
            return self.principal_arn
        partition, name = self.principal_arn.split(":")[1], self.principal_arn.rpartition("/")[2]
        return f"arn:{partition}:sts::{self.account}:assumed-role/{name}/{self.session}"

    @property
    def keys(self) -> Context:
        """The condition keys that every request of the caller has."""
        own = {
            "aws:PrincipalArn": self.principal_arn,
            "aws:PrincipalAccount": self.account,
            "aws:PrincipalType": "AssumedRole" if self.session else "User",
            "aws:PrincipalIsAWSService": "false",
            "aws:SecureTransport": "true",
        }
        return own if self.session else {**own, "aws:username": self.principal_arn.rpartition("/")[2]}


@dataclass(frozen=True)
class Request:
    """A call of AWS. `owner` is the account of the resource; the caller's where empty."""

    caller: Caller
    action: str
    resource: str
    context: Context = field(default_factory=dict)
    owner: str = ""

    @property
    def keys(self) -> Context:
        """The condition keys of the request, with those that every request of its caller has."""
        return {**self.caller.keys, "aws:ResourceAccount": self.owner or self.caller.account, **self.context}


@dataclass(frozen=True)
class Policies:
    """What is attached to a caller: documents, parsed. `boundary`, `session` None: there is none."""

    identity: Sequence[Document] = ()
    boundary: Document | None = None
    session: Document | None = None
    """What its session was narrowed to when the role was assumed."""
    endpoint: Document | None = None
    """That of the VPC endpoint which the call takes."""


def parse(text: str | None) -> Document:
    """Return a policy's document; one that cannot be read grants nothing."""
    try:
        document = json.loads(text or "{}")
    except json.JSONDecodeError:
        return {}
    return document if isinstance(document, dict) else {}


def refusal(request: Request, policies: Policies, resource_policy: Document | None = None) -> str | None:
    """Return how AWS words that a request is not allowed; None where it is."""
    because = reason(request, policies, resource_policy)
    return _worded(request, because) if because else None


def reason(request: Request, policies: Policies, resource_policy: Document | None = None) -> str | None:
    """Return why a request is not allowed, as AWS ends its sentence; None where it is."""
    return _because(request, policies, _resource_grant(resource_policy, request))


def passes_endpoint(request: Request, policy: Document) -> bool:
    """Tell whether the policy of a VPC endpoint alone lets a request through."""
    effects = _endpoint_effects(policy, request)
    return "Allow" in effects and "Deny" not in effects


def key_refusal(request: Request, policies: Policies, key_policy: Document) -> str | None:
    """Return the refusal of a call to KMS: without its key's policy, not even the account may use a key.

    https://docs.aws.amazon.com/kms/latest/developerguide/key-policies.html
    """
    because = key_reason(request, policies, key_policy)
    return _worded(request, because) if because else None


def key_reason(request: Request, policies: Policies, key_policy: Document) -> str | None:
    """Return why a request is not allowed where the resource's own policy has to grant it too; None where it is."""
    grant = _resource_grant(key_policy, request)
    because = _because(request, policies, grant)
    if because is None and grant is Grant.NONE:
        because = f"because no {_RESOURCE} allows the {request.action} action"
    return because


def trusts(trust: Document, service: str, context: Context) -> bool:
    """Tell whether a role's trust policy lets a service assume it."""
    return lets_service(trust, service, _ASSUME, "", context)


def lets_service(policy: Document, service: str, action: str, resource: str, context: Context) -> bool:
    """Tell whether a resource's policy lets one of AWS's services do something with it.

    In a role's trust policy, which names no resource, `{"AWS": "*"}` is every account and no service.
    """
    allowed = False
    for statement in _statements(policy):
        principal = _principal(statement) or {}
        named = _many(principal.get("Service"))
        everyone = statement.get("Principal") == "*" or bool(resource and "*" in _many(principal.get("AWS")))
        if not (everyone or any(like(each, service) for each in named)):
            continue
        if not _any_action(statement, action) or not _any_resource(statement, resource, context):
            continue
        if not holds(statement.get("Condition") or {}, context):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = allowed or statement.get("Effect") == "Allow"
    return allowed


def _because(request: Request, policies: Policies, grant: Grant) -> str | None:
    own = _effects(policies.identity, request)
    bound, session = (_limit(each, request) for each in (policies.boundary, policies.session))
    passed = {"Allow"} if policies.endpoint is None else _endpoint_effects(policies.endpoint, request)
    denied = {
        _IDENTITY: "Deny" in own,
        _RESOURCE: grant is Grant.DENIED,
        _BOUNDARY: "Deny" in bound,
        _SESSION: "Deny" in session,
        _ENDPOINT: "Deny" in passed,
    }
    for kind, is_denied in denied.items():
        if is_denied:
            return f"with an explicit deny in {'an' if kind == _IDENTITY else 'a'} {kind}"
    missing = None
    if "Allow" not in own and (_foreign(request) or grant is not Grant.DIRECT):
        missing = _IDENTITY
    elif _foreign(request) and grant is Grant.NONE:
        missing = _RESOURCE
    elif "Allow" not in bound:
        missing = _BOUNDARY
    elif "Allow" not in session:
        missing = _SESSION
    elif "Allow" not in passed:
        missing = _ENDPOINT
    return f"because no {missing} allows the {request.action} action" if missing else None


def _endpoint_effects(policy: Document, request: Request) -> set[str]:
    """The policy of an endpoint names principals, as a resource's does, but grants nothing by itself."""
    statements = (each for each in _statements(policy) if _names(each, request.caller) is not Grant.NONE)
    return {str(each.get("Effect")) for each in statements if _applies(each, request)}


def _limit(document: Document | None, request: Request) -> set[str]:
    return {"Allow"} if document is None else _effects([document], request)


def _worded(request: Request, because: str) -> str:
    who, what = request.caller.arn, request.action
    return f"User: {who} is not authorized to perform: {what} on resource: {request.resource} {because}"


def _foreign(request: Request) -> bool:
    return bool(request.owner) and request.owner != request.caller.account


def _effects(documents: Iterable[Document], request: Request) -> set[str]:
    return {
        str(statement.get("Effect"))
        for document in documents
        for statement in _statements(document)
        if _applies(statement, request)
    }


def _applies(statement: Document, request: Request) -> bool:
    keys = request.keys
    return (
        _any_action(statement, request.action)
        and _any_resource(statement, request.resource, keys)
        and holds(statement.get("Condition") or {}, keys)
    )


def _resource_grant(policy: Document | None, request: Request) -> Grant:
    found = Grant.NONE
    for statement in _statements(policy or {}):
        named = _names(statement, request.caller)
        if named is Grant.NONE or not _applies(statement, request):
            continue
        if statement.get("Effect") == "Deny":
            return Grant.DENIED
        if found is not Grant.DIRECT:
            found = named
    return found


def _names(statement: Document, caller: Caller) -> Grant:
    """Tell how a statement of a resource's policy names the caller."""
    if "NotPrincipal" in statement:
        excepted = _named(statement["NotPrincipal"], caller)
        return Grant.DIRECT if excepted is Grant.NONE else Grant.NONE
    return _named(statement.get("Principal"), caller)


def _named(principal: Any, caller: Caller) -> Grant:
    names = ["*"] if principal == "*" else _many(principal.get("AWS") if isinstance(principal, dict) else None)
    if {"*", caller.principal_arn, caller.arn} & set(names):
        return Grant.DIRECT
    partition = caller.principal_arn.split(":")[1]
    if {caller.account, f"arn:{partition}:iam::{caller.account}:root"} & set(names):
        return Grant.ACCOUNT
    return Grant.NONE


def _statements(document: Document) -> list[Document]:
    found = document.get("Statement") or []
    return [found] if isinstance(found, dict) else [each for each in found if isinstance(each, dict)]


def _principal(statement: Document) -> Mapping[str, Any] | None:
    principal = statement.get("Principal")
    return principal if isinstance(principal, dict) else None


def _any_action(statement: Document, action: str) -> bool:
    """Actions know no case."""
    for key, wanted in (("Action", True), ("NotAction", False)):
        if key in statement:
            return any(like(each.lower(), action.lower()) for each in _many(statement[key])) is wanted
    return False


def _any_resource(statement: Document, resource: str, context: Context) -> bool:
    for key, wanted in (("Resource", True), ("NotResource", False)):
        if key in statement:
            resolved = (resolve(each, context) for each in _many(statement[key]))
            return any(each is not None and like(each, resource) for each in resolved) is wanted
    return True  # the policy of a repository names no resource: it is on the repository


def _many(value: Any) -> list[str]:
    if value is None:
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]
