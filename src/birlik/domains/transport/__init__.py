"""The Digital Monitoring Center (S1): borders, movements and how long they take."""
