"""The controls as a Pulumi policy pack, for stacks that do not use the component."""
