// TODO: verify
