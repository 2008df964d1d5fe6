"""What is shown on a terminal: nothing of a shop's may steer it."""

import re
import sys
from typing import TextIO

CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")


def escaped(text: str) -> str:
    """The text with its control characters as escapes, such as \\n and \\x1b."""
    return CONTROL.sub(lambda found: found.group().encode("unicode_escape").decode(), text)


def show(line: str = "", file: TextIO | None = None) -> None:
    """Print one line, which may begin with empty ones; control characters in it are escapes.

    Parameters
    ----------
    line : str
        Perhaps with a name, a status or an id of the shop's, in which anything may stand.
    file : TextIO, optional
        Where to, by default the standard output.
    """
    text = line.lstrip("\n")
    print("\n" * (len(line) - len(text)) + escaped(text), file=file or sys.stdout, flush=True)
