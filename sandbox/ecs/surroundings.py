"""What ECS asks of other services, read from moto's backends: ECR, secrets, logs, EC2, load balancers, CloudWatch."""

import ipaddress
import json
import re
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sandbox.ecs.model import Interface
from sandbox.image_keys import Listens, TimedStatus
from sandbox.images import Catalogue, Image, digest_of

_ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/"
    r"(?P<repository>[^:@]+)(?::(?P<tag>[^@]+))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_NO_INTERFACE = "Unexpected EC2 error while attempting to Create Network Interface"
_RESERVED = 4  # AWS keeps the first four addresses of a subnet and the last one


@dataclass(frozen=True)
class Pulled:
    """An image as the registry has it. `program` is None where the sandbox does not know what it does."""

    digest: str
    program: Image


class ImageNotFoundError(Exception):
    """The registry has no such repository, tag or digest."""


class Surroundings:
    """One account and region of moto, as ECS sees it."""

    def __init__(self, account: str, region: str, catalogue: Catalogue) -> None:
        self.account = account
        self.region = region
        self._catalogue = catalogue

    def image(self, reference: str, port: int | None) -> Pulled:
        """Resolve an image.

        An image of another registry is taken to exist, and one that the catalogue does not know to do nothing wrong: it
        listens on `port`, the container's own, and answers 200.

        Raises:
            ImageNotFoundError: ECR does not have it.
        """
        from moto.ecr.models import ecr_backends

        parts = _ECR.fullmatch(reference)
        if parts is None:
            return Pulled(digest_of(reference), _unknown(reference, port))
        repositories = ecr_backends[parts["account"]][parts["region"]].repositories
        repository = repositories.get(parts["repository"])
        for stored in repository.images if repository else ():
            if parts["digest"] == stored.image_digest or (
                parts["digest"] is None and (parts["tag"] or "latest") in stored.image_tags
            ):
                # moto makes up the digest of an index that was pushed without one, so the manifest itself is looked up.
                program = self._catalogue.by_digest.get(digest_of(stored.image_manifest))
                return Pulled(stored.image_digest, program or _unknown(reference, port))
        raise ImageNotFoundError(reference)

    def secret_problem(self, value_from: str, request_id: str) -> str | None:
        """Return why a container's secret cannot be had, in the container agent's words; None where it can."""
        if ":secretsmanager:" in value_from:
            return self._secrets_manager_problem(value_from, request_id)
        from moto.ssm.models import ssm_backends

        if ssm_backends[self.account][self._region_of(value_from)].get_parameter(value_from) is not None:
            return None
        name = value_from.partition(":parameter")[2] or value_from
        return (
            "unable to retrieve secrets from ssm: service call has been retried 1 time(s): "
            f"invalid ssm parameters: {name}"
        )

    def _region_of(self, value_from: str) -> str:
        return value_from.split(":")[3] if value_from.startswith("arn:") else self.region

    def _secrets_manager_problem(self, value_from: str, request_id: str) -> str | None:
        from moto.secretsmanager.models import secretsmanager_backends

        # arn:aws:secretsmanager:region:account:secret:name[:json-key[:version-stage[:version-id]]]
        parts = value_from.split(":")
        arn, key = ":".join(parts[:7]), parts[7] if len(parts) > 7 else ""  # noqa: PLR2004
        secret = secretsmanager_backends[self.account][self._region_of(value_from)].secrets.get(arn)
        retried = "unable to retrieve secret from asm: service call has been retried 1 time(s)"
        failed = f"{retried}: failed to fetch secret {arn} from secrets manager: operation error Secrets Manager: "
        answer = f"GetSecretValue, https response error StatusCode: 400, RequestID: {request_id}, "
        if secret is None:
            return f"{failed}{answer}ResourceNotFoundException: Secrets Manager can't find the specified secret."
        if secret.is_deleted():
            refusal = "You can't perform this operation on the secret because it was marked for deletion."
            return f"{failed}{answer}InvalidRequestException: {refusal}"
        version = secret.versions.get(secret.default_version_id) or {}
        if "secret_string" not in version and "secret_binary" not in version:
            stage = "AWSCURRENT"
            return (
                f"{failed}{answer}ResourceNotFoundException: Secrets Manager can't find the specified secret value "
                f"for staging label: {stage}"
            )
        return _json_key_problem(str(version.get("secret_string", "")), key, retried) if key else None

    def log_group_exists(self, options: dict[str, str]) -> bool:
        """Tell whether the group of an awslogs configuration exists, making it where the configuration says so."""
        group, groups = options.get("awslogs-group", ""), self._logs(options).groups
        if group not in groups and options.get("awslogs-create-group") == "true":
            self._logs(options).create_log_group(group, {})
        return group in groups

    def write_log(self, options: dict[str, str], stream: str, lines: list[str], at: datetime) -> None:
        """Put lines into a stream, made where it is missing; lines for a group that is gone are lost, as on AWS."""
        group = self._logs(options).groups.get(options.get("awslogs-group", ""))
        if group is None:
            return
        if stream not in group.streams:
            group.create_log_stream(stream)
        stamp = int(at.timestamp() * 1000)
        # Past the backend's own check of timestamps: it compares with the machine's clock, which the sandbox's outruns.
        group.put_log_events(stream, [{"timestamp": stamp, "message": line} for line in lines])

    def _logs(self, options: dict[str, str]) -> Any:
        from moto.logs.models import logs_backends

        return logs_backends[self.account][options.get("awslogs-region") or self.region]

    def attach_interface(self, configuration: dict[str, Any], attachment_id: str, random: Random) -> Interface | str:
        """Make a network interface in one of the subnets.

        Returns:
            The interface, or why there is none, in ECS's words.
        """
        ec2 = self._ec2()
        awsvpc = configuration.get("awsvpcConfiguration") or {}
        subnet_id = random.choice(list(awsvpc.get("subnets") or [""]))
        try:
            subnet = ec2.get_subnet(subnet_id)
        except Exception:  # noqa: BLE001 - moto's own error classes of EC2 have no common name that it exports
            return f"{_NO_INTERFACE} in subnet '{subnet_id}': InvalidSubnetID.NotFound"
        taken = {eni.private_ip_address for eni in ec2.enis.values() if eni.subnet.id == subnet.id}
        address = _free_address(subnet.cidr_block, taken, random)
        if address is None or subnet.available_ip_address_count <= 0:
            public = "enabled" if awsvpc.get("assignPublicIp") == "ENABLED" else "disabled"
            where = f"with public IP assignment {public} in subnet '{subnet_id}'"
            return f"{_NO_INTERFACE} {where}: InsufficientFreeAddressesInSubnet"
        arn = f"arn:aws:ecs:{self.region}:{self.account}:attachment/{attachment_id}"
        eni = ec2.create_network_interface(subnet, address, group_ids=awsvpc.get("securityGroups"), description=arn)
        eni.status, eni.requester_managed = "in-use", True
        name = getattr(eni, "private_dns_name", None)
        return Interface(attachment_id, eni.id, subnet.id, subnet.vpc_id, eni.mac_address, address, name)

    def zone(self, subnet_id: str) -> str | None:
        """Return the Availability Zone of a subnet."""
        subnet = next((zones[subnet_id] for zones in self._ec2().subnets.values() if subnet_id in zones), None)
        return str(subnet.availability_zone) if subnet else None

    def release_interface(self, interface_id: str) -> None:
        """Delete a network interface; harmless where somebody has deleted it."""
        self._ec2().enis.pop(interface_id, None)

    def _ec2(self) -> Any:
        from moto.ec2.models import ec2_backends

        return ec2_backends[self.account][self.region]

    def target_group(self, arn: str) -> Any | None:
        """Return moto's target group, None where there is none."""
        from moto.elbv2.models import elbv2_backends

        return elbv2_backends[self.account][self.region].target_groups.get(arn)

    def alarms_in_alarm(self, names: list[str]) -> list[str]:
        """Return those of the alarms whose state is ALARM."""
        from moto.cloudwatch.models import cloudwatch_backends

        alarms = cloudwatch_backends[self.account][self.region].alarms
        return [name for name in names if name in alarms and alarms[name].state_value == "ALARM"]

    def role_exists(self, arn: str) -> bool:
        """Tell whether IAM has a role."""
        from moto.iam.models import iam_backends

        return any(role.arn == arn for role in iam_backends[self.account]["aws"].roles.values())


def _json_key_problem(text: str, key: str, retried: str) -> str | None:
    try:
        document = json.loads(text)
    except json.JSONDecodeError:
        shown = text[:1] or ""
        return f"{retried}: invalid character '{shown}' looking for beginning of value"
    if isinstance(document, dict) and key in document:
        return None
    return f"{retried}: retrieved secret from Secrets Manager did not contain json key {key}"


def _free_address(block: str, taken: set[str | None], random: Random) -> str | None:
    network = ipaddress.ip_network(block)
    usable = network.num_addresses - _RESERVED - 1
    start = random.randrange(usable)
    for offset in range(usable):
        address = str(network[_RESERVED + (start + offset) % usable])
        if address not in taken:
            return address
    return None


def _unknown(reference: str, port: int | None) -> Image:
    """Return a program for an image that the catalogue does not know."""
    name = reference.rpartition("/")[2].partition(":")[0] or "image"
    return Image(
        repository=name.ljust(2, "_"),
        tag="unknown",
        platforms=("linux/amd64", "linux/arm64"),
        size_mib=60,
        start_seconds=None if port is None else 1.0,
        listens=None if port is None else Listens(port=port),
        otherwise=(TimedStatus(at=0, status=200),),
    )
