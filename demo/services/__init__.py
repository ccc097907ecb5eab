"""The programs of the shop. Each runs in a process of its own and is one process group."""
