"""What ECS asks of other services, read from moto's backends: ECR, logs, EC2, load balancers, CloudWatch."""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from sandbox.ecs.model import Interface
from sandbox.ecs.registry import parse_reference
from sandbox.image_keys import Listens, TimedStatus
from sandbox.images import Catalogue, Image, digest_of

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
        parsed = parse_reference(reference)
        if parsed is None:
            return Pulled(digest_of(reference), _unknown(reference, port))
        stored = parsed.image()
        if stored is None:
            raise ImageNotFoundError(reference)
        # moto makes up the digest of an index that was pushed without one, so the manifest itself is looked up.
        program = self._catalogue.by_digest.get(digest_of(stored.image_manifest))
        return Pulled(stored.image_digest, program or _unknown(reference, port))

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

    def attach_interface(
        self,
        configuration: dict[str, Any],
        attachment_id: str,
        random: Random,
        takes_tasks: Callable[[str | None], bool] = lambda _zone: True,
        crowd: Callable[[str | None], int] = lambda _zone: 0,
    ) -> Interface | str:
        """Make a network interface in one of the subnets.

        Args:
            configuration: the API's networkConfiguration.
            attachment_id: of the attachment.
            random: chooses the subnet and the address.
            takes_tasks: tells whether a zone has capacity; where none has, any will do.
            crowd: tells how many tasks of its service a zone has: tasks are spread over the zones.

        Returns:
            The interface, or why there is none, in ECS's words.
        """
        ec2 = self._ec2()
        awsvpc = configuration.get("awsvpcConfiguration") or {}
        subnets = list(awsvpc.get("subnets") or [""])
        able = [each for each in subnets if takes_tasks(self.zone(each))] or subnets
        least = min(crowd(self.zone(each)) for each in able)
        subnet_id = random.choice([each for each in able if crowd(self.zone(each)) == least])
        try:
            subnet = ec2.get_subnet(subnet_id)
        except Exception:  # noqa: BLE001 - moto's own error classes of EC2 have no common name that it exports
            return f"{_NO_INTERFACE} in subnet '{subnet_id}': InvalidSubnetID.NotFound"
        taken = {eni.private_ip_address for eni in ec2.enis.values() if eni.subnet.id == subnet.id}
        address = _free_address(subnet.cidr_block, taken, random)
        public = awsvpc.get("assignPublicIp") == "ENABLED"
        if address is None or subnet.available_ip_address_count <= 0:
            where = f"with public IP assignment {'enabled' if public else 'disabled'} in subnet '{subnet_id}'"
            return f"{_NO_INTERFACE} {where}: InsufficientFreeAddressesInSubnet"
        arn = f"arn:aws:ecs:{self.region}:{self.account}:attachment/{attachment_id}"
        eni = ec2.create_network_interface(subnet, address, group_ids=awsvpc.get("securityGroups"), description=arn)
        eni.status, eni.requester_managed = "in-use", True
        name = getattr(eni, "private_dns_name", None)
        return Interface(attachment_id, eni.id, subnet.id, subnet.vpc_id, eni.mac_address, address, name, public)

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
