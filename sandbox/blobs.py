"""What a registry has of an image beside its manifest: the manifests of its platforms, and its configuration.

ECR gives a signed address of S3 for a layer or a configuration, and whoever has the address reads it there:
https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetDownloadUrlForLayer.html. Here the address is the
sandbox's own; it needs no signature, since what is behind it is no secret on this machine.
"""

import json
from typing import Any

from sandbox.image_model import MANIFEST, Image, digest_of

PREFIX = "/_registry/blobs/"
_LOCAL = ("127.0.0.1", "localhost")


def store(repository: Any, image: Image, account: str) -> None:
    """Keep an image's configurations beside moto's repository, and in it what its index lists."""
    from moto.ecr.models import Image as Stored

    _of(repository).update({digest_of(config): config for config in image.configs})
    if len(image.platforms) == 1:
        return
    there = {each.image_digest for each in repository.images}
    for manifest in image.manifests:
        if (digest := digest_of(manifest)) not in there:
            # moto's own way in needs a tag, which the manifests of an index have not.
            repository.images.append(Stored(account, None, manifest, repository.name, MANIFEST, digest))


def get_download_url_for_layer(response: Any) -> str:
    """Answer as moto's `ECRResponse`, which has no such operation; the layers themselves hold nothing."""
    from moto.core.exceptions import JsonRESTError
    from moto.ecr.exceptions import RepositoryNotFoundException

    name, digest = response._get_param("repositoryName"), response._get_param("layerDigest")  # noqa: SLF001
    account = response._get_param("registryId") or response.current_account  # noqa: SLF001
    repository = response.ecr_backend.repositories.get(name)
    if repository is None:
        raise RepositoryNotFoundException(name, account)
    if digest not in _of(repository):
        # The words are ours: AWS's are not known.
        words = f"The layer '{digest}' does not exist in the repository with name '{name}' in registry '{account}'"
        raise JsonRESTError("LayersNotFoundException", words)
    host = str(response.headers.get("Host") or "")
    local = host.partition(":")[0] in _LOCAL
    bucket = f"https://prod-{response.region}-starport-layer-bucket.s3.{response.region}.amazonaws.com"
    place = f"{account}/{response.region}/{name}/{digest}"
    return json.dumps({"downloadUrl": f"{f'http://{host}' if local else bucket}{PREFIX}{place}", "layerDigest": digest})


def read(path: str) -> bytes | None:
    """Return what is behind the path of an address that was given out; None where there is nothing (any more)."""
    from moto.ecr.models import ecr_backends

    parts = path.partition(PREFIX)[2].split("/")
    if len(parts) < 4:  # noqa: PLR2004 - account, region, the repository's name and the digest
        return None
    account, region, *names, digest = parts
    if account not in ecr_backends or region not in ecr_backends[account]:
        return None
    repository = ecr_backends[account][region].repositories.get("/".join(names))
    text = _of(repository).get(digest) if repository else None
    return None if text is None else text.encode()


def _of(repository: Any) -> dict[str, str]:
    """Return the configurations of a repository by their digests; they go with it."""
    found: dict[str, str] = vars(repository).setdefault("configs", {})
    return found
