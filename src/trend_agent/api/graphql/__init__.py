"""The same questions as in REST, asked in GraphQL: one document for all that a page needs."""
