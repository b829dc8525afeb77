"""The components as a Pulumi plugin, for programs in other languages: `pulumi package add DIRECTORY`."""

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from pulumi.provider.experimental import component_provider_host

NAME = "failwell"


def load_package() -> ModuleType:
    """Import the folder of this file as the package `failwell`, whatever the folder is called.

    The engine starts the folder as a program, which makes it no package, and a plugin from a repository lies in a
    folder whose name is no module's. Python has put the folder on the path too, where `errors` or `settings` in it
    would be taken for somebody else's.
    """
    folder = Path(__file__).resolve().parent
    sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != folder]
    spec = spec_from_file_location(NAME, folder / "__init__.py", submodule_search_locations=[str(folder)])
    if spec is None or spec.loader is None:
        raise ImportError(f"{folder} is no Python package")
    package = module_from_spec(spec)
    sys.modules[NAME] = package
    spec.loader.exec_module(package)
    return package


def main() -> None:
    """Serve the components until the engine ends the process."""
    package = load_package()
    components = [package.FargateService, package.Repository, package.Cluster]
    component_provider_host(name=NAME, components=components, version=package.__version__)


if __name__ == "__main__":
    main()
