"""A sentence as it was before a terminal, a box, a pasted page or a document in JSON put it into another form."""

import re
from collections import Counter
from collections.abc import Iterator

_FRAME = " \t│|╷╵"
"""What Terraform draws before each line of a diagnostic, and what a page indents it with."""
_GOES_ON = re.compile(r"[\w,:('\u2019)-]$")
"""How a line ends whose sentence is not over."""
_OF_ITS_OWN = re.compile(
    r"(?:at|with|on|in|from) (?:\S*[._/(]|\S+(?: line\b| \(|:?$))|status code|caused by|[\w-]+\s*[:=]"
)
"""A line of a stack, of a place in a file or of a setting."""
_LONG_WORD = 32
"""Characters of a word, as of an ARN or an address, that leaves the line before it half empty."""
_BREAKS_AFTER = re.compile(r"(?::|,|\b(?:the|a|an|and|or|of|to|in|for|with|by|not|is|AWS|Amazon))$")
"""After these the sentence goes on, however the next line begins."""
_BEGINS_ANEW = re.compile(
    r"[-*\u2022#>=\u2718\u2717]|\d{4}-\d\d|\d{1,2}:\d\d|\[|(?:\w+ ){0,2}?\w*(?:Error|Exception|Warning)\b:?"
)
"""How a line begins that is no rest of the one before it, whatever its length."""
_WIDTH = 60
"""Characters from which on a line may have been broken only because the next word did not fit."""
_SHORTEST_LINE = 40
"""Characters of a line that was too long for what it was shown in; a shorter one ends where its writer ended it."""
_LONGEST = 4000
_COLOURS = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SHOWN_COLOURS = re.compile(r"(?:\x1b|\\u001b|\\x1b|\\033|\\e|\^\[)\[[0-9;?]{0,20}[A-Za-z]|\[(?:\d{1,3};){0,4}\d{1,3}m")
"""The same, also where the escape is shown as a text, or was lost."""
_ESCAPED = re.compile(r"(?<!\\)\\++([\"'/nrt])")
_MEANT = {"n": "\n", "r": "", "t": "\t"}
_VALUES = re.compile(
    r"\"(?:stopped|status|rolloutState|failure)?reason\"\s{0,4}:\s{0,4}\"(?P<text>[^\"\\]*+(?:\\.[^\"\\]*+)*+)\"",
    re.IGNORECASE,
)
"""The fields of ECS's answers in which a failure is told, as `aws ecs describe-tasks` prints them."""
_AROUND = "\"'`>*{}[] \t\n"
"""What a quote, a list or JSON puts around a text."""
_PUT_AFTER = " \t\n\"'`)]}|."
"""What stands after a text that was put into brackets, quotation marks or a box."""


_BROKEN_AT = range(68, 71)
"""Characters of a line that copilot breaks, wherever it is, in a cell of 70; a space at either end is lost.
Source: aws/copilot-cli internal/pkg/term/progress, `maxCellLength`."""


def other_forms(text: str) -> Iterator[str]:
    """Yield what a text may have been before a tool or a person put it into another form; nothing where it is plain."""
    seen = {text}
    for told in dict.fromkeys((text, _taken_out(text))):
        for form in (told, _unbroken(told), _rejoined(told), unwrapped(told)):
            if form not in seen:
                seen.add(form)
                yield form


def without_colours(text: str) -> str:
    """Return a text without the codes that colour it in a terminal."""
    return _COLOURS.sub("", text) if "\x1b" in text else text


def _taken_out(text: str) -> str:
    """Return what is told in a text in colours, in JSON or in brackets, without these; else the text itself."""
    if len(text) > _LONGEST:
        return text
    told = _SHOWN_COLOURS.sub("", text)
    if '"' in told and (values := [found["text"] for found in _VALUES.finditer(told)]):
        told = "\n".join(value for value in values if value) or told
    if "\\" in told:
        told = _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), told)
    if told[:1] in _AROUND and told[-1:] in _AROUND:
        told = told.strip(_AROUND)
    bare = told.rstrip(_PUT_AFTER)
    told = bare if any(mark in told[len(bare) :] for mark in "\"'`)]}|") else told
    return told or text


def _unbroken(text: str) -> str:
    """Return a text without the breaks that a tool made to fit it into a table's cell; else the text itself."""
    if "\n " not in text:
        return text
    whole: list[str] = []
    broken = found = False
    for line in (line.strip().removeprefix("- ") for line in text.splitlines()):
        if broken:
            whole[-1] += line
        else:
            whole.append(line)
        found = found or broken
        broken = len(line) in _BROKEN_AT
    return "\n".join(whole) if found else text


def _rejoined(text: str) -> str:
    """Return a text whose lines were broken at one width, in the middle of words, as one line; else the text itself."""
    if "\n" not in text or len(text) > _LONGEST:
        return text
    lines = [line.rstrip("\r") for line in text.splitlines()]
    width = max(map(len, lines))
    full = Counter(map(len, lines))[width]
    if width < _WIDTH or (full == 1 and len(lines) > 2):  # noqa: PLR2004 - of two lines one is full
        return text
    whole: list[str] = []
    for before, line in zip(["", *lines], lines, strict=False):
        if len(before) == width:
            whole[-1] += line
        else:
            whole.append(line)
    return "\n".join(whole)


def unwrapped(text: str) -> str:
    """Return a text with the lines joined by a space that are one sentence; the text itself where none are."""
    if "\n" not in text or len(text) > _LONGEST:
        return text
    whole: list[str] = []
    joined = False
    size = 0
    lines = [line.strip(_FRAME) for line in text.splitlines()]
    width = max([_WIDTH, *(len(line) for line in lines if " " in line)])
    for line in lines:
        long_enough = size >= (_SHORTEST_LINE if len(line.partition(" ")[0]) < _LONG_WORD else _WIDTH - _SHORTEST_LINE)
        if line and long_enough and (_is_one(whole[-1], line) or _is_rest(whole[-1], line, width - size)):
            whole[-1] += f" {line}"
            joined = True
        else:
            whole.append(line)
        size = len(line)
    return "\n".join(whole) if joined else text


def _is_rest(before: str, line: str, room: int) -> bool:
    """Say whether the line before was full: the first word of this one did not fit into its room, and goes on."""
    if before.endswith((".", "!", "?", ";")) or _BEGINS_ANEW.match(line):
        return False
    if (own := _OF_ITS_OWN.match(line)) and not re.match(r"[a-z]{2,20}:", own[0]):
        return False
    return len(line.partition(" ")[0]) >= room


def _is_one(before: str, line: str) -> bool:
    if _OF_ITS_OWN.match(line):
        return bool(re.match(r"[A-Z]", line) and _BREAKS_AFTER.search(before))
    return bool(_BREAKS_AFTER.search(before) or (_GOES_ON.search(before) and re.match(r"[a-z(]", line)))
