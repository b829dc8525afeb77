"""Whose access key a request was signed with, and what is attached to them: read from moto's IAM and STS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sandbox.ecs.iam import Caller, Document, Policies, parse
from sandbox.ecs.roles import policy_document

ROOT_KEY = "sandbox"
"""The access key of the sandbox's own environment: that of the account's root user, whom no policy limits."""


@dataclass(frozen=True)
class Identity:
    """Who signed a request. `valid`: the key is active and has not expired; `expired` tells the two apart."""

    caller: Caller
    policies: Policies
    valid: bool = True
    expired: bool = False


def identify(access_key: str, now: datetime) -> Identity | None:
    """Return whose key it is; None where neither IAM nor STS of this sandbox has made it.

    Args:
        access_key: the id of the key.
        now: the machine's time: STS tells clients by it when their session ends, and they compare it with their own.
    """
    return _user(access_key) or _session(access_key, now)


def role_policies(role: Any, backend: Any) -> Policies:
    """Return what is attached to a role of moto's."""
    return Policies(_identity([role]), _boundary(role, backend))


def _user(access_key: str) -> Identity | None:
    for backend in _iam():
        for user in list(backend.users.values()):
            for key in user.access_keys:
                if key.access_key_id == access_key:
                    groups = [group for group in list(backend.groups.values()) if user in group.users]
                    policies = Policies(_identity([user, *groups]), _boundary(user, backend))
                    return Identity(Caller(user.arn), policies, valid=key.status == "Active")
    return None


def _session(access_key: str, now: datetime) -> Identity | None:
    from moto.iam.models import iam_backends
    from moto.sts.models import sts_backends

    for account in list(sts_backends.values()):
        for backend in list(account.values()):
            session = backend.get_assumed_role_from_access_key(access_key)
            if session is None:
                continue
            iam = iam_backends[session.account_id][session.partition]
            role = next((each for each in list(iam.roles.values()) if each.arn == session.role_arn), None)
            attached = role_policies(role, iam) if role else Policies()
            narrowed = parse(session.policy) if session.policy else None
            policies = Policies(attached.identity, attached.boundary, narrowed)
            expired = session.expiration.replace(tzinfo=UTC) <= now
            return Identity(Caller(session.role_arn, session.session_name), policies, not expired, expired)
    return None


def _identity(holders: list[Any]) -> list[Document]:
    """Return the inline and the attached policies of a role, or of a user and its groups."""
    found = []
    for holder in holders:
        found += [parse(text if isinstance(text, str) else None) for text in holder.policies.values()]
        found += [parse(policy_document(each)) for each in holder.managed_policies.values()]
    return found


def _boundary(holder: Any, backend: Any) -> Document | None:
    """Return the permissions boundary; one whose policy is deleted bounds everything."""
    arn = getattr(holder, "permissions_boundary_arn", None)  # moto has none of users; ours is set by our IAM
    if not arn:
        return None
    bounding = backend.managed_policies.get(arn)
    return parse(policy_document(bounding)) if bounding else {}


def _iam() -> Iterator[Any]:
    from moto.iam.models import iam_backends

    for account in list(iam_backends.values()):
        yield from list(account.values())
