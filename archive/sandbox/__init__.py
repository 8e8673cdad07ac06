"""Programs of ours in processes of their own: one way to start, feed, limit and bury them.

child_process  one child: the interpreter, the two pipes, how it ended
pool           limited children that run one function: stopped by the clock, replaced, cleaned up after
worker         what such a child runs
confinement    the limits that it puts on itself, and the measuring of one request
"""
