"""Everything the service says or writes, in nn, nb and en."""
