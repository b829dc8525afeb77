"""Every account's and region's ECS in one sandbox, on one simulation."""

from typing import Any

from sandbox.ecs.region import Region
from sandbox.elb import TargetKey, Targets
from sandbox.hosts import Hosts
from sandbox.images import Catalogue, Status
from sandbox.simulation import Simulation
from sandbox.timings import Timings


class Ecs:
    """The sandbox's ECS. `targets` is Elastic Load Balancing's view of the tasks, `hosts` what there is outside AWS.

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

    def region(self, account: str, name: str) -> Region:
        """Return the ECS of an account and region, empty where nobody has asked for it yet."""
        known = self._regions.get((account, name))
        if known is None:
            known = Region(account, name, self.simulation, self._catalogue, self._timings, self.targets, self.hosts)
            self._regions[account, name] = known
        return known

    def _probe(self, group: Any, address: str, port: int, path: str) -> Status | None:
        tls = {"HTTP": False, "HTTPS": True}.get(group.health_check_protocol)  # TCP speaks neither
        return self.region(group.account_id, group.region_name).probe(group.vpc_id, address, port, path, tls=tls)

    def _target_changed(self, key: TargetKey) -> None:
        # arn:aws:elasticloadbalancing:region:account:targetgroup/name/id
        _, _, _, name, account, *_ = key.target_group_arn.split(":")
        region = self.region(account, name)
        for service in list(region.services.values()):
            if any(
                balancer["targetGroupArn"] == key.target_group_arn
                for d in service.deployments
                for balancer in d.revision.load_balancers
            ):
                region.scheduler.target_changed(service, key)
