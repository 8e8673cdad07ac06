"""What repeats, and what does not.

near_duplicates      two passages that say the same but for noise; `fingerprint` for their figures
overlap              what a text has of others, and what of it is new
internal_duplicates  a text that says the same thing several times
diff                 two texts side by side
plan_matching        the items of a plan, and the reports that speak of them
"""
