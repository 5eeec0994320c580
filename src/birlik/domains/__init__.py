"""One package a domain; each has the same rooms."""
