"""The policy pack: `pulumi up --policy-pack components/policy`; requirements.txt says what it needs installed."""

import sys
from importlib import import_module
from pathlib import Path

from pulumi_policy import EnforcementLevel, PolicyPack, StackValidationPolicy
from pulumi_policy.proxy import UnknownValueError


def policies() -> list[StackValidationPolicy]:
    """Return one policy for each control, of whole stacks: some controls need two resources."""
    # The engine starts this folder as a program, which makes it no package: it is imported by whatever name it has.
    package = Path(__file__).resolve().parent.parent
    sys.path.insert(0, str(package.parent))
    controls = import_module(f"{package.name}.controls").CONTROLS
    adapter = import_module(f"{package.name}.policy.adapter")
    return [
        StackValidationPolicy(
            name=control.id.lower(),
            description=control.requires,
            validate=adapter.validator(control, UnknownValueError),
            enforcement_level=(
                EnforcementLevel.MANDATORY if control.level in adapter.MANDATORY else EnforcementLevel.ADVISORY
            ),
        )
        for control in controls
    ]


if __name__ == "__main__":
    PolicyPack("failwell", policies())
