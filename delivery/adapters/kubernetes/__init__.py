"""A centre's Kubernetes cluster: a namespace a hand-over. Contract-tested only, see docs."""
