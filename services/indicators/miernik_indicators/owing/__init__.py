"""Units that owe the returns of a form and period, and the counts of them."""
