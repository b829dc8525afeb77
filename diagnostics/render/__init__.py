"""The same diagnosis as terminal, plain text, JSON, Markdown and GitHub annotation; it imports none of them."""
