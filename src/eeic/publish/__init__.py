"""Publishing: the book's extension, its inspection, the browser lab, the build, the server."""
