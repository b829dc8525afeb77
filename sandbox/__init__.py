"""A local AWS whose ECS fails the way AWS fails, and a stand-in `aws` provider."""
