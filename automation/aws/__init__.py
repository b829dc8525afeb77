"""AWS as automation meets it: whose account a service is in, the clients of it, the few writes."""
