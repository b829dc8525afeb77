"""ECS on Fargate on top of moto: `install` makes moto answer for ECS with a scheduler that behaves like AWS's."""

from collections.abc import Mapping

from sandbox.ecs.world import Ecs
from sandbox.images import Catalogue
from sandbox.simulation import Simulation
from sandbox.timings import Range, Timings, load_timings

__all__ = ["Ecs", "install"]


def install(simulation: Simulation, catalogue: Catalogue, timings: Mapping[str, Range] | None = None) -> Ecs:
    """Swap moto's ECS and its target health for ours, in this process; call it before the first request.

    It serves every account and region that a request names. A second call replaces the first: one sandbox a process.

    Args:
        simulation: its clock is ECS's clock; each ECS request advances it first.
        catalogue: what images do when they run.
        timings: as `load_timings` reads them; the sandbox's own where None.
    """
    import moto.ecs.urls
    import moto.events.urls
    import moto.iam.urls

    from sandbox import autoscaling
    from sandbox.ecs import quotas
    from sandbox.ecs.api import SimEcs
    from sandbox.ecs.roles import WatchedIam
    from sandbox.elb import install_target_health
    from sandbox.events.api import SimEvents

    ecs = Ecs(simulation, catalogue, Timings(load_timings() if timings is None else timings, simulation.seed))
    SimEcs.ecs = ecs
    moto.ecs.urls.url_paths["{0}/$"] = SimEcs.dispatch
    WatchedIam.changing = ecs.roles_may_change
    moto.iam.urls.url_paths["{0}/$"] = WatchedIam.dispatch
    SimEvents.buses, SimEvents.simulation = ecs.buses, simulation
    moto.events.urls.url_paths["{0}/"] = SimEvents.dispatch
    install_target_health(ecs.targets)
    autoscaling.install(ecs.has_service)
    quotas.install(ecs.fargate)
    return ecs
