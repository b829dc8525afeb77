"""All words of one evidence as one text, so that a literal is looked for once and not in every passage."""

import re
from collections.abc import Iterable
from functools import lru_cache

_LETTERS = re.compile(r"[a-z]+")


class Haystack:
    """Answers whether a literal stands in any of many texts.

    Logs repeat a small vocabulary, and most literals that rules look for have a word that is not in it: that word is
    looked for among the distinct words first, which are a hundredth of the text, and the text is searched only for
    literals whose words are all there.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._text = "\n".join(dict.fromkeys(texts)).lower()
        self._words = " ".join(dict.fromkeys(_LETTERS.findall(self._text)))
        self._found: dict[str, bool] = {}

    def has(self, literal: str) -> bool:
        """Say whether a literal, given in lower case, stands in one of the texts, in any case."""
        if literal not in self._found:
            # A word of a literal is a word of the text, or a part of one: necessary, and cheap to refute.
            possible = all(word in self._words for word in _words_of(literal))
            self._found[literal] = possible and literal in self._text
        return self._found[literal]


@lru_cache(maxsize=8192)
def _words_of(literal: str) -> tuple[str, ...]:
    return tuple(sorted(_LETTERS.findall(literal), key=len, reverse=True))
