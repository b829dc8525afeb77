"""What has to succeed before a task's containers start, in the order in which Fargate fails."""

from sandbox.ecs.efs import mount_problem
from sandbox.ecs.env_files import env_file_problem
from sandbox.ecs.execution import Execution, Problem
from sandbox.ecs.log_driver import driver_problem, may_write
from sandbox.ecs.model import Container, Task
from sandbox.ecs.network import Network
from sandbox.ecs.registry import authorization_problem, pull_problem
from sandbox.ecs.roles import Roles
from sandbox.ecs.secrets import secret_problem
from sandbox.hosts import Hosts
from sandbox.simulation import Simulation


class Preparation:
    """Asks the other services of one account and region on behalf of its tasks."""

    def __init__(
        self, account: str, region: str, simulation: Simulation, roles: Roles, hosts: Hosts, network: Network
    ) -> None:
        self._account = account
        self._region = region
        self._simulation = simulation
        self._roles = roles
        self._hosts = hosts
        self._network = network

    def problem(self, task: Task) -> Problem | None:
        """Return why a task does not get as far as its images: files, secrets, registry, log driver, then volumes."""
        execution = self._execution(task)
        return (
            _env_files_problem(execution, task)
            or _secrets_problem(execution, task)
            or authorization_problem(execution, [each.image for each in task.containers])
            or _log_problem(execution, task)
            or mount_problem(execution, task)
        )

    def pull_problem(self, task: Task, reference: str) -> Problem | None:
        """Return why an image of a task cannot be pulled, whether or not the registry has it."""
        return pull_problem(self._execution(task), reference)

    def may_write(self, task: Task, container: Container) -> bool:
        """Tell whether what a container prints may be put into its stream."""
        options = awslogs(container)
        return options is not None and may_write(self._execution(task), options, stream_name(task, container))

    def _execution(self, task: Task) -> Execution:
        if task.interface is None:
            raise ValueError(f"{task.arn} has no network interface yet")
        return Execution(
            account=self._account,
            region=self._region,
            role_arn=task.revision.execution_role(task.overrides),
            task_id=task.id,
            interface=task.interface,
            network=self._network,
            roles=self._roles,
            hosts=self._hosts,
            random=self._simulation.random,
        )


def awslogs(container: Container) -> dict[str, str] | None:
    """Return the options of a container's awslogs driver; None where it has another one, or none."""
    logging = container.definition.get("logConfiguration") or {}
    return dict(logging.get("options") or {}) if logging.get("logDriver") == "awslogs" else None


def stream_name(task: Task, container: Container) -> str:
    """Return the name of the log stream of a container: `prefix/container/task`."""
    prefix = (awslogs(container) or {}).get("awslogs-stream-prefix", "ecs")
    return f"{prefix}/{container.name}/{task.id}"


def _secrets_problem(execution: Execution, task: Task) -> Problem | None:
    for container in task.containers:
        for secret in container.definition.get("secrets") or []:
            if problem := secret_problem(execution, secret["valueFrom"]):
                return problem
    return None


def _env_files_problem(execution: Execution, task: Task) -> Problem | None:
    problems = (env_file_problem(execution, container.definition) for container in task.containers)
    return next((problem for problem in problems if problem), None)


def _log_problem(execution: Execution, task: Task) -> Problem | None:
    for container in task.containers:
        options = awslogs(container)
        if options is None:
            continue
        if problem := driver_problem(execution, options, stream_name(task, container)):
            return problem
    return None
