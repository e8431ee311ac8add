"""Pages for people, and the files that they load: all of them served from here, never from elsewhere."""
