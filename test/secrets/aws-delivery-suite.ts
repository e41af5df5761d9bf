import { createAwsDelivery } from '../../src/secrets/aws/aws-delivery.ts'
import { startAwsRig } from './aws-rig.ts'
import { operation } from './aws-suite.ts'
import { type DeliveryRig, describeDelivery } from './delivery-suite.ts'

export function describeAwsDelivery(double: 'MiniStack' | 'moto'): void {
  const start = async (): Promise<DeliveryRig> => {
    const rig = await startAwsRig(double)
    return {
      ...rig,
      prefix: 'customers/',
      forbidden: 'syncline/mine',
      open: async (url, access, patience) => createAwsDelivery(await rig.open(url, access), patience),
      versions: async (name) => (await rig.versions(name)).length,
      throttling: (seconds) => ({
        status: 400,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'retry-after': String(seconds) },
        body: '{"__type":"ThrottlingException"}',
      }),
      isWrite: (sent) => ['CreateSecret', 'PutSecretValue'].includes(operation(sent) ?? ''),
    }
  }
  const title = `delivery into AWS Secrets Manager, on ${double}`
  const isMoto = double === 'moto'
  describeDelivery(title, { enforces: !isMoto, keepsVersions: isMoto, knowsRepetitions: isMoto, start })
}
