"""REST, the domains' own protocols, server-sent events."""
