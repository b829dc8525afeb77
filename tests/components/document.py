"""The tables of docs/component.md, made from the arguments and outputs as the code documents them.

    python -m tests.components.document

writes them into the page, between their markers.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "component.md"
_COMPONENTS = ROOT / "components"
_GROUPS = ("container", "access", "load_balancing", "deployment", "alarms", "scaling", "waivers")


def _classes(path: Path, ending: str) -> Iterator[ast.ClassDef]:
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ClassDef) and node.name.endswith(ending):
            yield node


def _fields(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Give each annotated name of a class with the text below it."""
    for field, below in zip(node.body, node.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(below, ast.Expr):
            assert isinstance(below.value, ast.Constant)
            yield field.target.id, " ".join(str(below.value.value).split())


def _table(node: ast.ClassDef, head: str) -> str:
    rows = [f"| {head} | |", "|---|---|", *(f"| `{name}` | {text} |" for name, text in _fields(node))]
    return "\n".join(rows)


def _first(path: str, ending: str) -> ast.ClassDef:
    return next(_classes(_COMPONENTS / path, ending))


def _groups() -> str:
    parts = []
    for name in _GROUPS:
        for node in _classes(_COMPONENTS / "given" / f"{name}.py", "Args"):
            said = (ast.get_docstring(node) or "").replace("\n\n", " ").replace("\n", " ")
            parts.append(f"### `{node.name}`\n\n{said}\n\n{_table(node, 'key')}")
    return "\n\n".join(parts)


def tables() -> dict[str, str]:
    """Return each table by the name of its marker."""
    return {
        "arguments": _table(_first("args.py", "FargateServiceArgs"), "argument"),
        "groups": _groups(),
        "outputs": _table(_first("fargate_service.py", "FargateService"), "output"),
        "repository": _table(_first("repository.py", "RepositoryArgs"), "argument"),
        "cluster": _table(_first("cluster.py", "ClusterArgs"), "argument"),
    }


def with_tables(page: str) -> str:
    """Return the page with the tables as they are now."""
    for name, table in tables().items():
        found = re.compile(rf"(<!-- {name} -->\n).*?(<!-- end -->)", re.DOTALL)
        page = found.sub(lambda match, table=table: f"{match[1]}{table}\n{match[2]}", page)
    return page


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
