"""The bases of the API; a room's `api` declares its resources over them, salesops/api_urls.py gives the addresses."""
