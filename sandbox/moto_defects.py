"""What moto 5.2.5 forgets and AWS keeps, outside of ECS: each mended in place, and looked for in its test."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.acm.models import AWSCertificateManagerBackend
from moto.awslambda.models import EventInvokeConfig, LambdaBackend, LambdaFunction
from moto.ec2.models.nat_gateways import NatGatewayBackend
from moto.ec2.models.security_groups import SecurityGroupRule
from moto.ec2.models.vpcs import VPCBackend
from moto.ecr.responses import ECRResponse
from moto.efs.responses import EFSResponse
from moto.logs.models import LogGroup
from moto.logs.responses import LogsResponse
from moto.sqs.models import Queue

from sandbox.blobs import get_download_url_for_layer

_modify_vpc_endpoint = VPCBackend.modify_vpc_endpoint
_import_certificate = AWSCertificateManagerBackend.import_certificate
_create_function = LambdaBackend.create_function
_function_configuration = LambdaFunction.get_configuration
_update_function_configuration = LambdaFunction.update_configuration
_set_queue_attributes = Queue._set_attributes  # noqa: SLF001 - where moto sets them, whoever asks
_queue_attributes = Queue.attributes
_get_log_events = LogGroup.get_log_events
_delete_nat_gateway = NatGatewayBackend.delete_nat_gateway


def mend() -> None:
    """Mend moto in this process. Harmless where it is done twice, or where a later moto needs it no more."""
    for owner, name, mended in _MENDED:
        setattr(owner, name, mended)


@contextmanager
def moto_as_it_is() -> Iterator[None]:
    """Undo the mending for a while: whether moto still needs it."""
    try:
        for (owner, name, _), before in zip(_MENDED, _BEFORE, strict=True):
            if before is None:
                delattr(owner, name) if name in vars(owner) else None
            else:
                setattr(owner, name, before)
        yield
    finally:
        mend()


def _description(rule: SecurityGroupRule) -> str | None:
    """A rule's description is told whatever its source is, not only for an address range."""
    described: str | None = rule.ip_range.get("Description") or rule.source_group.get("Description")
    return described


def _delete_nat(ec2: Any, nat_gateway_id: str) -> Any:
    """A NAT gateway that goes lets go of its address and its interface; moto keeps both for ever."""
    gateway = ec2.nat_gateways.get(nat_gateway_id)
    if gateway is None:
        from moto.ec2.exceptions import EC2ClientError

        raise EC2ClientError("NatGatewayNotFound", f"The Nat Gateway {nat_gateway_id} was not found")
    if gateway.state != "deleted":
        for address in ec2.describe_addresses():
            if address.eni is not None and address.eni.id == gateway._eni.id:  # noqa: SLF001 - moto's only link
                ec2.disassociate_address(association_id=address.association_id)
        ec2.enis.pop(gateway._eni.id, None)  # noqa: SLF001
    return _delete_nat_gateway(ec2, nat_gateway_id)


def _modify_endpoint(ec2: Any, vpc_id: str, *rest: Any, **named: Any) -> None:
    """A gateway endpoint has a route in each of its tables; moto puts them on creation alone. `vpc_id` is its id."""
    _modify_vpc_endpoint(ec2, vpc_id, *rest, **named)
    endpoint = ec2.vpc_end_points[vpc_id]
    list_id = endpoint.destination_prefix_list_id
    if list_id is None:
        return
    had = _tables_to(ec2, vpc_id)
    for table in set(endpoint.route_table_ids) - had:
        ec2.create_route(table, None, gateway_id=vpc_id, destination_prefix_list_id=list_id)
    for table in had - set(endpoint.route_table_ids):
        ec2.delete_route(table, None, destination_prefix_list_id=list_id)


def _delete_endpoints(ec2: Any, vpce_ids: list[str] | None = None) -> None:
    """An endpoint goes with its routes and interfaces; moto stumbles over one that was deleted or modified before."""
    for id_ in vpce_ids or []:
        endpoint = ec2.vpc_end_points.get(id_)
        if endpoint is None or endpoint.state == "deleted":
            continue
        for table in _tables_to(ec2, id_):
            ec2.delete_route(table, None, destination_prefix_list_id=endpoint.destination_prefix_list_id)
        for interface in endpoint.network_interface_ids or []:
            ec2.enis.pop(interface, None)
        endpoint.state = "deleted"


def _reimport(acm: Any, certificate: bytes, private_key: bytes, chain: bytes | None, arn: str | None, tags: Any) -> str:
    """A certificate that is imported again keeps its tags, and those who use it; moto makes a new one of it."""
    before = acm._certificates.get(arn)  # noqa: SLF001 - moto's only table of them
    made: str = _import_certificate(acm, certificate, private_key, chain, arn, tags)
    if before is not None:
        after = acm._certificates[made]  # noqa: SLF001
        after.tags, after.in_use_by = before.tags, before.in_use_by
    return made


def _keep_policy(queue: Any, attributes: dict[str, Any], now: float | None = None) -> None:
    """Setting an attribute of a queue leaves its policy as it is; moto forgets it."""
    policy = getattr(queue, "policy", None)
    _set_queue_attributes(queue, attributes, now)
    if "Policy" not in attributes:
        queue.policy = policy


def _attributes(queue: Any) -> dict[str, Any]:
    """A queue tells whose dead letters it takes; moto only stores it."""
    told: dict[str, Any] = _queue_attributes.fget(queue)
    allowed = getattr(queue, "redrive_allow_policy", None)
    return {**told, "RedriveAllowPolicy": allowed} if allowed else told


def _delete_file_system_policy(response: Any) -> tuple[str, dict[str, str]]:
    """The policy of a file system can be deleted; moto has no such operation."""
    system = response.efs_backend.file_systems_by_id.get(response._get_param("FileSystemId"))  # noqa: SLF001
    if system is not None:
        system.file_system_policy = None
    return "{}", {"Content-Type": "application/json"}


def _associate_key(response: Any) -> str:
    """A log group that exists can be given a key; moto has no such operation."""
    _log_group(response).kms_key_id = response._get_param("kmsKeyId")  # noqa: SLF001
    return ""


def _disassociate_key(response: Any) -> str:
    """A log group can lose its key; moto has no such operation."""
    _log_group(response).kms_key_id = None
    return ""


def _log_group(response: Any) -> Any:
    """Return the group that a request names, by its name or by its ARN."""
    from moto.logs.exceptions import ResourceNotFoundException

    arn = response._get_param("resourceIdentifier")  # noqa: SLF001
    name = response._get_param("logGroupName") or (arn or "").partition(":log-group:")[2].removesuffix(":*")  # noqa: SLF001
    group = response.logs_backend.groups.get(name)
    if group is None:
        raise ResourceNotFoundException
    return group


def _events_of_stream(group: Any, log_stream_name: str, *rest: Any) -> Any:
    """That a stream is missing is told of the stream; moto says that the group is."""
    from moto.logs.exceptions import ResourceNotFoundException

    if log_stream_name not in group.streams:
        raise ResourceNotFoundException("The specified log stream does not exist.")
    return _get_log_events(group, log_stream_name, *rest)


def _create_a_function(lambda_: Any, spec: dict[str, Any]) -> Any:
    """A function keeps where its dead letters and its log go; moto forgets both."""
    function = _create_function(lambda_, spec)
    _keep_configuration(function, spec)
    return function


def _update_a_function(function: Any, config_updates: dict[str, Any]) -> Any:
    """An update changes everything that it names; moto changes the most usual."""
    _update_function_configuration(function, config_updates)
    _keep_configuration(function, config_updates)
    function.tracing_config = config_updates.get("TracingConfig", function.tracing_config)
    function.kms_key_arn = config_updates.get("KMSKeyArn", function.kms_key_arn)
    if "EphemeralStorage" in config_updates:
        function.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
    return function.get_configuration()


def _keep_configuration(function: Any, given: Mapping[str, Any]) -> None:
    if "DeadLetterConfig" in given:
        function.dead_letter_config = given["DeadLetterConfig"]
    if "LoggingConfig" in given:
        function.logging_config = given["LoggingConfig"]
        function.logs_group_name = given["LoggingConfig"].get("LogGroup") or f"/aws/lambda/{function.function_name}"


def _configuration_of_function(function: Any, **named: Any) -> dict[str, Any]:
    """A function tells where its dead letters and its log go."""
    told: dict[str, Any] = _function_configuration(function, **named)
    dead = getattr(function, "dead_letter_config", None) or {}
    if dead.get("TargetArn"):
        told["DeadLetterConfig"] = dead
    logging = getattr(function, "logging_config", None) or {}
    told["LoggingConfig"] = {"LogFormat": "Text", **logging, "LogGroup": function.logs_group_name}
    return told


def _put_invoke_config(lambda_: Any, function_name: str, config: dict[str, Any]) -> dict[str, Any]:
    """A function has one configuration of its asynchronous invocations; moto tells the first that it ever had."""
    function = lambda_.get_function(function_name)
    put = EventInvokeConfig(function.function_arn, function.last_modified, config)
    function.event_invoke_config = [put]
    told: dict[str, Any] = put.response()
    return told


def _tables_to(ec2: Any, endpoint_id: str) -> set[str]:
    return {
        table.id
        for table in ec2.route_tables.values()
        for route in table.routes
        if route.gateway is not None and route.gateway.id == endpoint_id
    }


_MENDED: tuple[tuple[type, str, Any], ...] = (
    (AWSCertificateManagerBackend, "import_certificate", _reimport),
    (SecurityGroupRule, "description", property(_description)),
    (NatGatewayBackend, "delete_nat_gateway", _delete_nat),
    (LambdaBackend, "create_function", _create_a_function),
    (LambdaBackend, "put_function_event_invoke_config", _put_invoke_config),
    (LambdaFunction, "get_configuration", _configuration_of_function),
    (LambdaFunction, "update_configuration", _update_a_function),
    (ECRResponse, "get_download_url_for_layer", get_download_url_for_layer),
    (EFSResponse, "delete_file_system_policy", _delete_file_system_policy),
    (LogGroup, "get_log_events", _events_of_stream),
    (LogsResponse, "associate_kms_key", _associate_key),
    (LogsResponse, "disassociate_kms_key", _disassociate_key),
    (Queue, "_set_attributes", _keep_policy),
    (Queue, "attributes", property(_attributes)),
    (VPCBackend, "modify_vpc_endpoint", _modify_endpoint),
    (VPCBackend, "delete_vpc_endpoints", _delete_endpoints),
)
_BEFORE = [vars(owner).get(name) for owner, name, _ in _MENDED]
