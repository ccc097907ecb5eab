"""Push: the hub, its WebSocket, and the polls that feed every viewer. May import `queries` and `config`."""
