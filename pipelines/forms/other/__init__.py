"""Tables that belong to no statutory form: lists of indicators before 2019, and any other table of figures.

    tables ─ reading ─┬─ older_forms, indicator_lists     `stat`
                      └─ unknown_tables                    `other`

What is printed is kept row by row; keys are given where a form knows the label.
"""
