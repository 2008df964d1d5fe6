"""What sells, and what sells together."""

PLACE = 5
TITLE = "Products"
QUESTION = "What sells together, and what is on its way up or down?"
