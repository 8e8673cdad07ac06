"""Which printed cell of a row stands in which column of the form, and where that is not determined.

    lines of a sheet ─ headers ─▶ columns ─ by_layout ─┬─ ruled      cells with spans: HTML, sheets
                                                       ├─ fields     cells in order: tabs, pipes, lines
                                                       └─ tokens     figures between spaces ─ arithmetic
    lines of T4 ─ litigation ─▶ its blocks

A cell that is lost never moves another into its place: whatever rests on blank cells must be borne out by the
rows around it, or the row is undetermined as a whole.
"""
