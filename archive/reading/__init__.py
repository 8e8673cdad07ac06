"""Reading captures in child processes that may hang, crash or eat memory without stopping the night.

    captures to read ─▶ window of tasks ─▶ children for pages ─┬─────────────▶ results in the same order
                                                               └▶ for files ─▶┤
                                                               └▶ for scans ─▶┘

The children for pages see every payload first. Of a heavier file they only tell the type, and it is read by a
child with the limits of that weight. A child that passes a limit is killed and replaced; its document becomes
a result that says so. What survives what was measured: docs/derive.md.

    tasks      what is asked of a child, and what comes back
    capture    reading one capture: what a child runs
    answers    the child's side: every end that reading can take becomes an answer that can be sent
    desk       the parent's side: tasks out to the pools, results back in order
    pool       the pools of children, one for each weight; server: what they are forked from
    cell       the limits a child puts on itself; limits: how much, by weight
    traces     what a killed child leaves behind; characters: what no answer may hold
"""
