"""One file for each page: the board -> what its template shows."""
