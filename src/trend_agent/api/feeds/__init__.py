"""What other readers follow: trends, searches, topics and the sources' health as Atom, RSS and JSON Feed."""
