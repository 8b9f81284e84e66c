"""Who may do what: the viewer of a request, what each role may ask, and which rows it sees."""
