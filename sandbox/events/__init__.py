"""EventBridge on top of moto: patterns, targets, retries and dead letters as AWS has them."""
