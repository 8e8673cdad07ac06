"""Reading captures in child processes that may hang, crash or eat memory without stopping the night.

The children for pages see every payload first. Of a heavier file they only tell the type, and it is read by a
child with the limits of that weight. A child that passes a limit is killed and replaced (`archive.sandbox`);
its document becomes a result that says so. What survives what was measured: docs/derive.md.

    tasks       what is asked of a child and what comes back; what a file may cost, by its weight
    capture     reading one capture, in a child
    dispatch    tasks out to the children, results back in order
    kept        readings made ahead, by shards or on a cluster

"""
