"""Starting, watching and stopping the two processes. Of ours it imports data.lock and the tracer only."""
