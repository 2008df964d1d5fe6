"""What customers say."""

PLACE = 9
TITLE = "Satisfaction"
QUESTION = "Are customers happy, and what do they complain of?"
