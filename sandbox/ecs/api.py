"""moto's response class of ECS with ours in place of what moto does not do as AWS does; the rest is inherited."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from moto.core.responses import ActionResult, EmptyResult
from moto.ecs.responses import EC2ContainerServiceResponse

from sandbox.ecs import protection, rollouts, services, task_operations
from sandbox.ecs.errors import ClusterContainsServicesError, InvalidParameterError
from sandbox.ecs.model import Service, Task
from sandbox.ecs.region import Region
from sandbox.ecs.validation import check_task_definition
from sandbox.ecs.world import Ecs

Operation = Callable[[Region, Mapping[str, Any]], dict[str, Any]]


class SimEcs(EC2ContainerServiceResponse):  # type: ignore[misc]  # moto has no types
    """The operations of ECS. moto makes one object for each request; `ecs` is what all of them ask."""

    ecs: ClassVar[Ecs]

    @property
    def _region(self) -> Region:
        return self.ecs.region(self.current_account, self.region)

    def _answer(self, operation: Operation) -> ActionResult:
        with self.ecs.simulation.lock:
            self.ecs.simulation.advance()
            return ActionResult(operation(self._region, self._get_params()))

    def create_service(self) -> ActionResult:
        """CreateService."""
        return self._answer(services.create_service)

    def update_service(self) -> ActionResult:
        """UpdateService."""
        return self._answer(services.update_service)

    def delete_service(self) -> ActionResult:
        """DeleteService."""
        return self._answer(services.delete_service)

    def describe_services(self) -> ActionResult:
        """DescribeServices."""
        return self._answer(services.describe_services)

    def list_services(self) -> ActionResult:
        """ListServices."""
        return self._answer(services.list_services)

    def list_service_deployments(self) -> ActionResult:
        """ListServiceDeployments."""
        return self._answer(rollouts.list_service_deployments)

    def describe_service_deployments(self) -> ActionResult:
        """DescribeServiceDeployments."""
        return self._answer(rollouts.describe_service_deployments)

    def describe_service_revisions(self) -> ActionResult:
        """DescribeServiceRevisions."""
        return self._answer(rollouts.describe_service_revisions)

    def stop_service_deployment(self) -> ActionResult:
        """StopServiceDeployment."""
        return self._answer(rollouts.stop_service_deployment)

    def continue_service_deployment(self) -> ActionResult:
        """ContinueServiceDeployment."""
        return self._answer(rollouts.continue_service_deployment)

    def run_task(self) -> ActionResult:
        """RunTask."""
        return self._answer(task_operations.run_task)

    def stop_task(self) -> ActionResult:
        """StopTask."""
        return self._answer(task_operations.stop_task)

    def describe_tasks(self) -> ActionResult:
        """DescribeTasks."""
        return self._answer(task_operations.describe_tasks)

    def list_tasks(self) -> ActionResult:
        """ListTasks."""
        return self._answer(task_operations.list_tasks)

    def get_task_protection(self) -> ActionResult:
        """GetTaskProtection."""
        return self._answer(protection.get_task_protection)

    def update_task_protection(self) -> ActionResult:
        """UpdateTaskProtection."""
        return self._answer(protection.update_task_protection)

    def register_task_definition(self) -> ActionResult:
        """RegisterTaskDefinition: moto's, after AWS's checks."""
        given = self._get_params()
        cpu, memory = check_task_definition(given)
        for container in given["containerDefinitions"]:
            for mapping in container.get("portMappings") or []:
                # What AWS fills in for network mode awsvpc.
                mapping.setdefault("hostPort", mapping.get("containerPort"))
                mapping.setdefault("protocol", "tcp")
        result = super().register_task_definition()
        definition = result.result["taskDefinition"]
        definition.cpu, definition.memory = cpu, memory
        return result

    def describe_clusters(self) -> ActionResult:
        """DescribeClusters: moto's, with the counts of our tasks and services."""
        with self.ecs.simulation.lock:
            self.ecs.simulation.advance()
            for cluster in self.ecs_backend.clusters.values():
                tasks = [task for task in self._region.tasks.values() if task.cluster_arn == cluster.arn and task.live]
                cluster.running_tasks_count = sum(task.running for task in tasks)
                cluster.pending_tasks_count = len(tasks) - cluster.running_tasks_count
                cluster.active_services_count = len(self._active_services(cluster.arn))
            return super().describe_clusters()

    def delete_cluster(self) -> ActionResult:
        """DeleteCluster: moto's, unless services are active."""
        cluster = self.ecs_backend._get_cluster(self._get_param("cluster"))  # noqa: SLF001 - moto's own look-up
        with self.ecs.simulation.lock:
            self.ecs.simulation.advance()
            if self._active_services(cluster.arn):
                raise ClusterContainsServicesError("The Cluster cannot be deleted while Services are active.")
        return super().delete_cluster()

    def _active_services(self, cluster_arn: str) -> list[Service]:
        every = self._region.services.values()
        return [each for each in every if each.cluster_arn == cluster_arn and each.status == "ACTIVE"]

    def list_tags_for_resource(self) -> ActionResult:
        """ListTagsForResource: ours for services and tasks."""
        ours = self._tagged()
        return ActionResult({"tags": ours.tags}) if ours else super().list_tags_for_resource()

    def tag_resource(self) -> ActionResult:
        """TagResource: ours for services and tasks."""
        new = self._get_param("tags") or []
        if not all(tag.get("key") for tag in new):
            raise InvalidParameterError("Tag key can not be blank.")
        ours = self._tagged()
        if ours is None:
            return super().tag_resource()
        names = {tag["key"] for tag in new}
        ours.tags = [tag for tag in ours.tags if tag["key"] not in names] + list(new)
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """UntagResource: ours for services and tasks."""
        ours = self._tagged()
        if ours is None:
            return super().untag_resource()
        names = set(self._get_param("tagKeys") or [])
        ours.tags = [tag for tag in ours.tags if tag["key"] not in names]
        return EmptyResult()

    def _tagged(self) -> Service | Task | None:
        arn = self._get_param("resourceArn")
        region = self._region
        service = next((each for each in region.services.values() if each.arn == arn), None)
        return service or region.tasks.get(arn)
