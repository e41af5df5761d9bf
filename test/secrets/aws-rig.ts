import { createHash, createHmac } from 'node:crypto'
import {
  DeleteSecretCommand,
  GetSecretValueCommand,
  ListSecretsCommand,
  ListSecretVersionIdsCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager'
import { type Aws, openAws } from '../../src/secrets/aws/aws-client.ts'
import { awsPolicy } from './documented-policies.ts'
import { startMiniStack, startMoto } from './servers/aws-doubles.ts'

export interface AwsKey {
  accessKeyId: string
  secretAccessKey: string
}

type Access = 'full' | 'worker' | 'delivery' | 'none'

export interface AwsRig {
  url: string
  credentials: string[]
  /** Whether requests are checked against the policies. */
  enforces: boolean
  keys: Record<Access, AwsKey>
  open(url: string, access: Access): Promise<Aws>
  admin: SecretsManagerClient
  names(prefix: string): Promise<string[]>
  read(name: string, stage?: string): Promise<string | undefined>
  /** With and without a stage; none where there is no secret. */
  versions(name: string): Promise<string[]>
  /** By somebody else. */
  put(name: string, value: string): Promise<void>
  /** In the console: with a window in which it can be restored. */
  scheduleDeletion(name: string): Promise<void>
  stop(): Promise<void>
}

export const region = 'eu-central-1'
const root = { accessKeyId: 'test', secretAccessKey: 'test' }

/** MiniStack or moto, with the policies of docs/secrets.md where they are enforced. */
export async function startAwsRig(double: 'MiniStack' | 'moto'): Promise<AwsRig> {
  const server = double === 'moto' ? await startMoto() : await startMiniStack()
  const admin = new SecretsManagerClient({ region, endpoint: server.url, credentials: root })
  const enforces = double === 'MiniStack'
  const none: AwsKey = enforces ? await user(server.url, 'none', undefined) : root
  const of = (sid: string) => (enforces ? user(server.url, sid, awsPolicy(sid)) : Promise.resolve(root))
  const keys = {
    full: await of('SynclineApi'),
    worker: await of('SynclineWorker'),
    delivery: await of('SynclineDelivery'),
    none,
  }

  return {
    url: server.url,
    enforces,
    keys,
    credentials: enforces ? Object.values(keys).map(({ secretAccessKey }) => secretAccessKey) : [],
    open: (endpoint, access) => openAws({ region, endpoint, credentials: keys[access] }),
    admin,
    async names(prefix) {
      const { SecretList = [] } = await admin.send(new ListSecretsCommand({ MaxResults: 100 }))
      return SecretList.flatMap(({ Name = '', DeletedDate }) =>
        Name.startsWith(prefix) && !DeletedDate ? [Name] : [],
      ).sort()
    },
    read: async (name, stage = 'AWSCURRENT') =>
      (await admin.send(new GetSecretValueCommand({ SecretId: name, VersionStage: stage }))).SecretString,
    async versions(name) {
      try {
        const all = new ListSecretVersionIdsCommand({ SecretId: name, IncludeDeprecated: true })
        return ((await admin.send(all)).Versions ?? []).flatMap(({ VersionId }) => VersionId ?? [])
      } catch (error) {
        if (error instanceof Error && error.name === 'ResourceNotFoundException') return []
        throw error
      }
    },
    async put(name, value) {
      await admin.send(new PutSecretValueCommand({ SecretId: name, SecretString: value }))
    },
    async scheduleDeletion(name) {
      await admin.send(new DeleteSecretCommand({ SecretId: name, RecoveryWindowInDays: 7 }))
    },
    async stop() {
      admin.destroy()
      await server.stop()
    },
  }
}

async function user(endpoint: string, name: string, policy: string | undefined): Promise<AwsKey> {
  await iam(endpoint, { Action: 'CreateUser', UserName: name })
  const answer = await iam(endpoint, { Action: 'CreateAccessKey', UserName: name })
  const tag = (key: string) => new RegExp(`<${key}>([^<]+)</${key}>`).exec(answer)?.[1] ?? ''
  const document = (policy ?? onlySomethingElse).replaceAll('123456789012', '*')
  await iam(endpoint, { Action: 'PutUserPolicy', UserName: name, PolicyName: 'p', PolicyDocument: document })
  return { accessKeyId: tag('AccessKeyId'), secretAccessKey: tag('SecretAccessKey') }
}

const onlySomethingElse = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'sts:GetCallerIdentity', Resource: '*' }],
})

/** IAM's query protocol, signed by hand: its SDK would be another 100 packages for three calls. */
async function iam(endpoint: string, parameters: Record<string, string>): Promise<string> {
  const body = new URLSearchParams({ ...parameters, Version: '2010-05-08' }).toString()
  const { host } = new URL(endpoint)
  const time = new Date().toISOString().replace(/[-:]|\.\d+/g, '')
  const scope = `${time.slice(0, 8)}/us-east-1/iam/aws4_request`
  const sha = (text: string) => createHash('sha256').update(text).digest('hex')
  const canonical = ['POST', '/', '', `host:${host}`, `x-amz-date:${time}`, '', 'host;x-amz-date', sha(body)].join('\n')
  const key = [...scope.split('/')].reduce<string | Buffer>(
    (secret, part) => createHmac('sha256', secret).update(part).digest(),
    `AWS4${root.secretAccessKey}`,
  )
  const signature = createHmac('sha256', key)
    .update(['AWS4-HMAC-SHA256', time, scope, sha(canonical)].join('\n'))
    .digest('hex')
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      'x-amz-date': time,
      authorization: `AWS4-HMAC-SHA256 Credential=${root.accessKeyId}/${scope}, SignedHeaders=host;x-amz-date, Signature=${signature}`,
    },
    body,
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${parameters['Action']}: ${answer.status} ${text}`)
  return text
}
