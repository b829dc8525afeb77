"""`aws:ecs/clusterCapacityProviders:ClusterCapacityProviders`: which providers a cluster has, and which it takes."""

from collections.abc import Mapping
from typing import Any, ClassVar

from sandbox.provider.plain import Ask, Plain
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, blocks, text, texts, whole
from sandbox.provider.wire import Values


class ClusterCapacityProviders(Plain):
    """The providers of a cluster; its id is the cluster's name."""

    type_name = "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders"
    label = "ECS Cluster Capacity Providers"
    service = "ecs"
    service_id = "ECS"
    taggable = False
    lower = True
    properties: ClassVar[Properties] = {
        "capacityProviders": texts(),
        "clusterName": text(required=True, force_new=True),
        "defaultCapacityProviderStrategies": blocks(
            {"base": whole(default=0), "capacityProvider": text(required=True), "weight": whole(default=0)},
            member="defaultCapacityProviderStrategy",
        ),
    }
    reads = Ask("describe_clusters", lambda call: {"clusters": [call.id]}, "clusters.0")

    def title(self, call: Call) -> str:
        """Errors name the cluster."""
        return str(call.inputs["clusterName"])

    def create(self, call: Call) -> str:
        """Put them over those that the cluster has."""
        self._put(call, call.inputs["clusterName"], call.inputs)
        return str(call.inputs["clusterName"])

    def find(self, call: Call) -> Mapping[str, Any] | None:
        """Return the cluster, unless it is INACTIVE."""
        found = super().find(call)
        return None if found is None or found.get("status") == "INACTIVE" else found

    def update(self, call: Call) -> None:
        """Put them again."""
        self._put(call, call.id, call.inputs)

    def delete(self, call: Call) -> None:
        """Take all of them away."""
        if self.find(call) is not None:
            self._put(call, call.id, {})

    def _put(self, call: Call, cluster: str, values: Values) -> None:
        strategy = values.get("defaultCapacityProviderStrategies") or []
        self.client(call).put_cluster_capacity_providers(
            cluster=cluster,
            capacityProviders=values.get("capacityProviders") or [],
            defaultCapacityProviderStrategy=strategy,
        )
