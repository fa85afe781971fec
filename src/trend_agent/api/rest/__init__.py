"""What a program reads: JSON below /api/v1, and the paths that watchers of the service ask."""
