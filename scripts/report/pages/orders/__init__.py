"""Which orders and carts to look at."""

PLACE = 10
TITLE = "Orders and visits"
QUESTION = "Which orders need a look, and who is about to buy?"
