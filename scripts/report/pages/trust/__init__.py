"""How far the numbers can be trusted."""

PLACE = 11
TITLE = "Trust"
QUESTION = "How far can these numbers be trusted?"
