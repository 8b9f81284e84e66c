"""Two rulebooks side by side: what changed in words, and what that does to projects. Two plans: what differs and why dates moved."""
