"""The components as a Pulumi plugin, for programs in other languages: `pulumi package add DIRECTORY`."""

import sys
from importlib import import_module
from pathlib import Path

from pulumi.provider.experimental import component_provider_host

VERSION = "0.1.0"


def main() -> None:
    """Serve the components until the engine ends the process."""
    # The engine starts this directory as a program, which makes it no package: it is imported by whatever name it has.
    package = Path(__file__).resolve().parent
    sys.path.insert(0, str(package.parent))
    found = import_module(package.name)
    components = [found.FargateService, found.Repository, found.Cluster]
    component_provider_host(name="failwell", components=components, version=VERSION)


if __name__ == "__main__":
    main()
