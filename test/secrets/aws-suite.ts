import { createAwsManager } from '../../src/secrets/aws/aws-manager.ts'
import { type AwsRig, startAwsRig } from './aws-rig.ts'
import { describeRemoteStore, type ManagerRig } from './remote-store-suite.ts'
import type { Sent } from './servers/faulty-proxy.ts'

const prefix = 'syncline/'
export const operation = ({ headers }: Sent) => String(headers['x-amz-target']).split('.')[1]

export function describeAwsStore(double: 'MiniStack' | 'moto'): void {
  const start = async (): Promise<ManagerRig> => {
    const rig: AwsRig = await startAwsRig(double)
    return {
      ...rig,
      open: async (url, access) => createAwsManager(await rig.open(url, access), prefix),
      kept: async () => (await rig.names(prefix)).map((name) => name.slice(prefix.length)),
      deleteBehindOurBack: (id) => rig.scheduleDeletion(prefix + id),
      throttling: (seconds) => ({
        status: 400,
        headers: { 'content-type': 'application/x-amz-json-1.1', 'retry-after': String(seconds) },
        body: '{"__type":"ThrottlingException","message":"Rate exceeded"}',
      }),
      isWrite: (sent) => operation(sent) === 'CreateSecret',
    }
  }
  describeRemoteStore(`AWS Secrets Manager, on ${double}`, { enforces: double === 'MiniStack', start })
}
