"""Names of images and ARNs inside AWS's sentences, made safe to repeat in ours, and the name of our own command."""

import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from diagnostics.shapes import tail

if TYPE_CHECKING:
    from diagnostics.evidence import Evidence, Task

_ECR = re.compile(
    r"^(?P<account>\d{12})\.dkr[.-]ecr(?:-fips)?\.(?P<region>[a-z0-9-]+)\."
    r"(?:amazonaws\.com(?:\.cn)?|on\.aws|on\.amazonwebservices\.com\.cn)/(?P<repository>[^:@]+)"
)
"""Also the names that are reached over IPv6.

Source: https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-requests.html
"""

COMMAND = "failwell" if Path(__file__).resolve().parents[1].name == "_tool" else "deploy.py"
"""What a person types: an installed wheel keeps the rooms in `_tool` and has the command `failwell`."""


def quoted(name: str) -> str:
    """Return a name in backticks; backticks of its own would end the quotation."""
    return f"`{' '.join(name.replace('`', chr(39)).split())}`"


def pasted(name: str) -> str:
    """Return a name as one word of a shell command: what AWS or a program wrote must not become a command."""
    return shlex.quote(" ".join(name.split()))


@dataclass(frozen=True)
class EcrImage:
    """Where an image of ECR is kept."""

    account: str
    region: str
    repository: str

    def list_tags_command(self) -> str:
        """Return the command that lists the newest tags of the repository."""
        return (
            f"aws ecr describe-images --registry-id {self.account} --region {self.region}"
            f" --repository-name {pasted(self.repository)}"
            " --query 'sort_by(imageDetails,&imagePushedAt)[-5:].imageTags'"
        )


def ecr_image(image: str) -> EcrImage | None:
    """Return where in ECR an image is kept; None for other registries."""
    found = _ECR.match(image)
    return EcrImage(found["account"], found["region"], found["repository"]) if found else None


def images_of(evidence: "Evidence", task: "Task | None" = None) -> tuple[str, ...]:
    """Return the images of a task's containers, or those that the task definition names, each once."""
    running = [container.image for container in task.containers] if task else []
    defined = [container.image for container in evidence.task_definition.containers] if evidence.task_definition else []
    return tuple(dict.fromkeys(image for image in (*running, *defined) if image))


def short_arn(arn: str) -> str:
    """Return a target group's or task definition's name from its ARN."""
    parts = arn.split("/")
    return parts[1] if ":targetgroup/" in arn and len(parts) > 1 else tail(arn)
