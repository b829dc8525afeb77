"""`aws:ecs/service:Service`, which behaves as `aws_ecs_service` of terraform-provider-aws v6.

Source of the behaviour: `internal/service/ecs/service.go` of https://github.com/hashicorp/terraform-provider-aws.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from sandbox.provider.errors import AWS_ERRORS, WaitError, code, message, worded
from sandbox.provider.resource import Call, Resource
from sandbox.provider.resources import service_shapes
from sandbox.provider.waiting import retry, until
from sandbox.provider.wire import Values

DEFAULT_TIMEOUT = 20 * 60
_READ_TIMEOUT = 2 * 60
_RETRY_TIMEOUT = 4 * 60
"""IAM's propagation time and two minutes of the service's own."""
_NOT_FOUND_CHECKS = 20

_STABLE, _PENDING = "tfSTABLE", "tfPENDING"
_FAILED = ("STOPPED", "ROLLBACK_FAILED", "ROLLBACK_SUCCESSFUL")
_TRANSIENT_PARAMETERS = (
    "verify that the ECS service role being passed has the proper permissions",
    "does not have an associated load balancer",
    "Unable to assume the service linked role",
    "unable to assume the role",
)


class Service(Resource):
    """A service; its id is its ARN."""

    type_name = "aws:ecs/service:Service"
    label = "ECS Service"
    service_id = "ECS"
    name_limit = 255
    properties = service_shapes.PROPERTIES
    outputs = ("arn",)

    def create(self, call: Call) -> str:
        """Create the service, asked again while roles and load balancers may not have spread yet."""
        call.notes["started"] = call.connection.pace.now()
        request = service_shapes.create_request(call.inputs, call.tags)
        if cluster := call.inputs.get("cluster"):
            request["cluster"] = cluster
        ecs = call.client("ecs")
        created = retry(lambda: ecs.create_service(**request), _may_pass, call.connection.pace, _RETRY_TIMEOUT)
        return str(created["service"]["serviceArn"])

    def settle(self, call: Call) -> None:
        """Wait for the steady state, or only for ACTIVE."""
        self._wait(call, call.notes["started"])

    def read(self, call: Call) -> Values | None:
        """Return the service once it is ACTIVE; one that is not within two minutes counts as gone."""
        found: list[Mapping[str, Any]] = []

        def active_or_gone() -> str:
            found[:] = self._describe(call)
            return str(found[0]["status"]) if found else "ACTIVE"

        try:
            until("ACTIVE", active_or_gone, call.connection.pace, _READ_TIMEOUT)
        except WaitError:
            return None
        return service_shapes.state(found[0], call.inputs or call.state) if found else None

    def update(self, call: Call) -> None:
        """Send the changed properties, and nothing else; then wait. Without a change there is neither call nor wait."""
        started = call.connection.pace.now()
        cluster, service = _place(call)
        request = service_shapes.update_request(call.inputs, call.changed)
        ecs = call.client("ecs")
        retry(
            lambda: ecs.update_service(cluster=cluster, service=service, **request),
            _may_pass,
            call.connection.pace,
            _RETRY_TIMEOUT,
        )
        self._wait(call, started)

    def retag(self, call: Call, remove: list[str], put: Mapping[str, str]) -> None:
        """Change tags."""
        ecs = call.client("ecs")
        if remove:
            ecs.untag_resource(resourceArn=call.id, tagKeys=remove)
        if put:
            ecs.tag_resource(resourceArn=call.id, tags=[{"key": key, "value": value} for key, value in put.items()])

    def delete(self, call: Call) -> None:
        """Drain the service, delete it, and wait until it is INACTIVE."""
        ecs, pace = call.client("ecs"), call.connection.pace
        cluster, service = _place(call)
        found = self._describe(call)
        if not found or found[0]["status"] == "INACTIVE":
            return
        forced = bool(call.state.get("forceDelete"))
        daemon = found[0].get("schedulingStrategy") == "DAEMON"
        if found[0]["status"] != "DRAINING" and not daemon and not forced:
            ecs.update_service(cluster=cluster, service=service, desiredCount=0)

        def being_deployed(error: BaseException) -> bool:
            return "The service cannot be stopped while deployments are active." in message(error)

        timeout = call.timeout or DEFAULT_TIMEOUT
        retry(lambda: ecs.delete_service(cluster=cluster, service=service, force=forced), being_deployed, pace, timeout)
        until("INACTIVE", lambda: self._status(call, gone="INACTIVE"), pace, timeout)

    def _wait(self, call: Call, operation_time: datetime) -> None:
        timeout = call.timeout or DEFAULT_TIMEOUT
        try:
            if call.inputs.get("waitForSteadyState"):
                until(_STABLE, _Steadiness(self, call, operation_time).look, call.connection.pace, timeout)
            else:
                until("ACTIVE", lambda: self._status(call, gone=""), call.connection.pace, timeout)
        except AWS_ERRORS as error:
            raise WaitError(worded(self.service_id, error)) from error

    def _describe(self, call: Call) -> list[Mapping[str, Any]]:
        cluster, service = _place(call)
        try:
            answer = call.client("ecs").describe_services(cluster=cluster, services=[service], include=["TAGS"])
        except ClientError as error:
            if code(error) == "ClusterNotFoundException":
                return []
            raise
        return list(answer["services"])

    def _status(self, call: Call, gone: str) -> str:
        found = self._describe(call)
        return str(found[0]["status"]) if found else gone


class _Steadiness:
    """Whether the deployment that an operation began has ended, poll by poll (`statusServiceWaitForStable`)."""

    def __init__(self, resource: Service, call: Call, operation_time: datetime) -> None:
        self._resource = resource
        self._call = call
        self._operation_time = operation_time
        self._deployment_arn: str | None = None
        self._missing = 0

    def look(self) -> str:
        """Return the state in the provider's words.

        Raises:
            WaitError: the deployment has failed; the message is ECS's reason.
        """
        found = self._resource._describe(self._call)  # noqa: SLF001 - one class in two halves
        if not found:
            self._missing += 1
            if self._missing > _NOT_FOUND_CHECKS:
                raise WaitError(f"couldn't find resource ({self._missing} retries)")
            return ""
        service = found[0]
        if service["status"] != "ACTIVE":
            return str(service["status"])
        if self._deployment_arn or self._began_a_deployment(service):
            return self._deployment_state(service)
        # Nothing was deployed (a change of the count, say): the counts tell.
        settled = len(service["deployments"]) == 1 and service["desiredCount"] == service["runningCount"]
        return _STABLE if settled else _PENDING

    def _began_a_deployment(self, service: Mapping[str, Any]) -> bool:
        primary = _primary(service)
        controlled_by_ecs = (service.get("deploymentController") or {}).get("type") == "ECS"
        return controlled_by_ecs and primary is not None and primary["createdAt"] > self._operation_time

    def _deployment_state(self, service: Mapping[str, Any]) -> str:
        ecs = self._call.client("ecs")
        if self._deployment_arn is None:
            self._deployment_arn = self._find_deployment(service)
            if self._deployment_arn is None:
                return _PENDING
        answer = ecs.describe_service_deployments(serviceDeploymentArns=[self._deployment_arn])
        deployments = answer["serviceDeployments"]
        if not deployments:
            return _PENDING
        if deployments[0]["status"] in _FAILED:
            raise WaitError(deployments[0].get("statusReason") or "Deployment failed")
        return _STABLE if deployments[0]["status"] == "SUCCESSFUL" else _PENDING

    def _find_deployment(self, service: Mapping[str, Any]) -> str | None:
        """Find the service deployment of the PRIMARY: its target revision carries the number of the deployment's id."""
        primary = _primary(service)
        if primary is None:
            return None
        number = primary["id"].partition("/")[2]
        listed = self._call.client("ecs").list_service_deployments(
            cluster=service["clusterArn"], service=service["serviceArn"], createdAt={"after": self._operation_time}
        )
        for deployment in listed["serviceDeployments"]:
            if number in deployment.get("targetServiceRevisionArn", ""):
                return str(deployment["serviceDeploymentArn"])
        return None


def _primary(service: Mapping[str, Any]) -> Mapping[str, Any] | None:
    return next((item for item in service.get("deployments") or [] if item["status"] == "PRIMARY"), None)


def _place(call: Call) -> tuple[str, str]:
    """Return cluster and service for an API call: an ARN's own, or `CLUSTER/SERVICE` of an import."""
    parts = call.id.rpartition(":")[2].split("/")
    own = call.inputs.get("cluster") or call.state.get("cluster")
    cluster = own or (parts[-2] if len(parts) > 1 and parts[-2] != "service" else "default")
    return str(cluster), call.id if call.id.startswith("arn:") else parts[-1]


def _may_pass(error: BaseException) -> bool:
    if code(error) == "ClusterNotFoundException":
        return True
    return code(error) == "InvalidParameterException" and any(part in message(error) for part in _TRANSIENT_PARAMETERS)
