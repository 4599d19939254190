"""The few building blocks of which every desk is made."""
