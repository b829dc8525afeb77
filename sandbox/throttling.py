"""ECS's request limits: token buckets of an account and region, refilled by the sandbox's clock.

Groups and figures: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from threading import Lock


@dataclass(frozen=True)
class Limit:
    """A bucket holds `burst` requests and gets `refill` a second; `operations` share it."""

    name: str
    burst: int
    refill: int
    operations: tuple[str, ...]


LIMITS = (
    Limit("service read", 100, 20, ("DescribeServices", "ListServices", "ListServicesByNamespace")),
    Limit(
        "cluster resource read",
        100,
        20,
        ("DescribeTasks", "ListTasks", "DescribeContainerInstances", "ListContainerInstances"),
    ),
    Limit("service deployment read", 50, 20, ("DescribeServiceDeployments", "ListServiceDeployments")),
    Limit("service revision read", 50, 20, ("DescribeServiceRevisions",)),
    Limit("service modify", 50, 5, ("CreateService", "DeleteService", "UpdateService")),
    Limit("cluster resource modify", 100, 40, ("RunTask", "StartTask", "StopTask", "ExecuteCommand")),
    Limit("task definition modify", 20, 1, ("RegisterTaskDefinition", "DeregisterTaskDefinition")),
    Limit(
        "task definition read",
        50,
        20,
        ("DescribeTaskDefinition", "ListTaskDefinitions", "ListTaskDefinitionFamilies"),
    ),
    Limit("task definition delete", 5, 1, ("DeleteTaskDefinitions",)),
    Limit(
        "cluster modify",
        20,
        1,
        ("CreateCluster", "DeleteCluster", "UpdateCluster", "UpdateClusterSettings", "PutClusterCapacityProviders"),
    ),
    Limit("cluster read", 50, 20, ("DescribeClusters", "ListClusters")),
    Limit("tag modify", 20, 10, ("TagResource", "UntagResource")),
    Limit("tag read", 50, 20, ("ListTagsForResource",)),
    Limit("settings modify", 10, 1, ("PutAccountSetting", "PutAccountSettingDefault", "DeleteAccountSetting")),
    Limit("settings read", 50, 20, ("ListAccountSettings",)),
    Limit("task protection", 200, 80, ("GetTaskProtection", "UpdateTaskProtection")),
)
"""StopServiceDeployment and ContinueServiceDeployment are in no listed group: they are not limited."""

_BY_OPERATION: Mapping[str, Limit] = {operation: limit for limit in LIMITS for operation in limit.operations}


@dataclass
class _Bucket:
    tokens: float
    at: datetime


class Buckets:
    """The buckets of every caller; one more request than a bucket holds is refused."""

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str], _Bucket] = {}
        self._lock = Lock()

    def take(self, caller: str, operation: str, now: datetime) -> bool:
        """Take a token for an operation of ECS; return whether there was one.

        Args:
            caller: account and region.
            operation: AWS's name of it; one that is in no group is not limited.
            now: the time on the sandbox's clock.
        """
        limit = _BY_OPERATION.get(operation)
        if limit is None:
            return True
        with self._lock:
            bucket = self._buckets.setdefault((caller, limit.name), _Bucket(limit.burst, now))
            gained = max(0.0, (now - bucket.at).total_seconds()) * limit.refill
            bucket.tokens = min(float(limit.burst), bucket.tokens + gained)
            bucket.at = max(bucket.at, now)
            if bucket.tokens < 1:
                return False
            bucket.tokens -= 1
            return True
