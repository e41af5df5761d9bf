import type { SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { networkCode, retryAfterMs } from '../patience.ts'
import { SecretStoreDenied, SecretStoreUnavailable } from '../secret-store.ts'

export interface AwsSettings {
  region: string
  /** Of another service than AWS's own, such as a VPC endpoint. */
  endpoint?: string | undefined
  /** Unset: the SDK looks where it always does: environment, profile, web identity, container, instance. */
  credentials?: { accessKeyId: string; secretAccessKey: string } | undefined
}

export const awsTitle = 'AWS Secrets Manager'

export type AwsSdk = typeof import('@aws-sdk/client-secrets-manager')

/** The SDK is loaded here alone: other stores start without it. */
export async function openAws({ region, endpoint, credentials }: AwsSettings): Promise<Aws> {
  const sdk = await import('@aws-sdk/client-secrets-manager')
  const client = new sdk.SecretsManagerClient({
    region,
    maxAttempts: 1, // patience.ts retries
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  })
  return { sdk, client }
}

export interface Aws {
  sdk: AwsSdk
  client: SecretsManagerClient
}

const throttling = new Set([
  'ThrottlingException',
  'Throttling',
  'ThrottledException',
  'RequestThrottled',
  'RequestThrottledException',
  'TooManyRequestsException',
  'RequestLimitExceeded',
  'SlowDown',
])

const noCredentials = new Set(['CredentialsProviderError', 'TokenProviderError'])

const refusals = new Set([
  'AccessDeniedException',
  'AccessDenied',
  'UnrecognizedClientException',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'SignatureDoesNotMatch',
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'MissingAuthenticationToken',
  'OptInRequired',
])

/** Whatever a call of the SDK has thrown, as one of ours. Of its message nothing is kept. */
export function awsFailure(error: unknown): SecretStoreUnavailable | SecretStoreDenied {
  const name = nameOf(error)
  const { httpStatusCode: status, clockSkewCorrected } = metadataOf(error)
  const retryAfter = retryAfterMs(headerOf(error, 'retry-after'))
  if (noCredentials.has(name)) {
    return new SecretStoreDenied(
      `${awsTitle}: the SDK finds no AWS credentials. See docs/secrets.md for where it looks.`,
    )
  }
  if (status === undefined) {
    return new SecretStoreUnavailable(
      `${awsTitle} cannot be reached (${networkCode(error)}). Check AWS_REGION and the way there.`,
    )
  }
  if (throttling.has(name) || status === 429) {
    return new SecretStoreUnavailable(`${awsTitle} is throttling (status ${status}).`, undefined, retryAfter)
  }
  // the SDK has just learned how far our clock is off
  if (status >= 500 || status === 408 || status < 400 || clockSkewCorrected) {
    return new SecretStoreUnavailable(`${awsTitle} is not well (status ${status}).`, undefined, retryAfter)
  }
  if (refusals.has(name) || status === 401 || status === 403) {
    return new SecretStoreDenied(
      `${awsTitle} refuses (status ${status}): the AWS credentials are not valid, or their policy does not allow this. See docs/secrets.md for the policy.`,
    )
  }
  if (name === 'DecryptionFailure' || name === 'EncryptionFailure') {
    return new SecretStoreDenied(`${awsTitle} (status ${status}) may not use the KMS key of the secret.`)
  }
  if (name === 'LimitExceededException') {
    return new SecretStoreDenied(`${awsTitle} refuses (status ${status}): a quota of the account is used up.`)
  }
  return new SecretStoreDenied(`${awsTitle} refuses the request (status ${status}).`)
}

export const nameOf = (error: unknown) => (error instanceof Error ? error.name : '')

interface Metadata {
  httpStatusCode?: number
  clockSkewCorrected?: boolean
}

function metadataOf(error: unknown): Metadata {
  return (error as { $metadata?: Metadata } | null)?.$metadata ?? {} // what the SDK puts on each error of an answer
}

function headerOf(error: unknown, name: string): string | undefined {
  return (error as { $response?: { headers?: Record<string, string> } } | null)?.$response?.headers?.[name] // the same
}
