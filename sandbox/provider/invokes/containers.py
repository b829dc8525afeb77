"""Functions about ECR and ECS."""

from sandbox.provider.connection import Connection
from sandbox.provider.errors import OperationError
from sandbox.provider.invokes.arguments import allow
from sandbox.provider.wire import Values


def repository(connection: Connection, arguments: Values) -> Values:
    """`aws:ecr/getRepository`, by name."""
    allow("getRepository", arguments, "name", "region", "registryId", "tags")
    where, name = arguments.get("region") or connection.region, arguments["name"]
    ecr = connection.client("ecr", where)
    registry = {"registryId": arguments["registryId"]} if arguments.get("registryId") else {}
    found = ecr.describe_repositories(repositoryNames=[name], **registry)["repositories"][0]
    images = ecr.describe_images(repositoryName=name, **registry)["imageDetails"]
    tagged = sorted((each for each in images if each.get("imageTags")), key=lambda each: each["imagePushedAt"])
    tags = ecr.list_tags_for_resource(resourceArn=found["repositoryArn"])["tags"]
    encryption = found.get("encryptionConfiguration") or {"encryptionType": "AES256"}
    return {
        "id": name,
        "name": name,
        "arn": found["repositoryArn"],
        "registryId": found["registryId"],
        "repositoryUrl": found["repositoryUri"],
        "encryptionConfigurations": [{"kmsKey": "", **encryption}],
        "imageScanningConfigurations": [found.get("imageScanningConfiguration") or {"scanOnPush": False}],
        "imageTagMutability": found.get("imageTagMutability", "MUTABLE"),
        "imageTagMutabilityExclusionFilters": found.get("imageTagMutabilityExclusionFilters") or [],
        "mostRecentImageTags": tagged[-1]["imageTags"] if tagged else [],
        "region": where,
        "tags": {tag["Key"]: tag["Value"] for tag in tags},
    }


def image(connection: Connection, arguments: Values) -> Values:
    """`aws:ecr/getImage`, by tag, by digest, or the one that was pushed last."""
    allow("getImage", arguments, "imageDigest", "imageTag", "mostRecent", "region", "registryId", "repositoryName")
    where, name = arguments.get("region") or connection.region, arguments["repositoryName"]
    ecr = connection.client("ecr", where)
    wanted = {key: arguments[key] for key in ("imageDigest", "imageTag") if arguments.get(key)}
    if not wanted and not arguments.get("mostRecent"):
        raise OperationError("one of `image_digest,image_tag,most_recent` must be specified")
    registry = {"registryId": arguments["registryId"]} if arguments.get("registryId") else {}
    asked = {"imageIds": [wanted]} if wanted else {}
    pages = ecr.get_paginator("describe_images").paginate(repositoryName=name, **asked, **registry)
    found = [each for page in pages for each in page["imageDetails"]]
    if not found:
        raise OperationError("Your query returned no results. Please change your search criteria and try again.")
    one = max(found, key=lambda each: each["imagePushedAt"])
    repository_uri = ecr.describe_repositories(repositoryNames=[name], **registry)["repositories"][0]["repositoryUri"]
    return {
        **arguments,
        "id": one["imageDigest"],
        "imageDigest": one["imageDigest"],
        "imageTags": one.get("imageTags") or [],
        "imagePushedAt": int(one["imagePushedAt"].timestamp()),
        "imageSizeInBytes": one.get("imageSizeInBytes") or 0,
        "imageUri": f"{repository_uri}@{one['imageDigest']}",
        "registryId": one["registryId"],
        "repositoryName": name,
        "region": where,
    }


def cluster(connection: Connection, arguments: Values) -> Values:
    """`aws:ecs/getCluster`, by name."""
    allow("getCluster", arguments, "clusterName", "region", "tags")
    where, name = arguments.get("region") or connection.region, arguments["clusterName"]
    include = ["CONFIGURATIONS", "SETTINGS", "TAGS"]
    answer = connection.client("ecs", where).describe_clusters(clusters=[name], include=include)["clusters"]
    found = next((each for each in answer if each["status"] != "INACTIVE"), None)
    if found is None:
        raise OperationError(f"reading ECS Cluster ({name}): couldn't find resource")
    defaults = found.get("serviceConnectDefaults")
    return {
        "id": found["clusterArn"],
        "arn": found["clusterArn"],
        "clusterName": found["clusterName"],
        "status": found["status"],
        "pendingTasksCount": found.get("pendingTasksCount", 0),
        "runningTasksCount": found.get("runningTasksCount", 0),
        "registeredContainerInstancesCount": found.get("registeredContainerInstancesCount", 0),
        "settings": found.get("settings") or [],
        "serviceConnectDefaults": [defaults] if defaults else [],
        "region": where,
        "tags": {tag["key"]: tag["value"] for tag in found.get("tags") or []},
    }
