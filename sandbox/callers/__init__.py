"""Who calls the sandbox's AWS, and whether IAM lets them: a WSGI layer in front of it, and what it decides by."""
