"""Every account's and region's ECS in one sandbox, on one simulation."""

from typing import Any

from sandbox.ecs.admission import Fargate
from sandbox.ecs.model import Task
from sandbox.ecs.region import Region, Shared
from sandbox.ecs.roles import Roles
from sandbox.elb import TargetKey, Targets
from sandbox.events.buses import Buses
from sandbox.hosts import Hosts
from sandbox.images import Catalogue, Status
from sandbox.simulation import Simulation
from sandbox.timings import Timings


class Ecs:
    """The sandbox's ECS. `targets` is Elastic Load Balancing's view of the tasks, `roles` is IAM's as tasks see it.

    `fargate` holds the quotas and the capacity, `hosts` what there is outside AWS, for whoever wants to set them.

    Args:
        simulation: its lock is held by whoever uses this.
        catalogue: what images do.
        timings: how long things take.
    """

    def __init__(self, simulation: Simulation, catalogue: Catalogue, timings: Timings) -> None:
        self.simulation = simulation
        self._catalogue = catalogue
        self._timings = timings
        self.hosts = Hosts()
        self._regions: dict[tuple[str, str], Region] = {}
        self.targets = Targets(simulation, timings, self._probe, self._target_changed)
        self.fargate = Fargate()
        self.roles = Roles(simulation, timings)
        self.buses = Buses(simulation, timings)

    def region(self, account: str, name: str) -> Region:
        """Return the ECS of an account and region, empty where nobody has asked for it yet."""
        known = self._regions.get((account, name))
        if known is None:
            shared = Shared(self.roles, self.fargate, self.targets, self.hosts, self.buses)
            known = Region(account, name, self.simulation, self._catalogue, self._timings, shared)
            self._regions[account, name] = known
        return known

    def has_service(self, account: str, region: str, cluster: str, service: str) -> bool:
        """Tell whether there is an active service, from a request's thread."""
        with self.simulation.lock:
            known = self.region(account, region).services.get((cluster, service))
            return known is not None and known.status == "ACTIVE"

    def interrupt_spot(self, task_arn: str) -> None:
        """Interrupt a Spot task, as AWS does for its capacity (KeyError, ValueError: no such Spot task)."""
        region, task = self._task(task_arn)
        region.interrupt_spot(task)

    def maintain_host(self, task_arn: str) -> None:
        """Begin maintenance of the host that runs a task (KeyError: no such task)."""
        region, task = self._task(task_arn)
        region.maintain_host(task)

    def _task(self, task_arn: str) -> tuple[Region, Task]:
        _, _, _, name, account, *_ = task_arn.split(":")
        region = self.region(account, name)
        return region, region.tasks[task_arn]

    def roles_may_change(self, account: str) -> None:
        """Take note of an account's roles, from a request's thread."""
        with self.simulation.lock:
            self.simulation.advance()
            self.roles.note(account)

    def _probe(self, group: Any, address: str, port: int, path: str) -> Status | None:
        tls = {"HTTP": False, "HTTPS": True}.get(group.health_check_protocol)  # TCP speaks neither
        return self.region(group.account_id, group.region_name).probe(group, address, port, path, tls=tls)

    def _target_changed(self, key: TargetKey) -> None:
        # arn:aws:elasticloadbalancing:region:account:targetgroup/name/id
        _, _, _, name, account, *_ = key.target_group_arn.split(":")
        region = self.region(account, name)
        for service in list(region.services.values()):
            if any(
                balancer["targetGroupArn"] == key.target_group_arn
                for d in service.deployments
                for balancer in d.revision.balancers
            ):
                region.observer.target_changed(service, key)
