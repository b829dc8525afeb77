"""The command `failwell` of an installed wheel, where the rooms of the tool travel beside this file."""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_NEEDED = ("boto3", "filelock", "grpc", "jinja2", "junitparser", "platformdirs", "rich", "typer", "urllib3", "yaml")
"""What the extra `tool` installs beside the packages of the component, by the names that are imported."""

_WRONG_USAGE = 2


def main() -> None:
    """Run the tool: its rooms come first on the path of this process, which belongs to nobody else."""
    missing = [name for name in _NEEDED if find_spec(name) is None]
    if missing:
        # A stack installs the component alone, and the command comes with it without what it needs.
        sys.stderr.write(
            f"error: the command `failwell` needs packages that are not installed ({', '.join(missing)}); "
            "run `pip install 'failwell[tool]'`, or `pip install 'failwell[sandbox]'` for `--sandbox` too\n"
        )
        sys.exit(_WRONG_USAGE)
    sys.path.insert(0, str(Path(__file__).parent))
    # What the checkout calls `components` is the package `failwell` here.
    sys.modules["components"] = import_module("failwell")
    import_module("deploy").main()
