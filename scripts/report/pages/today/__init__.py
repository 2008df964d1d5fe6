"""How the shop is doing."""

PLACE = 1
TITLE = "Today"
QUESTION = "How is the shop doing, and which of its rows count?"
