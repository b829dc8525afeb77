"""The function: turns events of ECS into stories, and stories into messages that say why."""
