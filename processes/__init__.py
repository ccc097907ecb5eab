"""Starting, watching and stopping the dashboard and the collector. Of ours it imports data.lock and the tracer only."""
