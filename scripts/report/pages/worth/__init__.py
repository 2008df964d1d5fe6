"""Who is leaving, and what customers are worth."""

PLACE = 7
TITLE = "Churn and value"
QUESTION = "Who is about to leave, and what are customers worth?"
