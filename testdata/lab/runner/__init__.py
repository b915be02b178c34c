"""What `testdata/lab/run` is made of: `network` makes the namespaces, `recording` drives programs and captures, `truth` reads
the frames that decide, `pages` writes what people read, `again` compares two recordings."""
