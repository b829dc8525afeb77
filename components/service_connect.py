"""Service Connect as ECS gets it: the service's name in a namespace, or that there is none."""

import pulumi_aws as aws

from .container import APP
from .settings import Settings


def configuration(settings: Settings) -> aws.ecs.ServiceServiceConnectConfigurationArgsDict:
    """Return `service_connect_configuration`; off is written out, because ECS keeps what is left out."""
    wanted = settings.service_connect
    if wanted is None:
        return {"enabled": False}
    parts: aws.ecs.ServiceServiceConnectConfigurationArgsDict = {
        "enabled": True,
        "namespace": wanted.namespace,
        # What the proxy itself says goes where the containers' output goes, and does not block it either.
        "log_configuration": {
            "log_driver": "awslogs",
            "options": {
                "awslogs-group": settings.log_group_name,
                "awslogs-stream-prefix": "service-connect",
                "mode": "non-blocking",
                "max-buffer-size": settings.log_max_buffer_size,
            },
        },
    }
    if settings.container_port is None:
        return parts  # it calls others, and is not called
    port = settings.container_port if wanted.port is None else wanted.port
    alias: aws.ecs.ServiceServiceConnectConfigurationServiceClientAliasArgsDict = {"port": port}
    if wanted.dns_name is not None:
        alias["dns_name"] = wanted.dns_name
    name = settings.service_name.lower() if wanted.discovery_name is None else wanted.discovery_name
    parts["services"] = [{"port_name": APP, "discovery_name": name, "client_alias": [alias]}]
    return parts
