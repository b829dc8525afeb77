"""A sentence that a terminal, a box or a pasted page broke into lines, coloured or escaped, as it was before."""

import re

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
_COLOUR = re.compile(r"(?:\x1b|\\u001b|\\x1b|\\033|\\e|\^\[)\[[0-9;?]{0,20}[A-Za-z]|\[(?:\d{1,3};){0,4}\d{1,3}m")
"""A terminal's colour, also as a text that shows its escape, or has lost it."""
_ESCAPED = re.compile(r"(?<!\\)\\++(?P<what>[nrt\"'])")
_WHITE = {"n": "\n", "r": "", "t": "\t"}
_AROUND = "\"'`>*{}[] \t\n"
"""What a quote, a list or JSON puts around a text; brackets and quotes in pairs are of the text itself."""


def bare(text: str) -> str:
    """Return a text without colours, JSON's escapes and the quotes around it; the text itself where it has none."""
    plain = _COLOUR.sub("", text)
    if "\\" in plain:
        plain = _ESCAPED.sub(lambda found: _WHITE.get(found["what"], found["what"]), plain)
    if plain[:1] in _AROUND and plain[-1:] in _AROUND:
        plain = plain.strip(_AROUND)
    return plain if plain.strip() else text


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
