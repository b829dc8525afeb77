"""The page of the commands, docs/commands.md, made from what `--help` says: `python -m commands.page` writes it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

PAGE = Path(__file__).resolve().parent.parent / "docs" / "commands.md"
NAME = "deploy.py"
_HEAD = """# Commands

<!-- Made from the program: python -m commands.page -->

What `--help` says, on one page. In a checkout the command is `.venv/bin/python deploy.py`; where the wheel is installed
it is `failwell`, and the project of the current folder takes the place of the checkout's example. What the exit codes
mean is in the [README](../README.md#commands), what the commands print for programs in
[evidence](evidence.md#other-answers-as-json).
"""


def page() -> str:
    """Return the page, in Markdown."""
    return "\n".join([_HEAD, *_sections(_root(), NAME)]).rstrip() + "\n"


def _root() -> Any:
    # Imported here: `deploy` gathers all commands, and this module stands among them.
    import deploy

    return typer.main.get_command(deploy.app)


def _sections(group: Any, called: str) -> Iterator[str]:
    for name, command in group.commands.items():
        yield from (
            _sections(command, f"{called} {name}")
            if hasattr(command, "commands")
            else _section(command, f"{called} {name}")
        )


def _section(command: Any, called: str) -> Iterator[str]:
    context = command.make_context(called, [], resilient_parsing=True)
    yield f"## {called.removeprefix(f'{NAME} ')}\n"
    yield f"{_paragraph(command.help)}\n"
    yield f"    {' '.join((called, *command.collect_usage_pieces(context)))}\n"
    rows = [found for each in command.get_params(context) if (found := each.get_help_record(context))]
    rows = [row for row in rows if not row[0].startswith("--help")]
    if rows:
        yield "| given | does |\n|---|---|"
        yield from (f"| `{_cell(what)}` | {_cell(_paragraph(said))} |" for what, said in rows)
        yield ""


def _paragraph(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
