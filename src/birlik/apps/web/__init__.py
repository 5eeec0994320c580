"""Pages, made on the server from declarations."""
