"""How people go through the shop."""

PLACE = 11
TITLE = "Visits"
QUESTION = "How do people go through the shop, and where do they leave?"
