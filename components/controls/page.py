"""The table of the controls, as docs/component.md has it. Write it again: `python -m components.controls.page`."""

import re
from pathlib import Path

from . import CONTROLS, ELSEWHERE, Control, Level

PAGE = Path(__file__).parents[2] / "docs" / "component.md"
_PLACE = re.compile(r"(?<=<!-- controls -->\n).*?(?=<!-- end -->)", re.DOTALL)
_WAIVED = {
    Level.MUST: "cannot be waived",
    Level.DEFAULT: "`waivers: [{control: ID, reason, expires}]` of the `FargateService`, `Repository` or `Cluster`",
    Level.WARN: "needs no waiver",
}


def table() -> str:
    """Return the tables of what is judged and of what is not, in Markdown."""
    columns = ("control", "class", "what holds", "what it prevents", "what to write", "others call it", "how to waive")
    rows = [f"| {' | '.join(columns)} |", "|" + "---|" * len(columns)]
    rows += [
        f"| {each.id} | {each.level} | {each.requires} | {each.reason} | {each.instead} | {_others(each.catalogues)} "
        f"| {_how(each)} |"
        for each in CONTROLS
    ]
    rows += ["", "| class | how to waive |", "|---|---|"]
    rows += [f"| {level} | {how} |" for level, how in _WAIVED.items()]
    rows += ["", "| not judged from inputs | why |", "|---|---|"]
    rows += [f"| {control} | {why} |" for control, why in sorted(ELSEWHERE.items())]
    return "\n".join(rows) + "\n"


def written(page: str) -> str:
    """Return the page with the tables of today between its markers."""
    return _PLACE.sub(lambda _found: table(), page)


def _how(control: Control) -> str:
    return {Level.MUST: "cannot", Level.DEFAULT: f"`control: {control.id}`", Level.WARN: "no need"}[control.level]


def _others(catalogues: tuple[str, ...]) -> str:
    return ", ".join(catalogues) or "ours alone"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
