"""Application Auto Scaling where moto 5.2.5 does not reach: services of the sandbox's ECS, and tags of targets.

Targets, policies and scheduled actions are stored and shown; nothing scales by them.
"""

import json
from collections.abc import Callable
from typing import Any

from moto.applicationautoscaling.exceptions import AWSValidationException
from moto.applicationautoscaling.models import ApplicationAutoscalingBackend
from moto.applicationautoscaling.responses import ApplicationAutoScalingResponse
from moto.utilities.tagging_service import TaggingService

HasService = Callable[[str, str, str, str], bool]
"""Whether an account and region has an active service of a cluster: account, region, cluster, service."""


def install(has_service: HasService) -> None:
    """Have moto ask our ECS for services, and take tags."""

    def exists(backend: Any, resource_id: str) -> bool:
        # The words are moto's.
        _, cluster, service = resource_id.split("/")
        if not has_service(backend.account_id, backend.region_name, cluster, service):
            raise AWSValidationException(f"ECS service doesn't exist: {resource_id}")
        return True

    mended: tuple[tuple[type, str, Any], ...] = (
        (ApplicationAutoscalingBackend, "_ecs_service_exists_for_target", exists),
        (ApplicationAutoScalingResponse, "register_scalable_target", _register_with_tags),
        (ApplicationAutoScalingResponse, "tag_resource", _tag),
        (ApplicationAutoScalingResponse, "untag_resource", _untag),
        (ApplicationAutoScalingResponse, "list_tags_for_resource", _list_tags),
    )
    for owner, name, method in mended:
        setattr(owner, name, method)


def _register_with_tags(response: Any) -> str:
    response._validate_params()  # noqa: SLF001 - as moto's own method does
    given = json.loads(response.body)
    suspended = given.get("SuspendedState")
    target = response.applicationautoscaling_backend.register_scalable_target(
        given.get("ServiceNamespace"),
        given.get("ResourceId"),
        given.get("ScalableDimension"),
        min_capacity=given.get("MinCapacity"),
        max_capacity=given.get("MaxCapacity"),
        role_arn=given.get("RoleARN"),
        suspended_state=suspended,
    )
    if tags := given.get("Tags"):
        tagger = _tagger(response)
        tagger.tag_resource(target.arn, tagger.convert_dict_to_tags_input(tags))
    return json.dumps({"ScalableTargetARN": target.arn})


def _tag(response: Any) -> str:
    given, tagger = json.loads(response.body), _tagger(response)
    tagger.tag_resource(given["ResourceARN"], tagger.convert_dict_to_tags_input(given["Tags"]))
    return "{}"


def _untag(response: Any) -> str:
    given = json.loads(response.body)
    _tagger(response).untag_resource_using_names(given["ResourceARN"], given["TagKeys"])
    return "{}"


def _list_tags(response: Any) -> str:
    return json.dumps({"Tags": _tagger(response).get_tag_dict_for_resource(json.loads(response.body)["ResourceARN"])})


def _tagger(response: Any) -> TaggingService:
    backend = response.applicationautoscaling_backend
    if not hasattr(backend, "sandbox_tags"):
        backend.sandbox_tags = TaggingService()
    tags: TaggingService = backend.sandbox_tags
    return tags
