"""The ECS services of a stack, as its state knows them: each with the place that its own provider names."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from automation.aws.account import Provider, account_of, provider_urn, providers_of_state, region_of
from automation.engine.update import SERVICE_TYPE, Operation, ServiceTarget


def services_of_state(deployment: Mapping[str, Any]) -> tuple[ServiceTarget, ...]:
    """Return the services that an exported state holds and that are not about to be deleted."""
    return tuple(_services(deployment.get("resources") or [], providers_of_state(deployment)))


def _services(resources: Iterable[Mapping[str, Any]], providers: Mapping[str, Provider]) -> Iterator[ServiceTarget]:
    for resource in resources:
        outputs = resource.get("outputs") or {}
        arn = str(resource.get("id") or "")
        name = outputs.get("name") or arn.rpartition("/")[2]
        if resource.get("type") != SERVICE_TYPE or resource.get("delete") or not name:
            continue
        cluster = str(outputs.get("cluster") or "default")
        arns = [arn, cluster, outputs.get("taskDefinition")]
        provider = providers.get(provider_urn(resource))
        yield ServiceTarget(
            urn=resource["urn"],
            name=str(name),
            cluster=cluster,
            wanted=None,
            operation=Operation.SAME,
            region=region_of(arns) or outputs.get("region") or (provider.settings.region if provider else None),
            deploys=False,
            account=account_of(arns),
            provider=provider,
        )
