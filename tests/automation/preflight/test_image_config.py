"""What an image's configuration says is read as it is; what is none, or is another than its digest says, is not."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest

from automation.preflight.checks import image_platform
from automation.preflight.image_config import image_config
from automation.preflight.model import Finding, Status
from automation.preflight.plan import Plan
from automation.preflight.reading import PreflightReads
from automation.preflight.subject import Subject
from diagnostics.names import ecr_image
from diagnostics.reads import Answer, ReadError, Shape
from tests.automation.preflight.stage import planned

REFERENCE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4.2"
SERVING = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/shop:1.4.1"
MEDIA = "application/vnd.docker.container.image.v1+json"


def digest(text: str) -> str:
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


class Registry:
    """ECR with a configuration for each tag, and ECS with a deployment of `SERVING` that completed."""

    def __init__(self, configs: Mapping[str, str], media: str = MEDIA, *, tampered: bool = False) -> None:
        self._configs = configs
        self._media = media
        self._tampered = tampered

    def ask(self, service: str, method: str, /, region: str | None = None, **arguments: Any) -> Shape:
        del service, region
        match method:
            case "list_service_deployments":
                return {"serviceDeployments": [{"createdAt": 1, "targetServiceRevisionArn": "arn:service-revision/1"}]}
            case "describe_service_revisions":
                image = {"containerName": "app", "image": SERVING}
                return {
                    "serviceRevisions": [{"serviceRevisionArn": "arn:service-revision/1", "containerImages": [image]}]
                }
            case "batch_get_image":
                config = {
                    "mediaType": self._media,
                    "digest": digest(self._configs[arguments["imageIds"][0]["imageTag"]]),
                }
                return {"images": [{"imageId": {}, "imageManifest": json.dumps({"config": config, "layers": []})}]}
            case "get_download_url_for_layer":
                return {"downloadUrl": f"https://bucket.example/{arguments['layerDigest']}"}
        raise ReadError(Answer(method, "AccessDeniedException", "no"))

    def download(self, url: str, limit: int) -> bytes:
        assert limit > 1000
        text = next(each for each in self._configs.values() if url.endswith(digest(each)))
        return (f"{text} " if self._tampered else text).encode()


def read(registry: Registry) -> Any:
    place = ecr_image(REFERENCE)
    assert place
    reads = PreflightReads(registry, download=registry.download)
    return image_config(reads, place, REFERENCE, "linux/amd64")


def test_platform_ports_and_what_names_a_port_are_read() -> None:
    config = {
        "ExposedPorts": {"5001/tcp": {}, "53/udp": {}, "80": {}},
        "Env": ["LISTEN=:8080"],
        "Cmd": ["run", "-p=81"],
    }
    document = {"os": "linux", "architecture": "arm64", "variant": "v8", "config": config}
    found = read(Registry({"1.4.2": json.dumps(document)}))
    assert (found.platform, found.ports) == ("linux/arm64/v8", {"5001/tcp", "53/udp", "80/tcp"})
    assert [port for port in (8080, 808, 80, 81, 5001) if found.names(port)] == [8080, 81]


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"config": [], "os": 5}', '{"config": {"ExposedPorts": [1]}}', "[" * 9999]
)
def test_what_is_no_configuration_says_nothing(text: str) -> None:
    found = read(Registry({"1.4.2": text}))
    assert (found.platform, found.ports, found.names(80)) == ("", frozenset(), False)


def test_an_artifact_has_no_configuration() -> None:
    assert read(Registry({"1.4.2": "{}"}, media="application/vnd.oci.empty.v1+json")) is None


def test_what_is_not_what_its_digest_says_is_not_read() -> None:
    with pytest.raises(ReadError, match="WrongDigest"):
        read(Registry({"1.4.2": "{}"}, tampered=True))


def platform_findings(new: str, serving: str, wanted: str = "ARM64", before: str = "ARM64") -> list[Finding]:
    configs = {
        tag: json.dumps({"os": "linux", "architecture": each, "created": tag})
        for tag, each in (("1.4.2", new), ("1.4.1", serving))
    }
    registry = Registry(configs)
    subject = Subject(
        plan=Plan(()),
        planned=planned("aws:ecs/service:Service", "shop", "same", {}),
        name="shop",
        cluster="main",
        region="eu-west-1",
        definition={"runtimePlatform": {"cpuArchitecture": wanted}},
        definition_resource=None,
        containers=({"name": "app", "image": REFERENCE},),
        read={"serviceName": "shop"},
        read_definition={"runtimePlatform": {"cpuArchitecture": before}},
    )
    return list(image_platform.run(subject, PreflightReads(registry, download=registry.download)))


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ({"new": "arm64", "serving": "amd64"}, None),
        ({"new": "amd64", "serving": "arm64"}, Status.REFUSED),
        # Both are labelled with what the builder wrote without being told, and one of them serves.
        ({"new": "amd64", "serving": "amd64"}, Status.NOT_DONE),
        ({"new": "amd64", "serving": "amd64", "before": "X86_64"}, Status.REFUSED),
        ({"new": "", "serving": "amd64"}, Status.NOT_DONE),
    ],
)
def test_a_label_that_serves_already_refuses_nothing(case: dict[str, str], status: Status | None) -> None:
    assert [each.status for each in platform_findings(**case)] == ([status] if status else [])
