"""Who the customers are, by recency, frequency and monetary amount."""

PLACE = 2
TITLE = "Customers"
QUESTION = "Who are the customers, and what do they bring?"
