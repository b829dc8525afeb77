"""Takes a service back to a revision that is proven to have served, watched and proven as `up` does it."""
