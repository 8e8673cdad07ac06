"""What a portal is asked: egress, politeness, hours, stop list, budget."""
