"""Business hosts, queues, the message bank, worker processes and the Director that runs a production."""
