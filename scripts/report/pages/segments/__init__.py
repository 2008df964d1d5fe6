"""Segments: customers who are alike in what they do."""

PLACE = 4
TITLE = "Segments"
QUESTION = "Which customers are alike, and how sure is that?"
