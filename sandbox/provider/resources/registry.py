"""ECR: `aws:ecr/repository:Repository`, its policies, and the registry's scanning."""

from collections.abc import Mapping
from typing import Any, ClassVar

from botocore.exceptions import ClientError

from sandbox.provider.errors import OperationError, code, worded
from sandbox.provider.plain import Ask, Plain, Step
from sandbox.provider.resource import Call
from sandbox.provider.schema import Properties, Property, block, blocks, flag, text
from sandbox.provider.tagging import Tagging
from sandbox.provider.wire import Values

_FILTERS: Mapping[str, Property] = {"filter": text(required=True), "filterType": text(required=True)}


def _mutability(call: Call) -> dict[str, Any]:
    filters = call.inputs.get("imageTagMutabilityExclusionFilters")
    return {
        "repositoryName": call.id,
        "imageTagMutability": call.inputs["imageTagMutability"],
        "imageTagMutabilityExclusionFilters": filters or None,
    }


def _scanning(call: Call) -> dict[str, Any]:
    configuration = call.inputs.get("imageScanningConfiguration") or {"scanOnPush": False}
    return {"repositoryName": call.id, "imageScanningConfiguration": configuration}


class _Ecr(Plain):
    service = "ecr"
    service_id = "ECR"
    lower = True


class Repository(_Ecr):
    """A repository; its id is its name."""

    type_name = "aws:ecr/repository:Repository"
    label = "ECR Repository"
    name_limit = 256
    properties: ClassVar[Properties] = {
        "encryptionConfigurations": blocks(
            {"encryptionType": text(default="AES256"), "kmsKey": text(computed=True)}, computed=True, force_new=True
        ),
        "forceDelete": flag(default=False, program_only=True),
        "imageScanningConfiguration": block({"scanOnPush": flag(required=True)}, computed=True),
        "imageTagMutability": text(default="MUTABLE"),
        "imageTagMutabilityExclusionFilters": blocks(_FILTERS),
        "name": text(computed=True, force_new=True, member="repositoryName"),
    }
    outputs = ("arn", "registryId", "repositoryUrl")
    creates, identity = "create_repository", "repository.repositoryName"
    reads = Ask("describe_repositories", lambda call: {"repositoryNames": [call.id]}, "repositories.0")
    steps = (
        Step(
            ("imageTagMutability", "imageTagMutabilityExclusionFilters"),
            Ask("put_image_tag_mutability", _mutability),
            settles=False,
        ),
        Step(("imageScanningConfiguration",), Ask("put_image_scanning_configuration", _scanning), settles=False),
    )
    deletes = Ask(
        "delete_repository",
        lambda call: {"repositoryName": call.id, "force": bool(call.state.get("forceDelete"))},
    )
    gone = frozenset({"RepositoryNotFoundException"})
    tagging = Tagging(
        "tag_resource",
        "untag_resource",
        "resourceArn",
        tags="tags",
        keys="tagKeys",
        state="arn",
        listed="list_tags_for_resource",
    )

    def check(self, name: str, olds: Values, news: Values, seed: bytes) -> Any:
        """A name that is made up has no capitals: ECR takes none."""
        return super().check(name.lower(), olds, news, seed)

    def request(self, call: Call) -> dict[str, Any]:
        """There is one encryption, in a list of properties."""
        request = super().request(call)
        if encryption := request.pop("encryptionConfigurations", None):
            request["encryptionConfiguration"] = encryption[0]
        return request

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return what ECR names otherwise."""
        del call
        encryption = found.get("encryptionConfiguration")
        return {
            "arn": found["repositoryArn"],
            "repositoryUrl": found["repositoryUri"],
            "encryptionConfigurations": [encryption] if encryption else [],
        }

    def delete(self, call: Call) -> None:
        """Delete it, with its images where `forceDelete` says so."""
        try:
            super().delete(call)
        except ClientError as error:
            if code(error) != "RepositoryNotEmptyException":
                raise
            said = f"ECR Repository ({call.id}) not empty, consider using force_delete: {worded('ECR', error)}"
            raise OperationError(said) from error


class RepositoryPolicy(_Ecr):
    """Who may pull and push; its id is the repository's name."""

    type_name = "aws:ecr/repositoryPolicy:RepositoryPolicy"
    label = "ECR Repository Policy"
    taggable = False
    properties: ClassVar[Properties] = {
        "policy": text(required=True, json=True, member="policyText"),
        "repository": text(required=True, force_new=True, member="repositoryName"),
    }
    outputs = ("registryId",)
    creates, identity = "set_repository_policy", "repositoryName"
    reads = Ask("get_repository_policy", lambda call: {"repositoryName": call.id})
    steps = (
        Step(
            ("policy",),
            Ask(
                "set_repository_policy",
                lambda call: {"repositoryName": call.id, "policyText": call.inputs["policy"]},
            ),
            settles=False,
        ),
    )
    deletes = Ask("delete_repository_policy", lambda call: {"repositoryName": call.id})
    gone = frozenset({"RepositoryNotFoundException", "RepositoryPolicyNotFoundException"})

    def title(self, call: Call) -> str:
        """Errors name the repository."""
        return str(call.inputs["repository"])


class LifecyclePolicy(_Ecr):
    """Which images expire; its id is the repository's name, and every change of it replaces it."""

    type_name = "aws:ecr/lifecyclePolicy:LifecyclePolicy"
    label = "ECR Lifecycle Policy"
    taggable = False
    properties: ClassVar[Properties] = {
        "policy": text(required=True, json=True, force_new=True, member="lifecyclePolicyText"),
        "repository": text(required=True, force_new=True, member="repositoryName"),
    }
    outputs = ("registryId",)
    creates, identity = "put_lifecycle_policy", "repositoryName"
    reads = Ask("get_lifecycle_policy", lambda call: {"repositoryName": call.id})
    deletes = Ask("delete_lifecycle_policy", lambda call: {"repositoryName": call.id})
    gone = frozenset({"RepositoryNotFoundException", "LifecyclePolicyNotFoundException"})

    def title(self, call: Call) -> str:
        """Errors name the repository."""
        return str(call.inputs["repository"])


class RegistryScanningConfiguration(_Ecr):
    """How the account's registry scans; its id is the registry's. There is always one: deleted, it is AWS's default."""

    type_name = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
    label = "ECR Registry Scanning Configuration"
    taggable = False
    properties: ClassVar[Properties] = {
        "rules": blocks(
            {"repositoryFilters": blocks(_FILTERS, required=True), "scanFrequency": text(required=True)},
        ),
        "scanType": text(required=True),
    }
    outputs = ("registryId",)
    reads = Ask("get_registry_scanning_configuration", lambda _: {})
    deletes = Ask("put_registry_scanning_configuration", lambda _: {"scanType": "BASIC", "rules": []})

    def create(self, call: Call) -> str:
        """Put it over what there is."""
        self._put(call)
        return str(self.client(call).get_registry_scanning_configuration()["registryId"])

    def more(self, call: Call, found: Mapping[str, Any]) -> Values:
        """Return the configuration within the answer."""
        del call
        configuration = found.get("scanningConfiguration") or {}
        return {
            "scanType": configuration.get("scanType"),
            "rules": self.from_aws(self.properties["rules"], configuration.get("rules")),
        }

    def update(self, call: Call) -> None:
        """Put it again."""
        self._put(call)

    def _put(self, call: Call) -> None:
        rules = call.inputs.get("rules") or []
        self.client(call).put_registry_scanning_configuration(scanType=call.inputs["scanType"], rules=rules)
