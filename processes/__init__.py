"""Starting, watching and stopping the dashboard and the collector. Imports config and logs only."""
