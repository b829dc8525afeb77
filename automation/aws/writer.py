"""The few writes that the driver makes in AWS. Reads are `diagnostics.aws`."""

from collections import Counter
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

_CONFIG = Config(connect_timeout=5, read_timeout=15, retries={"mode": "standard", "total_max_attempts": 5})

_REFUSED_FOR_GOOD = {
    "AccessDeniedException",
    "ConflictException",
    "InvalidParameterException",
    "ServiceDeploymentNotFoundException",
    "UnsupportedFeatureException",
}
"""Errors of StopServiceDeployment that asking again does not change (its page in the ECS API reference)."""


class Writer:
    """Changes ECS deployments, in one account and region; counts its calls by operation."""

    def __init__(self, session: boto3.Session, endpoint_url: str | None) -> None:
        self._ecs = session.client("ecs", endpoint_url=endpoint_url, config=_CONFIG)
        self.api_calls: Counter[str] = Counter()

    def stop_service_deployment(self, arn: str) -> None:
        """Ask ECS to stop a service deployment and roll back to the last one that completed.

        Works without a rollback configured, within 20 to 45 seconds; of a first deployment it ends in ROLLBACK_FAILED
        (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stop-service-deployment.html).

        Raises:
            PermissionError: AWS refused, and would again: the caller may not, or the deployment is already over.
            botocore.exceptions.ClientError: anything else, which may pass.
        """
        self.api_calls["StopServiceDeployment"] += 1
        try:
            self._ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType="ROLLBACK")
        except ClientError as refusal:
            if refusal.response["Error"]["Code"] in _REFUSED_FOR_GOOD:
                raise PermissionError(str(refusal)) from refusal
            raise

    def deploy_again(self, cluster: str, service: str, task_definition: str) -> str:
        """Ask ECS for a new deployment of this revision, and return the deployment's id: `ecs-svc/…`.

        `forceNewDeployment` deploys without any change of the service, and has ECS look up the images' digests again
        (UpdateService of the API reference).

        Raises:
            botocore.exceptions.ClientError: AWS refused.
        """
        self.api_calls["UpdateService"] += 1
        answer: Any = self._ecs.update_service(
            cluster=cluster, service=service, taskDefinition=task_definition, forceNewDeployment=True
        )
        return next((str(each["id"]) for each in answer["service"]["deployments"] if each["status"] == "PRIMARY"), "")

    def set_desired_count(self, cluster: str, service: str, count: int) -> None:
        """Set how many tasks a service wants; that is no new deployment (UpdateService of the API reference).

        Raises:
            botocore.exceptions.ClientError: AWS refused.
        """
        self.api_calls["UpdateService"] += 1
        self._ecs.update_service(cluster=cluster, service=service, desiredCount=count)

    def deploy_revision(self, cluster: str, service: str, task_definition: str) -> str:
        """Have a service run another task definition, and return the id of the deployment that this begins.

        Raises:
            botocore.exceptions.ClientError: AWS refused.
            LookupError: ECS began no deployment of it.
        """
        self.api_calls["UpdateService"] += 1
        answer = self._ecs.update_service(cluster=cluster, service=service, taskDefinition=task_definition)
        for deployment in answer["service"]["deployments"]:
            if deployment["status"] == "PRIMARY" and deployment["taskDefinition"] == task_definition:
                return str(deployment["id"])
        msg = f"ECS took the request, and shows no PRIMARY deployment of {task_definition}"
        raise LookupError(msg)
