"""What the example makes of the things that it is not given: a network and an internal load balancer."""
