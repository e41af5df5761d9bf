console.error('TEMPORAL_NAMESPACE: there is no such namespace.')
process.exit(1)
