"""Jobs: plans as they are run, each in a process of its own, of the rows that who runs it sees."""
