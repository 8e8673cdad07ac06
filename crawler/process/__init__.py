"""Runs in a process of their own: what they are told, what they tell, and who starts them."""
