"""The process: the chain before every request, the command line, and what runs beside them."""
