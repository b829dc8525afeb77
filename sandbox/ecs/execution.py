"""What the execution role of a task is asked to do, and the words of the container agent where it cannot."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

from sandbox.ecs.iam import Caller, Document, Request, parse, passes_endpoint
from sandbox.ecs.model import Interface
from sandbox.ecs.network import Network, Way
from sandbox.ecs.roles import Roles
from sandbox.hosts import Hosts

_ENDPOINTS = {
    "ecr:GetAuthorizationToken": "ecr.api",
    "ecr:BatchGetImage": "ecr.dkr",
    "ecr:GetDownloadUrlForLayer": "ecr.dkr",
    "s3:GetObject": "s3",
}
"""The endpoint of a call, where it is not named as the prefix of the action."""


@dataclass(frozen=True)
class Problem:
    """Why a task does not start. `takes` names the range of seconds that pass before it is known; None: none."""

    reason: str
    takes: str | None = None


@dataclass(frozen=True)
class Execution:
    """A task that is about to start, as the services that it needs see it."""

    account: str
    region: str
    role_arn: str | None
    task_id: str
    interface: Interface
    network: Network
    roles: Roles
    hosts: Hosts
    random: Random

    def denied(
        self,
        action: str,
        resource: str,
        *,
        policy: Document | None = None,
        owner: str = "",
        context: Mapping[str, str] | None = None,
    ) -> str | None:
        """Return AWS's words where the role may not; None where it may."""
        request = self._request(action, resource, owner, context or {})
        if request is None:
            return None
        return self.roles.refusal(request, policy, self._endpoint_policy(action, resource))

    def passes(self, action: str, resource: str) -> bool:
        """Tell whether the endpoint that a call takes, if any, lets it through, whatever the role may."""
        request = self._request(action, resource, "", {})
        policy = self._endpoint_policy(action, resource)
        return request is None or policy is None or passes_endpoint(request, policy)

    def key_denied(self, action: str, key: Any, context: Mapping[str, str]) -> str | None:
        """Return AWS's words where the role may not use a key of moto's KMS."""
        request = self._request(action, key.arn, key.account_id, context)
        return None if request is None else self.roles.key_refusal(request, parse(key.policy))

    def _endpoint_policy(self, action: str, resource: str) -> Document | None:
        """Return the policy of the endpoint that a call takes; one is only for calls to the task's own region."""
        region = resource.split(":")[3] if resource.startswith("arn:") else self.region
        service = _ENDPOINTS.get(action) or action.partition(":")[0]
        return self.network.endpoint_policy(self.interface, service) if region in {self.region, ""} else None

    def _request(self, action: str, resource: str, owner: str, context: Mapping[str, str]) -> Request | None:
        # AWS refuses the registration of a task definition that needs an execution role and has none.
        if self.role_arn is None:
            return None
        return Request(Caller(self.role_arn, self.task_id), action, resource, {**self._keys(), **context}, owner)

    def _keys(self) -> dict[str, str]:
        return {"aws:RequestedRegion": self.region, "aws:SourceVpc": self.interface.vpc_id}

    def way(self, service: str, region: str, host: str) -> Way:
        """Return the way to a service of AWS; an endpoint is one for the task's own region."""
        return self.network.way(self.interface, host, service if region == self.region else None)

    def request_id(self) -> str:
        """Return a request's id, as AWS answers it."""
        return str(uuid.UUID(int=self.random.getrandbits(128), version=4))
