"""Pages for people: the dashboard, and what stands before it. They ask as a key would; no rule is theirs."""
