"""What repeats: passages that are nearly the same, or the same but for their figures; and what is new."""
