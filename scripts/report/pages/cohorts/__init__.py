"""Whether customers come back."""

PLACE = 3
TITLE = "Cohorts"
QUESTION = "Do customers come back after their first month?"
