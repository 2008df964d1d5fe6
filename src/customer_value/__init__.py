"""What the Python models of customer_value share."""
