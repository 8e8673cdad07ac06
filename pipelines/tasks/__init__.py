"""The tasks that a plan assigns: who leads, who is responsible, until when."""
