import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { awsFailure, openAws } from '../../src/secrets/aws/aws-client.ts'
import { createAwsDelivery } from '../../src/secrets/aws/aws-delivery.ts'
import { createAwsManager } from '../../src/secrets/aws/aws-manager.ts'
import type { Patience } from '../../src/secrets/patience.ts'
import { createRemoteStore } from '../../src/secrets/remote-store.ts'
import { type SecretStore, SecretStoreDenied, SecretStoreUnavailable } from '../../src/secrets/secret-store.ts'
import { type AwsRig, region, startAwsRig } from './aws-rig.ts'
import { operation } from './aws-suite.ts'
import { newCanary, watchFor } from './canary.ts'
import { type FaultyProxy, startFaultyProxy } from './servers/faulty-proxy.ts'

/** What only AWS does. Versions are asked of moto, deletion and permissions of MiniStack: there each does as AWS does. */

let moto: AwsRig
let ministack: AwsRig
let proxy: FaultyProxy
let watch: ReturnType<typeof watchFor>
const canary = newCanary()
const patience: Patience = { attempts: 3, attemptMs: 20_000, firstDelayMs: 5, longestDelayMs: 200 }

beforeAll(async () => {
  watch = watchFor(canary)
  ;[moto, ministack] = await Promise.all([startAwsRig('moto'), startAwsRig('MiniStack')])
  proxy = await startFaultyProxy(moto.url)
}, 300_000)
afterAll(async () => {
  proxy?.close()
  await Promise.all([moto?.stop(), ministack?.stop()])
  watch.end()
})

async function storeOf(opened: ReturnType<typeof openAws>): Promise<SecretStore> {
  return createRemoteStore(createAwsManager(await opened, 'syncline/'), { patience, onLeftBehind: () => {} })
}
const deliveryInto = async (rig: AwsRig, url = rig.url) => createAwsDelivery(await rig.open(url, 'delivery'), patience)

test('delivery moves the stages: the token is AWSCURRENT, the one before AWSPREVIOUS', async () => {
  const target = await deliveryInto(moto)
  await target.write('customers/stages', `${canary}-1`)
  await target.write('customers/stages', `${canary}-2`)
  expect(await moto.read('customers/stages')).toBe(`${canary}-2`)
  expect(await moto.read('customers/stages', 'AWSPREVIOUS')).toBe(`${canary}-1`)
})

test('a token that was delivered, and then replaced by somebody else, is made current again without a further version', async () => {
  const target = await deliveryInto(moto, proxy.url)
  await target.write('customers/again', canary)
  await moto.put('customers/again', 'by hand')
  proxy.seen()
  await target.write('customers/again', canary)
  expect(proxy.seen().map(operation)).toEqual(['PutSecretValue', 'DescribeSecret', 'UpdateSecretVersionStage'])
  expect(await moto.read('customers/again')).toBe(canary)
  expect(await moto.versions('customers/again')).toHaveLength(2)
})

test('a secret that is scheduled for deletion takes no token, and the message says what to do', async () => {
  const target = await deliveryInto(ministack)
  await target.write('customers/leaving', canary)
  await ministack.scheduleDeletion('customers/leaving')
  const error = await watch.failure(target.write('customers/leaving', `${canary}-2`))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/scheduled for deletion\. Restore it/)
})

test('what is destroyed is gone at once, without a window in which it could be restored', async () => {
  const store = await storeOf(ministack.open(ministack.url, 'full'))
  const reference = await store.put(canary)
  const name = `syncline/${reference.slice('aws:'.length)}`
  expect(await ministack.versions(name)).toHaveLength(1)
  await store.destroy(reference)
  expect(await ministack.versions(name)).toEqual([])
})

test('an unknown key is denied', async () => {
  const store = await storeOf(
    openAws({ region, endpoint: ministack.url, credentials: { accessKeyId: 'AKIANOBODY', secretAccessKey: canary } }),
  )
  const error = await watch.failure(store.put(canary))
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/status 40\d.*docs\/secrets\.md/)
})

test('the SDK finds credentials in the environment; where it finds none, that is told', async () => {
  vi.stubEnv('AWS_ACCESS_KEY_ID', ministack.keys.full.accessKeyId)
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', ministack.keys.full.secretAccessKey)
  const store = await storeOf(openAws({ region, endpoint: ministack.url }))
  const reference = await store.put(canary)
  expect(await store.get(reference)).toBe(canary)

  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined)
  vi.stubEnv('AWS_SHARED_CREDENTIALS_FILE', '/nonexistent')
  vi.stubEnv('AWS_CONFIG_FILE', '/nonexistent')
  vi.stubEnv('AWS_EC2_METADATA_DISABLED', 'true')
  const error = await watch.failure((await storeOf(openAws({ region, endpoint: ministack.url }))).get(reference))
  vi.unstubAllEnvs()
  expect(error).toBeInstanceOf(SecretStoreDenied)
  expect(error.message).toMatch(/finds no AWS credentials/)
})

const told = (name: string, metadata: object, more: object = {}) =>
  Object.assign(new Error(canary), { name, $metadata: metadata, ...more })

test.each([
  [told('InternalServiceError', { httpStatusCode: 500 }), SecretStoreUnavailable, /status 500/],
  [told('TooManyRequestsException', { httpStatusCode: 429 }), SecretStoreUnavailable, /throttling/],
  [
    told('InvalidSignatureException', { httpStatusCode: 400, clockSkewCorrected: true }),
    SecretStoreUnavailable,
    /status 400/,
  ],
  [told('InvalidSignatureException', { httpStatusCode: 400 }), SecretStoreDenied, /credentials are not valid/],
  [told('ExpiredTokenException', { httpStatusCode: 400 }), SecretStoreDenied, /credentials are not valid/],
  [told('AccessDeniedException', { httpStatusCode: 400 }), SecretStoreDenied, /policy does not allow/],
  [told('DecryptionFailure', { httpStatusCode: 400 }), SecretStoreDenied, /KMS key/],
  [told('LimitExceededException', { httpStatusCode: 400 }), SecretStoreDenied, /quota/],
  [told(canary, { httpStatusCode: 400 }), SecretStoreDenied, /refuses the request \(status 400\)/],
  [told('TimeoutError', {}), SecretStoreUnavailable, /no connection/],
  [told('Error', {}, { code: 'ENOTFOUND' }), SecretStoreUnavailable, /ENOTFOUND/],
  [told('Error', {}, { code: canary }), SecretStoreUnavailable, /no connection/],
  ['not an error', SecretStoreUnavailable, /no connection/],
] as const)('failure %# is told in our words', async (error, kind, message) => {
  const failure = await watch.failure(Promise.reject(awsFailure(error)))
  expect(failure).toBeInstanceOf(kind)
  expect(failure.message).toMatch(message)
})
