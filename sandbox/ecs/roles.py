"""The roles of IAM as ECS's tasks see them: a change reaches them only after a while.

https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, ClassVar

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.responses import IamResponse

from sandbox.ecs.iam import Caller, Document, Policies, Request, key_refusal, parse, refusal, trusts
from sandbox.simulation import Simulation
from sandbox.timings import Timings

TASKS_SERVICE = "ecs-tasks.amazonaws.com"
_DRAWS = 6
"""The least of so many values is taken: seconds are usual, and a minute is rare."""
_READS = ("Get", "List", "Simulate")


@dataclass(frozen=True)
class Role:
    """A role as it was at some time; documents are JSON texts."""

    trust: str
    identity: tuple[str, ...]
    boundary: str | None

    @property
    def policies(self) -> Policies:
        """The documents, parsed. A boundary that was deleted bounds everything."""
        boundary = None if self.boundary is None else parse(self.boundary)
        return Policies([parse(each) for each in self.identity], boundary)


@dataclass(frozen=True)
class _Version:
    """What a role is from `at` on, until the next one; `role` None: it is deleted."""

    at: datetime
    role: Role | None


class Roles:
    """Every account's roles, each with the times at which its changes reach tasks.

    What is there when an account is first looked at reaches them at once. Whoever changes an account's roles calls
    `note`, before the change and after it.
    """

    def __init__(self, simulation: Simulation, timings: Timings) -> None:
        self._simulation = simulation
        self._timings = timings
        self._accounts: dict[str, dict[str, list[_Version]]] = {}

    def note(self, account: str) -> None:
        """Compare an account's roles with what is known of them, and take note of the changes."""
        known = self._accounts.get(account)
        current = _read(account)
        now = self._simulation.now
        if known is None:
            self._accounts[account] = {arn: [_Version(now, role)] for arn, role in current.items()}
            return
        for arn in {**known, **current}:
            history = known.setdefault(arn, [])
            before = history[-1].role if history else None
            if current.get(arn) == before:
                continue
            lag = min(self._timings.draw("iam_propagation", arn) for _ in range(_DRAWS))
            at = max([now + timedelta(seconds=lag), *(version.at for version in history)])
            history.append(_Version(at, current.get(arn)))

    def role(self, arn: str) -> Role | None:
        """Return a role as tasks see it now; None where it does not exist for them."""
        account = arn.split(":")[4] if arn.startswith("arn:") else ""
        if not account:
            return None
        if account not in self._accounts:
            self.note(account)
        now = self._simulation.now
        reached = [version for version in self._accounts[account].get(arn, []) if version.at <= now]
        return reached[-1].role if reached else None

    def assumable(self, arn: str, account: str, region: str) -> bool:
        """Tell whether ECS can assume a role for the tasks of an account and region."""
        role = self.role(arn)
        # The documentation has `aws:SourceArn` name a region and account and a wildcard, because ECS names no cluster:
        # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
        source = f"arn:{arn.split(':')[1]}:ecs:{region}:{account}:*"
        context = {"aws:SourceAccount": account, "aws:SourceArn": source}
        return role is not None and trusts(parse(role.trust), TASKS_SERVICE, context)

    def refusal(
        self, request: Request, resource_policy: Document | None = None, endpoint: Document | None = None
    ) -> str | None:
        """Return AWS's words where a request is not allowed; None where it is.

        Args:
            request: the call.
            resource_policy: the policy on its resource; None where there is none.
            endpoint: the policy of the VPC endpoint that it takes; None where it takes none.
        """
        return refusal(request, replace(self._policies(request), endpoint=endpoint), resource_policy)

    def key_refusal(self, request: Request, key_policy: Document) -> str | None:
        """Return the same for a call to KMS."""
        return key_refusal(request, self._policies(request), key_policy)

    def _policies(self, request: Request) -> Policies:
        role = self.role(request.caller.principal_arn)
        return role.policies if role else Policies()


class ProgramCalls:
    """Decides about the calls of AWS that programs make with their task's role."""

    def __init__(self, roles: Roles) -> None:
        self._roles = roles

    def refuses(self, role_arn: str, action: str, resource: str) -> bool:
        """Tell whether the role's policies do not let it do this."""
        return self._roles.refusal(Request(Caller(role_arn, "program"), action, resource)) is not None


def _read(account: str) -> dict[str, Role]:
    from moto.iam.models import iam_backends

    roles: dict[str, Role] = {}
    for backend in list(iam_backends[account].values()):
        for role in list(backend.roles.values()):
            attached = [policy_document(policy) for policy in role.managed_policies.values()]
            boundary = role.permissions_boundary_arn
            bounding = backend.managed_policies.get(boundary) if boundary else None
            roles[role.arn] = Role(
                trust=role.assume_role_policy_document,
                identity=(*role.policies.values(), *attached),
                boundary=(policy_document(bounding) if bounding else "{}") if boundary else None,
            )
    return roles


def policy_document(policy: Any) -> str:
    """Return the default version's document of moto's managed policy."""
    chosen = policy.default_version_id
    return next((str(each.document) for each in policy.versions if each.version_id == chosen), "{}")


class WatchedIam(IamResponse):  # type: ignore[misc]  # moto has no types
    """moto's response class of IAM, which tells of each request that may change something, before and after it."""

    changing: ClassVar[Callable[[str], None]]

    def call_action(self) -> Any:
        """Answer a request."""
        if self._get_action().startswith(_READS):
            return super().call_action()
        tell = type(self).changing
        tell(self.current_account)
        answer = super().call_action()
        tell(self.current_account)
        return answer

    # --- boundaries of users, which moto does not keep

    def create_user(self) -> ActionResult:
        """CreateUser: moto's, with the permissions boundary."""
        answer = super().create_user()
        if self._get_param("PermissionsBoundary"):
            self._bound_user(self._get_param("PermissionsBoundary"))
        return answer

    def put_user_permissions_boundary(self) -> ActionResult:
        """PutUserPermissionsBoundary."""
        self._bound_user(self._get_param("PermissionsBoundary"))
        return EmptyResult()

    def delete_user_permissions_boundary(self) -> ActionResult:
        """DeleteUserPermissionsBoundary."""
        self._bound_user(None)
        return EmptyResult()

    def _bound_user(self, policy_arn: str | None) -> None:
        user = self.backend.get_user(self._get_param("UserName"))
        user.permissions_boundary_arn = policy_arn
        # As GetUser answers it.
        kind = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": policy_arn}
        user.permissions_boundary = kind if policy_arn else None
