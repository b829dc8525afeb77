"""The few writes that the driver makes in AWS. Reads are `diagnostics.aws`."""

from collections import Counter
from functools import cached_property
from typing import Any

import boto3
from botocore.config import Config

from diagnostics.reads import SessionSettings

_CONFIG = {"connect_timeout": 5, "read_timeout": 15, "retries": {"mode": "standard", "total_max_attempts": 5}}


class Writer:
    """Changes ECS deployments, in one account and region; counts its calls by operation."""

    def __init__(self, settings: SessionSettings) -> None:
        self._settings = settings
        self.api_calls: Counter[str] = Counter()

    def stop_service_deployment(self, arn: str) -> None:
        """Ask ECS to stop a service deployment and roll back to the last one that completed.

        Works without a rollback configured, within 20 to 45 seconds; of a first deployment it ends in ROLLBACK_FAILED
        (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html).

        Raises:
            botocore.exceptions.ClientError: AWS refused, ConflictException where the deployment is already over.
        """
        self.api_calls["ecs:StopServiceDeployment"] += 1
        self._ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")

    @cached_property
    def _ecs(self) -> Any:
        session = boto3.Session(profile_name=self._settings.profile, region_name=self._settings.region)
        return session.client("ecs", endpoint_url=self._settings.endpoint_url, config=Config(**_CONFIG))  # type: ignore[arg-type]
