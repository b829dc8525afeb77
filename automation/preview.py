"""Says what an update would change, before a person is asked."""

from pathlib import Path

from automation.preflight.plan import preview
from automation.workspace import OpenStack


def preview_lines(opened: OpenStack, config_file: Path) -> list[str]:
    """Return one line for each resource that an update would create, update, replace or delete.

    Raises:
        UsageError: the program cannot be previewed; the message is the engine's.
    """
    return preview(opened, config_file).lines()
