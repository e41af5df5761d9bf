import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { afterEach, expect, test } from 'vitest'
import { type SlowReaders, watchSlowReaders } from '../../src/graphql/slow-readers.ts'

const mebibyte = 1024 * 1024
let slowReaders: SlowReaders
const opened: { destroy(): unknown }[] = []

afterEach(() => {
  slowReaders.stop()
  for (const socket of opened.splice(0)) socket.destroy()
})

/** Two ends of a TCP connection; the near one reads only when asked. */
async function pair() {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const near = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const [far] = (await once(server, 'connection')) as [Socket]
  server.close()
  for (const socket of [near, far]) socket.on('error', () => {})
  opened.push(near, far)
  return { near: near.pause(), far }
}

async function take(socket: Socket, bytes: number) {
  for (let left = bytes; left > 0; ) {
    const chunk: Buffer | null = socket.read()
    if (chunk) left -= chunk.length
    else await once(socket, 'readable')
  }
}

test('one large message is no reason to close a reader that takes it bit by bit; that it stops is', async () => {
  const { near, far } = await pair()
  slowReaders = watchSlowReaders({ stalledMs: 200 })
  let looked = () => {}
  let closed = () => {}
  const ended = new Promise<'closed'>((resolve) => {
    closed = () => resolve('closed')
  })
  slowReaders.watch({
    socket: far,
    waiting() {
      looked()
      return far.writableLength
    },
    close: () => closed(),
  })
  const look = () =>
    new Promise<'open'>((resolve) => {
      looked = () => resolve('open')
    })
  far.write(Buffer.alloc(80 * mebibyte))
  // several times as long as a reader may take nothing
  for (let looks = 0; looks < 25; looks++) {
    await take(near, 2 * mebibyte)
    expect(await Promise.race([look(), ended])).toBe('open')
  }
  expect(await ended).toBe('closed')
})
