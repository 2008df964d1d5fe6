"""Texts as people write them, made comparable in any language: no dictionary and no list of words.

Letters lose their case and their accents, everything else that is no letter, digit or sign with a
meaning of its own becomes a blank. So the words of a text are what stands between blanks, and in a
script without blanks (Chinese, Japanese, Thai) a word is a whole clause, which is read by its
characters.
"""

import hashlib
import html
import re
import unicodedata

READ_CHARACTERS = 20_000  # of the text as it was given
KEPT_CHARACTERS = 1_000  # of its words: who is unhappy says so before
TAG = re.compile(r"<[^<>]{1,200}>")
ADDRESS = re.compile(r"(?<!\S)\S+@\S+|https?://\S+|www\.\S+")  # of persons and pages
ACCENTS = re.compile("[\u0300-\u036f]")  # of Latin, Greek and Cyrillic; marks of others are letters
JOINERS = re.compile("[\ufe00-\ufe0f]")  # how an emoji is drawn


class Signs(dict):
    """What stands for a character, by its Unicode category, kept once it has been looked up."""

    def __missing__(self, code: int) -> str:
        """Letters, marks and digits stay; an emoji is a word of its own; the rest is a blank."""
        kind = unicodedata.category(chr(code))
        if kind == "So":
            sign = f" {chr(code)} "
        elif kind == "Cf":  # joins what stands beside it
            sign = ""
        else:
            sign = chr(code) if kind[0] in "LMN" else " "
        self[code] = sign
        return sign


SIGNS = Signs()


def plain_words(text: str | None) -> str:
    """The words of a text in small letters without accents, one blank between two.

    Parameters
    ----------
    text : str or None
        As somebody wrote it, with marks of HTML perhaps; only its first 20,000 characters are read.

    Returns
    -------
    str
        At most 1,000 characters, cut after a whole word where there is one; empty where nothing is
        said.
    """
    read = TAG.sub(" ", html.unescape((text or "")[:READ_CHARACTERS]))
    folded = ACCENTS.sub("", unicodedata.normalize("NFKD", ADDRESS.sub(" ", read)))
    letters = JOINERS.sub("", unicodedata.normalize("NFKC", folded).casefold())
    words = " ".join(letters.translate(SIGNS).split())
    if len(words) <= KEPT_CHARACTERS:
        return words
    kept = words[: KEPT_CHARACTERS + 1]
    return kept.rpartition(" ")[0] or kept[:KEPT_CHARACTERS]


def text_key(words: str) -> str:
    """A hash of the words: equal words, equal keys, in an order that has no meaning."""
    return hashlib.md5(words.encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
