import { createClient } from 'graphql-ws'
import { WebSocket } from 'ws'
import { callerOf } from '../graphql-client.ts'
import { follow, type SyncEvent } from '../progress.ts'
import type { Mood, startEchoingSource } from './echoing-source.ts'
import { type Canary, issued, newCanary } from './needles.ts'
import type { Recorder } from './recorder.ts'

interface World {
  apiUrl: string
  ownerKey: string
  source: Awaited<ReturnType<typeof startEchoingSource>>
  recorder: Recorder
}

const entities = { VENDOR: { set: 'Vendors', key: ['ID'], modified: 'at', fields: { name: 'name' } } }
const connected =
  '{ __typename ... on CreateConnectionPayload { token connection { id } syncRun { id } } ... on Error { message } }'
const reconnected = connected.replace('CreateConnection', 'ReconnectConnection')
const untilTold = ({ type }: SyncEvent) =>
  ['RUN_FINISHED', 'ENTITY_RETRYING', 'CONNECTION_ACTION_REQUIRED'].includes(type)

/** Everything that a secret goes through, in order. Returns all secrets that went in or came out. */
export async function runFlows({ apiUrl, ownerKey, source, recorder }: World): Promise<Canary[]> {
  const canaries: Canary[] = []
  const secret = (name: string) => {
    const canary = newCanary(name)
    canaries.push(canary)
    return canary.text
  }
  const shown = (name: string, token: unknown): string => {
    if (typeof token !== 'string') throw new Error(`${name} was not shown.`)
    canaries.push(issued(name, token))
    return token
  }
  const ask = (query: string, variables: object = {}, reveals?: 'token' | 'key', credential = ownerKey) =>
    recorder.ask(credential, query, { ...variables }, reveals)
  const mutate = async (name: string, input: object, selection = '{ __typename }', reveals?: 'token' | 'key') => {
    const type = `${name.charAt(0).toUpperCase()}${name.slice(1)}Input`
    const { data } = await ask(
      `mutation ($input: ${type}!) { ${name}(input: $input) ${selection} }`,
      { input },
      reveals,
    )
    return data[name]
  }
  const config = { baseUrl: source.url, entities }
  const basic = (name: string) => ({ type: 'basic', username: 'sync', password: secret(name) })
  const bearer = (name: string) => ({ type: 'bearer', token: secret(name) })

  // a source that refuses, and inputs that are wrong in each way
  const tried = { system: 'odata', config, credentials: basic('a password that was tried') }
  for (const mood of [
    'REFUSING',
    'DENYING',
    'FAILING',
    'BABBLING',
    'REDIRECTING',
    'THROTTLING',
    'BREAKING',
  ] as Mood[]) {
    source.be(mood)
    await mutate('testConnection', tried, '{ __typename ... on Error { message path } }')
    await mutate('createConnection', { ...tried, name: mood }, connected)
  }
  source.be('WELL')
  const wrong = (credentials: unknown, more: object = {}) =>
    ask(`mutation ($input: CreateConnectionInput!) { createConnection(input: $input) ${connected} }`, {
      input: { system: 'odata', name: 'wrong', config, credentials, ...more },
    })
  await wrong(secret('credentials that are a text'))
  await wrong({ type: 'basic', username: 'sync', pasword: secret('a misspelt field') })
  await wrong({ type: secret('a type') })
  await wrong({ type: 'bearer', token: `${secret('a token of several words')} x` })
  await wrong({ type: 'basic', username: `sync:${secret('a password behind the user')}`, password: '' })
  await wrong({ type: 'none' }, { historyDays: secret('a number that is a text') })
  await wrong({ type: 'none' }, { password: secret('a field beside the credentials') })
  await wrong({ type: 'none' }, { entities: [secret('an entity')] })
  const password = secret('a password within a URL')
  await wrong(basic('beside that URL'), {
    config: { entities, baseUrl: source.url.replace('http://', `http://sync:${password}@`) },
  })
  await wrong(basic('beside a query'), {
    config: { entities, baseUrl: `${source.url}?key=${secret('a key in a query')}` },
  })
  await ask(
    `mutation { createConnection(input: { credentials: { password: "${secret('a literal')}" }, system: 1 }) ${connected} }`,
  )
  await ask(`mutation { createConnection(input: { "${secret('a literal out of place')}" }) }`)
  await ask(`mutation { createConnection(input: { name: ${secret('a name out of place')} } }`)
  await ask('query ($id: ID!) { node(id: $id) { id } }', { id: { password: secret('a value of another type') } })
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ownerKey}` }
  await recorder.send('/graphql', { headers, body: `{"variables":{"password":"${secret('a body that is cut off')}` })
  await recorder.send('/graphql', {
    headers,
    body: JSON.stringify({ query: { password: secret('a query that is none') } }),
  })

  // credentials that are none, wherever one may send them
  for (const where of [
    'authorization',
    'x-syncline-environment',
    'x-api-key',
    'cookie',
    'x-request-id',
    'user-agent',
    'host',
  ]) {
    const value = `Bearer ${secret(`a secret in ${where}`)}`
    await recorder.send('/graphql', {
      headers: { ...headers, [where]: value },
      body: '{"query":"{ viewer { kind } }"}',
    })
  }
  await recorder.send(`/graphql?token=${secret('a token in the URL')}`, {
    headers,
    body: '{"query":"{ viewer { kind } }"}',
  })
  await recorder.send(`/${secret('a token in the path')}`, { method: 'GET' })
  await recorder.send('/tokens/revoke', { headers, body: JSON.stringify({ token: secret('a token of nobody') }) })
  await recorder.send('/tokens/revoke', { headers, body: `{"token":"${secret('a token cut off')}` })
  await refusedSocket(apiUrl, `Bearer ${secret('a credential of a socket')}`, secret('an environment of a socket'))

  // a connection's life
  const made = await mutate(
    'createConnection',
    { system: 'odata', name: 'hunted', config, credentials: basic("the source's password"), idempotencyKey: 'once' },
    connected,
    'token',
  )
  const { id } = made.connection
  const first = shown("the connection's token", made.token)
  const owner = callerOf(apiUrl, ownerKey)
  const events = follow(owner, 'connectionEvents', id, '0')
  await events.until(({ type }) => type === 'RUN_FINISHED')
  await recorder.ask(first, `{ viewer { connection { id config token { prefix lastFour } } } }`)
  const rotated = await mutate(
    'rotateConnectionToken',
    { connectionId: id, overlap: 'PT1H' },
    '{ __typename ... on RotateConnectionTokenPayload { token } }',
    'token',
  )
  shown('the token after a rotation', rotated.token)
  for (const mood of ['FAILING', 'BABBLING', 'REDIRECTING', 'THROTTLING', 'BREAKING', 'REFUSING'] as Mood[]) {
    source.be(mood)
    const started = await mutate(
      'startSync',
      { connectionId: id, mode: 'FULL_RESYNC' },
      '{ ... on StartSyncPayload { syncRun { id lastSequence } } ... on Error { message } }',
    )
    const { id: syncRunId, lastSequence } = started.syncRun
    const after = (event: SyncEvent) => BigInt(event.sequence) > BigInt(lastSequence)
    await events.until((event) => after(event) && untilTold(event))
    await ask('query ($id: ID!) { syncRun(id: $id) { events { message } entities { error { message code } } } }', {
      id: syncRunId,
    })
    await mutate('cancelSync', { syncRunId }, '{ __typename }')
    await events.until((event) => after(event) && event.type === 'RUN_FINISHED' && event.syncRunId === syncRunId)
  }
  source.be('WELL')
  await mutate('updateConnection', { connectionId: id, credentials: bearer("the source's new token") })
  source.be('REFUSING')
  await mutate('updateConnection', { connectionId: id, credentials: bearer('a token that the source refuses') })
  source.be('WELL')
  await mutate('startSync', { connectionId: id })
  await mutate('disconnectConnection', { connectionId: id })
  const again = await mutate(
    'reconnectConnection',
    { connectionId: id, credentials: basic('the password after a reconnect') },
    reconnected,
    'token',
  )
  const leaked = shown('the token after a reconnect', again.token)
  await mutate('deleteConnectionData', { connectionId: id })

  // keys, and a token that someone found
  const keys = await mutate(
    'createApiKey',
    { name: 'hunted', environment: 'production', scopes: ['CONNECTIONS_READ'] },
    '{ ... on CreateApiKeyPayload { key apiKey { id } } }',
    'key',
  )
  const key = shown('an API key', keys.key)
  const next = await mutate(
    'rotateApiKey',
    { id: keys.apiKey.id, overlap: 'PT1H' },
    '{ ... on RotateApiKeyPayload { key } }',
    'key',
  )
  shown('an API key after a rotation', next.key)
  await ask('{ connections { edges { node { config token { prefix } } } } }', {}, undefined, key)
  await mutate('revokeApiKey', { id: keys.apiKey.id })
  await ask('{ viewer { kind } }', {}, undefined, key)
  await recorder.send('/tokens/revoke', {
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ token: leaked }),
  })
  await ask('{ viewer { kind } }', {}, undefined, leaked)
  await ask(`{ auditLog(first: 200) { edges { node { actor action target outcome } } } apiKeys { edges { node { name prefix } } }
    connections { edges { node { name config statusReason token { prefix } syncRuns { edges { node { events { message } } } } } } } }`)
  await events.stop()
  return canaries
}

/** Resolves when it is closed. */
async function refusedSocket(apiUrl: string, authorization: string, environment: string): Promise<void> {
  await new Promise<void>((resolve) => {
    createClient({
      url: `${apiUrl.replace('http', 'ws')}/graphql`,
      webSocketImpl: WebSocket,
      lazy: false,
      retryAttempts: 0,
      connectionParams: { authorization, environment, password: authorization },
      onNonLazyError: () => {},
      on: { closed: () => resolve() },
    })
  })
}
