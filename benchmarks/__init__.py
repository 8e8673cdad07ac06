"""What is measured, and how: every figure of the documentation comes from a script here."""
