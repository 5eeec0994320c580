"""One small file a kind of panel: what it shows, as plain values for its template."""
