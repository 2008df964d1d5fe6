"""What to offer each customer."""

PLACE = 6
TITLE = "Lists"
QUESTION = "What would this customer buy, and why?"
