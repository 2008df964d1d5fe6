"""What will sell, and what to order."""

PLACE = 8
TITLE = "Demand and stock"
QUESTION = "What will sell in the weeks ahead, and what has to be ordered?"
