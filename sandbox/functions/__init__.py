"""Lambda on top of moto: functions run in processes of their own, and queues feed them."""
