"""What an instructor looks at beside the marks."""
