"""Has mkdocs take the README, the changelog and the agents' skill as pages, with links that lead as on GitHub."""

import posixpath
import re
from pathlib import Path
from typing import Any

from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).resolve().parent.parent
ELSEWHERE = {"README.md": "index.md", "CHANGELOG.md": "changelog.md", "skills/failwell/SKILL.md": "skill.md"}
"""Pages that are kept outside docs/, and what they are called on the site."""
_LINK = re.compile(r"(?P<text>!?\[(?:[^\[\]]|\[[^\]]*\])*\])\((?P<to>[^)\s]+)\)")
_FENCE = re.compile(r"^\s*(```|~~~)")
_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Add the pages that are kept elsewhere."""
    for source, name in ELSEWHERE.items():
        text = (ROOT / source).read_text(encoding="utf-8")
        files.append(File.generated(config, name, content=_FRONT_MATTER.sub("", text)))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Point each link to where its target is on the site."""
    name = page.file.src_uri
    source = next((path for path, called in ELSEWHERE.items() if called == name), f"docs/{name}")
    fenced, lines = False, []
    for line in markdown.split("\n"):
        fenced ^= bool(_FENCE.match(line))
        lines.append(line if fenced else _LINK.sub(lambda found: _pointed(found, source, name), line))
    return "\n".join(lines)


def _pointed(found: re.Match[str], source: str, name: str) -> str:
    to, hash_, anchor = found["to"].partition("#")
    if not to or re.match(r"[a-z]+:", to):
        return found[0]
    target = posixpath.normpath(posixpath.join(posixpath.dirname(source), to))
    if not (ROOT / target).exists():
        raise PluginError(f"{source} links to {found['to']}, and there is no {target}")
    there = ELSEWHERE.get(target) or (target.removeprefix("docs/") if target.startswith("docs/") else None)
    if there is None:
        return found["text"].strip("![]")  # a file of the checkout, which the site does not have: its name is left
    return f"{found['text']}({posixpath.relpath(there, posixpath.dirname(name) or '.')}{hash_}{anchor})"
