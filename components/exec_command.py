"""What ECS Exec needs, where a team turns it on: directories for its agent, and its channel to Systems Manager.

The agent writes to its own directories, and the root file system stays read-only: the workaround of
https://github.com/aws/containers-roadmap/issues/1359 and https://github.com/aws-containers/amazon-ecs-exec-checker/issues/21.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from .container import APP, Mount

_PATHS = {
    "exec-agent": "/managed-agents",
    "exec-state": "/var/lib/amazon/ssm",
    "exec-logs": "/var/log/amazon/ssm",
}
ACTIONS = (
    "ssmmessages:CreateControlChannel",
    "ssmmessages:CreateDataChannel",
    "ssmmessages:OpenControlChannel",
    "ssmmessages:OpenDataChannel",
)
"""None of them knows a resource: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html"""


def mounts(containers: Sequence[Mapping[str, Any]]) -> list[Mount]:
    """Return the directories of the agent in each container, each on a volume of its own."""
    return [
        Mount(container["name"], volume if container["name"] == APP else f"{container['name']}-{volume}", path)
        for container in containers
        for volume, path in _PATHS.items()
        if path not in container["writable_paths"]
    ]
