"""How far the numbers can be trusted."""

PLACE = 13
TITLE = "Trust"
QUESTION = "How far can these numbers be trusted?"
