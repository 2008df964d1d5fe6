"""What to do, and whether it worked."""

PLACE = 12
TITLE = "Actions"
QUESTION = "What should be done this week, and did the last campaigns work?"
