"""Files in, raw tables out: every cell as the text a person would see, or as a typed column."""
