"""Asks Secrets Manager and the Parameter Store whether what a task definition refers to is there; never for values."""

from collections.abc import Iterator, Sequence

from diagnostics.reads import Gaps, ReadError, Shape, SurroundingReads

_PARAMETERS_PER_CALL = 50
"""Values of one filter of DescribeParameters.

Source: https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ParameterStringFilter.html
"""


def references(definition: Shape) -> Iterator[str]:
    """Yield what the containers take values from: `secrets`, the log driver's and a private registry's."""
    for container in definition.get("containerDefinitions", []):
        for each in container.get("secrets", []):
            yield each["valueFrom"]
        for each in (container.get("logConfiguration") or {}).get("secretOptions", []):
            yield each["valueFrom"]
        if credentials := (container.get("repositoryCredentials") or {}).get("credentialsParameter"):
            yield credentials


def read_secret(reads: SurroundingReads, reference: str, gaps: Gaps) -> Shape:
    """Return one element of the document's `secrets`, of Secrets Manager."""
    secret_id = ":".join(reference.split(":")[:7])  # what follows is a JSON key, a version's stage and its id
    try:
        secret = reads.describe_secret(secret_id, _region(reference))
    except ReadError as refused:
        absent = refused.answer.code == "ResourceNotFoundException"
        if not absent:
            gaps.append((f"secret {reference}", refused.answer))
        return {"valueFrom": reference, "exists": False if absent else None, "error": refused.answer.to_document()}
    return {"valueFrom": reference, "exists": True, "secret": secret}


def read_parameters(reads: SurroundingReads, references: Sequence[str], gaps: Gaps) -> Iterator[Shape]:
    """Yield elements of the document's `secrets`, of the Parameter Store."""
    by_region: dict[str | None, dict[str, str]] = {}
    for reference in references:
        by_region.setdefault(_region(reference), {})[parameter_name(reference)] = reference
    for region, names in by_region.items():
        asked = list(names)
        for start in range(0, len(asked), _PARAMETERS_PER_CALL):
            batch = asked[start : start + _PARAMETERS_PER_CALL]
            yield from _described(reads, {name: names[name] for name in batch}, region, gaps)


def _described(reads: SurroundingReads, names: dict[str, str], region: str | None, gaps: Gaps) -> Iterator[Shape]:
    try:
        listed = reads.describe_parameters(list(names), region)
    except ReadError as refused:
        gaps.append((f"parameters {', '.join(names)}", refused.answer))
        error = refused.answer.to_document()
        yield from ({"valueFrom": each, "exists": None, "error": error} for each in names.values())
        return
    known = {each["Name"]: each for each in listed}
    for name, reference in names.items():
        parameter = known.get(name)
        yield {"valueFrom": reference, "exists": parameter is not None, "parameter": parameter}


def parameter_name(reference: str) -> str:
    """Return a parameter's name from its ARN: a name with levels starts with a slash, which the ARN writes once.

    Source: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-access.html
    """
    if not reference.startswith("arn:"):
        return reference
    name = reference.partition(":parameter/")[2]
    return f"/{name}" if "/" in name else name


def _region(reference: str) -> str | None:
    parts = reference.split(":")
    return (parts[_REGION_AT] or None) if reference.startswith("arn:") and len(parts) > _REGION_AT else None


_REGION_AT = 3
