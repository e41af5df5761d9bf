import { createHash } from 'node:crypto'
import type { DeliveryTarget } from '../delivery-target.ts'
import { type Patience, patiently } from '../patience.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secret-store.ts'
import { type Aws, awsFailure, awsTitle, nameOf } from './aws-client.ts'

/**
 * Tokens as new versions of secrets in AWS Secrets Manager: AWSCURRENT is the token, AWSPREVIOUS the one before. The version's id follows from the
 * token, so that AWS takes a repetition for what it is.
 */
export function createAwsDelivery({ sdk, client }: Aws, patience: Patience): DeliveryTarget {
  async function put(name: string, token: string, abortSignal: AbortSignal): Promise<boolean> {
    const versionId = versionIdOf(name, token)
    try {
      const { VersionStages: stages = [] } = await client.send(
        new sdk.PutSecretValueCommand({ SecretId: name, ClientRequestToken: versionId, SecretString: token }),
        { abortSignal },
      )
      if (!stages.includes('AWSCURRENT')) await makeCurrent(name, versionId, abortSignal)
      return true
    } catch (error) {
      if (nameOf(error) === 'ResourceNotFoundException') return false
      throw failureOf(error)
    }
  }

  /** A repetition writes nothing, and leaves the stages where a later version has taken them. */
  async function makeCurrent(name: string, versionId: string, abortSignal: AbortSignal): Promise<void> {
    const { VersionIdsToStages: versions = {} } = await client.send(new sdk.DescribeSecretCommand({ SecretId: name }), {
      abortSignal,
    })
    const current = Object.keys(versions).find((id) => versions[id]?.includes('AWSCURRENT'))
    if (current === versionId) return
    await client.send(
      new sdk.UpdateSecretVersionStageCommand({
        SecretId: name,
        VersionStage: 'AWSCURRENT',
        MoveToVersionId: versionId,
        ...(current === undefined ? {} : { RemoveFromVersionId: current }),
      }),
      { abortSignal },
    )
  }

  async function create(name: string, token: string, abortSignal: AbortSignal): Promise<void> {
    try {
      await client.send(
        new sdk.CreateSecretCommand({
          Name: name,
          Description: 'API token of a Syncline connection',
          ClientRequestToken: versionIdOf(name, token),
          SecretString: token,
        }),
        { abortSignal },
      )
    } catch (error) {
      // it has come into being in the meantime: the next attempt writes a version of it
      if (nameOf(error) === 'ResourceExistsException')
        throw new SecretStoreUnavailable(`${awsTitle} has just been given this secret by somebody else.`)
      throw failureOf(error)
    }
  }

  return {
    write: (name, token) =>
      patiently(awsTitle, patience, async (signal) => {
        if (!(await put(name, token, signal))) await create(name, token, signal)
      }),
  }
}

function failureOf(error: unknown): Error {
  if (error instanceof SecretStoreUnavailable || error instanceof SecretStoreDenied) return error
  if (nameOf(error) === 'InvalidRequestException') {
    return new SecretStoreDenied(
      `${awsTitle} refuses (status 400): the secret is scheduled for deletion. Restore it, or name another.`,
    )
  }
  return awsFailure(error)
}

/** In the form of a UUID, as AWS wants it. It tells nothing of the token, which is random. */
function versionIdOf(name: string, token: string): string {
  const hex = createHash('sha256').update(`syncline delivery\0${name}\0${token}`).digest('hex')
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-')
}
