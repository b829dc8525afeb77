"""What moto forgets and AWS keeps, outside of ECS: each mended in place, with the version that it was seen in."""

from moto.ec2.models.security_groups import SecurityGroupRule


def mend() -> None:
    """Mend moto in this process. Harmless where it is done twice, or where a later moto needs it no more."""
    # moto 5.2.5 answers the description of a rule only where its source is an address range, not another group.
    SecurityGroupRule.description = property(_description)


def _description(rule: SecurityGroupRule) -> str | None:
    described: str | None = rule.ip_range.get("Description") or rule.source_group.get("Description")
    return described
