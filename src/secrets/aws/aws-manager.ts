import type { SecretManager } from '../remote-store.ts'
import { SecretMissing, SecretStoreDenied } from '../secret-store.ts'
import { type Aws, awsFailure, awsTitle, nameOf } from './aws-client.ts'

/** Source credentials in AWS Secrets Manager, each a secret named by the prefix and an id of its own. */
export function createAwsManager({ sdk, client }: Aws, prefix: string): SecretManager {
  const nameFor = (id: string) => prefix + id

  async function read(id: string, abortSignal: AbortSignal): Promise<string> {
    try {
      const { SecretString: value } = await client.send(
        new sdk.GetSecretValueCommand({ SecretId: nameFor(id), VersionStage: 'AWSCURRENT' }),
        { abortSignal },
      )
      if (value !== undefined) return value
    } catch (error) {
      // the second: it is scheduled for deletion
      if (nameOf(error) !== 'ResourceNotFoundException' && nameOf(error) !== 'InvalidRequestException')
        throw awsFailure(error)
    }
    throw new SecretMissing(`The secret is not in ${awsTitle} any more: it was deleted there.`)
  }

  return {
    scheme: 'aws',
    title: awsTitle,
    read,
    async write(id, secret, abortSignal) {
      try {
        await client.send(
          new sdk.CreateSecretCommand({
            Name: nameFor(id),
            Description: 'Credentials of a source system, kept by Syncline',
            ClientRequestToken: id,
            SecretString: secret,
          }),
          { abortSignal },
        )
      } catch (error) {
        if (nameOf(error) !== 'ResourceExistsException') throw awsFailure(error)
        // ids are never used twice: it was written by an attempt whose answer was lost
        if ((await read(id, abortSignal)) !== secret)
          throw new SecretStoreDenied(`${awsTitle} holds another secret under a name that was just made.`)
      }
    },
    async remove(id, abortSignal) {
      try {
        await client.send(new sdk.DeleteSecretCommand({ SecretId: nameFor(id), ForceDeleteWithoutRecovery: true }), {
          abortSignal,
        })
      } catch (error) {
        if (nameOf(error) !== 'ResourceNotFoundException') throw awsFailure(error)
      }
    },
  }
}
