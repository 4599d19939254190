"""A fictitious rural commercial bank, the same every time, to look at the product with."""
