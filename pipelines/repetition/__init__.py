"""What repeats, and what does not.

alike      two passages that say the same but for noise, or for their figures
copied     what a text has of others, and what of it is new
compared   two texts side by side
repeated   a text that says the same thing several times
answered   the items of a plan, and the reports that speak of them
"""
