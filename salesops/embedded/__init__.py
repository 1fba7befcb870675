"""PostgreSQL and Valkey inside the one-machine shape, started when needed and stopped by the last who used them."""
