"""The desired counts of services, each in its own region and account: read, set, and whether they are scaled."""

from automation.aws.clients import Clients
from automation.engine.update import ServiceTarget
from diagnostics.reads import Shape
from diagnostics.shapes import tail


class ServiceCounts:
    """Reads and sets how many tasks services want."""

    def __init__(self, clients: Clients) -> None:
        self.clients = clients

    def describe_service(self, target: ServiceTarget) -> Shape | None:
        """Return one element of `DescribeServices.services`; None where there is no service, or no longer.

        Raises:
            ReadError: it could not be read.
        """
        service = self.clients.of(target).describe_service(target.cluster, target.name)
        return None if service is None or service["status"] == "INACTIVE" else service

    def desired_count(self, target: ServiceTarget) -> int | None:
        """Return how many tasks the service wants now; None where there is no service.

        Raises:
            ReadError: it could not be read.
        """
        service = self.describe_service(target)
        return None if service is None else int(service["desiredCount"])

    def set_desired_count(self, target: ServiceTarget, count: int) -> None:
        """Set how many tasks the service wants.

        Raises:
            Exception: AWS refused.
        """
        self.clients.writer(target).set_desired_count(target.cluster, target.name, count)

    def scaled_by(self, target: ServiceTarget) -> tuple[int, int] | None:
        """Return the least and the most tasks between which Application Auto Scaling keeps the service, if it does.

        Raises:
            ReadError: it could not be read.
        """
        answer = self.clients.of(target).ask(
            "application-autoscaling",
            "describe_scalable_targets",
            ServiceNamespace="ecs",
            ResourceIds=[f"service/{tail(target.cluster)}/{target.name}"],
            ScalableDimension="ecs:service:DesiredCount",
        )
        found = next(iter(answer["ScalableTargets"]), None)
        return (found["MinCapacity"], found["MaxCapacity"]) if found else None
