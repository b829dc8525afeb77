"""The ECS of one account and region: its services, revisions and tasks, and the parts that move them."""

import uuid
from dataclasses import dataclass
from typing import Any

from sandbox.ecs.admission import Admission, Fargate
from sandbox.ecs.capacity import MAINTENANCE_REASON, SPOT, SPOT_REASON, choose, counts_by_provider
from sandbox.ecs.eventbridge import EventBridge
from sandbox.ecs.events import Events
from sandbox.ecs.expiry import Expiry
from sandbox.ecs.failure import Failures
from sandbox.ecs.health import Health
from sandbox.ecs.lifecycle import Lifecycle, first_stage, gradual
from sandbox.ecs.model import Container, Deployment, Revision, Service, ServiceDeployment, Task
from sandbox.ecs.network import Network
from sandbox.ecs.observer import Observer
from sandbox.ecs.preparation import Preparation
from sandbox.ecs.roles import ProgramCalls, Roles
from sandbox.ecs.scheduler import Scheduler
from sandbox.ecs.situations import Situations
from sandbox.ecs.surroundings import Surroundings
from sandbox.ecs.tasks import Lives
from sandbox.ecs.traffic import Traffic
from sandbox.elb import Targets
from sandbox.events.buses import Buses
from sandbox.hosts import Hosts
from sandbox.images import Catalogue, Status
from sandbox.simulation import Simulation
from sandbox.timings import Timings

_NANOID = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"
_NANOID_LENGTH = 21


@dataclass(frozen=True)
class Shared:
    """What every account and region of a sandbox has in common."""

    roles: Roles
    fargate: Fargate
    targets: Targets
    hosts: Hosts
    buses: Buses


class Region:
    """What ECS remembers of an account and region. Names are keys: services by (cluster's name, service's name)."""

    def __init__(
        self,
        account: str,
        name: str,
        simulation: Simulation,
        catalogue: Catalogue,
        timings: Timings,
        shared: Shared,
    ) -> None:
        targets = shared.targets
        self.account = account
        self.name = name
        self.simulation = simulation
        self.surroundings = Surroundings(account, name, catalogue)
        self.network = Network(account, name)
        Expiry(account, name, simulation, timings).begin()
        self.preparation = Preparation(account, name, simulation, shared.roles, shared.hosts, self.network)
        self.services: dict[tuple[str, str], Service] = {}
        self.tasks: dict[str, Task] = {}
        self.admission = Admission(self.surroundings, shared.roles, shared.fargate, self.tasks)
        self.revisions: dict[str, Revision] = {}
        self.service_deployments: dict[str, ServiceDeployment] = {}
        self.bridge = EventBridge(account, name, simulation, shared.buses)
        events = Events(simulation, self.bridge)
        health = Health(simulation, targets, timings.typical("healthy_without_checks"))
        self.failures = Failures(
            simulation,
            timings,
            events,
            self.surroundings,
            self._poke,
        )
        self.lifecycle = Lifecycle(simulation, timings, self.failures, Traffic(account, name))
        self.lifecycle.on_hook = self.bridge.hook_changed
        self.scheduler = Scheduler(simulation, timings, health, events, self.failures, self.lifecycle, self._launch)
        self.scheduler.admission = self.admission
        self.observer = Observer(simulation, timings, health, events, self.failures, self.scheduler.poke)
        self.situations = Situations(account, name, shared.hosts, ProgramCalls(shared.roles))
        self.lives = Lives(
            simulation,
            timings,
            self.surroundings,
            self.preparation,
            targets,
            self.observer.task_changed,
            self._forget_task,
            self.situations,
        )
        self.lives.takes_tasks = shared.fargate.has_capacity
        self.scheduler.lives = self.lives

    def arn(self, kind: str, *parts: str) -> str:
        """Return an ARN of ECS: `arn("task", cluster, id)`."""
        return f"arn:aws:ecs:{self.name}:{self.account}:{kind}/{'/'.join(parts)}"

    # --- deployments

    def deploy(self, service: Service, task_definition: Any) -> Deployment:
        """Begin a new deployment of a service with its present settings."""
        now = self.simulation.now
        sources = [deployment.revision for deployment in service.deployments]
        self.failures.superseded(service)
        for replaced in service.deployments:
            replaced.status = "ACTIVE"
            if replaced.completion:
                replaced.completion.cancel()
                replaced.completion = None
        revision = self._revision(service, task_definition)
        if gradual(service) and revision.load_balancers:
            working = service.rollback_candidate or (service.primary if service.deployments else None)
            revision.alternate = working is not None and not working.revision.alternate
        deployment = Deployment(revision, now, now, f"ECS deployment ecs-svc/{revision.number} in progress.")
        deployment.digests_settled = all("@sha256:" in each["image"] for each in revision.containers)
        service.deployments.insert(0, deployment)
        cluster = service.cluster_arn.rpartition("/")[2]
        nanoid = "".join(self.simulation.random.choice(_NANOID) for _ in range(_NANOID_LENGTH))
        arn = self.arn("service-deployment", cluster, service.name, nanoid)
        rollout = ServiceDeployment(arn, deployment, sources, service.configuration, now, now)
        rollout.stage = first_stage(len(sources)) if gradual(service) else None
        self.service_deployments[arn] = rollout
        service.service_deployments.insert(0, rollout)
        service.unsteady = True
        self.failures.begin(service)
        return deployment

    def _revision(self, service: Service, task_definition: Any) -> Revision:
        number = self.simulation.random.randrange(10**18, 10**19)
        cluster = service.cluster_arn.rpartition("/")[2]
        settings = service.settings
        revision = Revision(
            arn=self.arn("service-revision", cluster, service.name, str(number)),
            number=number,
            service_arn=service.arn,
            cluster_arn=service.cluster_arn,
            task_definition=task_definition,
            network_configuration=settings.get("networkConfiguration") or {},
            load_balancers=settings.get("loadBalancers") or [],
            platform_version=settings["platformVersion"],
            launch_type=settings.get("launchType") or "FARGATE",
            capacity_provider_strategy=settings.get("capacityProviderStrategy") or [],
            created_at=self.simulation.now,
            service_connect=settings.get("serviceConnectConfiguration") or {},
            volumes=settings.get("volumeConfigurations") or [],
        )
        self.revisions[revision.arn] = revision
        return revision

    # --- tasks

    def make_task(self, revision: Revision, group: str, started_by: str | None, tags: list[dict[str, str]]) -> Task:
        """Make a task that is PROVISIONING, and remember it; its life begins with `lives.start`."""
        random = self.simulation.random
        cluster, identifier = revision.cluster_arn.rpartition("/")[2], f"{random.getrandbits(128):032x}"
        containers = [
            Container(
                self.arn("container", cluster, identifier, str(uuid.UUID(int=random.getrandbits(128), version=4))),
                each["name"],
                each["image"],
                each,
            )
            for each in revision.containers
        ]
        task = Task(
            arn=self.arn("task", cluster, identifier),
            cluster_arn=revision.cluster_arn,
            revision=revision,
            group=group,
            started_by=started_by,
            created_at=self.simulation.now,
            containers=containers,
            tags=tags,
            on_version=self.bridge.task_changed,
        )
        self.tasks[task.arn] = task
        self.bridge.task_changed(task)
        return task

    def _launch(self, service: Service, deployment: Deployment) -> Task:
        propagate = service.settings.get("propagateTags")
        tags = {"SERVICE": service.tags, "TASK_DEFINITION": deployment.revision.task_definition.tags}.get(
            propagate or "NONE", []
        )
        task = self.make_task(deployment.revision, f"service:{service.name}", deployment.id, list(tags or []))
        task.service, task.deployment = service, deployment
        strategy = service.settings.get("capacityProviderStrategy") or []
        task.capacity_provider = choose(strategy, counts_by_provider(service.tasks))
        service.tasks.append(task)
        return task

    def interrupt_spot(self, task: Task) -> None:
        """Take a Spot task's capacity back: it gets SIGTERM at once and no more time (ValueError: no Spot task)."""
        if task.capacity_provider != SPOT:
            raise ValueError(f"{task.arn} does not run on {SPOT}")
        self.lives.stop(task, "SpotInterruption", SPOT_REASON, drain=False)
        self._lost(task)

    def maintain_host(self, task: Task) -> None:
        """Begin maintenance of a task's host: a service replaces the task by its percentages, another one stops."""
        if not task.live:
            return
        if task.service is None:
            self.lives.stop(task, "TerminationNotice", MAINTENANCE_REASON)
            return
        task.unhealthy_reason, task.retiring = MAINTENANCE_REASON, True
        self._lost(task)

    def _lost(self, task: Task) -> None:
        if task.service:
            task.service.unsteady = True
            self.scheduler.poke(task.service)

    def _poke(self, service: Service, seconds: float) -> None:
        self.scheduler.poke(service, seconds)

    def _forget_task(self, task: Task) -> None:
        self.tasks.pop(task.arn, None)

    def probe(self, group: Any, address: str, port: int, path: str, *, tls: bool | None = False) -> Status | None:
        """Ask what runs at an address, as the load balancers of moto's target group do; None: nothing listens."""
        vpc_id = group.vpc_id
        for task in self.tasks.values():
            interface = task.interface
            if interface is None or interface.address != address or interface.vpc_id != vpc_id:
                continue
            if not self.network.admits(group, interface, port):
                return "timeout"
            for container in task.containers:
                if container.runs and container.process:
                    answer = container.process.answer(port, path, tls=tls)
                    if answer is not None:
                        return answer
        return None
