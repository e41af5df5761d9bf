import { once } from 'node:events'
import type { ActivityDeps } from '../../src/activities/deps.ts'
import type { Page, Source } from '../../src/connectors/contract.ts'
import { RateLimited, SourceUnavailable } from '../../src/connectors/errors.ts'
import type { Database } from '../../src/store/database.ts'
import { breakable } from '../model/breakable-database.ts'
import { scriptSource, type Script } from './scripted-source.ts'
import { createTurns, type Turns } from './turns.ts'
import type { Moment, Setup, Write } from './windows-sequence.ts'

const start = new Date('2026-03-01T00:00:00.000Z')
/** More than any run here asks for: one that asks for more would go on for ever. */
const mostRequests = 3_000

export interface PlayedSource {
  script: Script
  deps: ActivityDeps
  turns: Turns
  /** What happens from now on, request by request. */
  arm(moments: readonly Moment[]): void
  write(write: Write): void
  /** The keys of all that was written since the last arm(). */
  written: ReadonlySet<string>
  /** How many requests have failed. */
  failed(): number
  /** Failures that were logged and are not a request's. */
  unexpected: unknown[]
}

/** A source whose every answer, and a store whose every transaction, comes in its turn. */
export function playSource(db: Database, setup: Setup): PlayedSource {
  const { pageSize, maxInFlight, windowFilter, asksByKey, precisionMs, skewMs } = setup
  const { script, deps } = scriptSource(db, {
    now: start,
    records: recordsOf(setup),
    counts: true,
    tellsTime: skewMs === null,
    pageSize,
    maxInFlight,
    windowFilter,
    asksByKey,
    precisionMs,
  })
  const { pool } = db
  const turns = createTurns({
    choices: setup.choices,
    async isIdle() {
      if (pool.waitingCount === 0 && pool.totalCount === pool.idleCount) return true
      await once(pool, 'release')
      return false
    },
  })
  const written = new Set<string>()
  const unexpected: unknown[] = []
  let armed: Moment[] = []
  let requests = 0
  let failed = 0
  let version = 0

  deps.db = breakable(db, {
    beforeBegin: () => turns.take({}),
    beforeCommit: async () => 'commit',
    afterCommit: async () => {},
  })
  deps.clock = () => new Date(script.now.getTime() + (skewMs ?? 0))
  deps.log.warn = (about: { err?: unknown }) => {
    if (about.err && !isRequestFailure(about.err)) unexpected.push(about.err)
  }
  const { openSource } = deps
  deps.openSource = (input) => {
    const opened = openSource(input)
    const { source } = opened
    const paced: Source = {
      ...source,
      read: (entity, asked) => inTurn(source.read(entity, asked), asked.signal),
      readWindow: (entity, asked) => inTurn(source.readWindow?.(entity, asked) ?? none(), asked.signal),
    }
    return { ...opened, source: paced }
  }

  function inTurn(pages: AsyncIterable<Page>, signal: AbortSignal): AsyncIterable<Page> {
    const left = new AbortController()
    const turn = () => turns.take({ signal, ...(!setup.answersUnwanted && { unwanted: left.signal }) })
    async function* read() {
      const iterator = pages[Symbol.asyncIterator]()
      for (;;) {
        await turn()
        happen()
        const page = await iterator.next()
        await turn() // it is on its way, as the source was when it was asked
        if (page.done) return
        yield page.value
      }
    }
    return {
      [Symbol.asyncIterator]() {
        const reading = read()
        return {
          next: () => reading.next(),
          return() {
            left.abort()
            return reading.return(undefined)
          },
        }
      },
    }
  }

  function happen() {
    if (++requests > mostRequests) throw new Error(`it asks for ever: ${mostRequests} requests in one run`)
    const [next, ...later] = armed
    if (!next) return
    armed = next.after > 0 ? [{ ...next, after: next.after - 1 }, ...later] : later
    if (next.after > 0) return
    if (next.act.do === 'write') return write(next.act.write)
    failed += 1
    throw next.act.do === 'fail' ? new SourceUnavailable('It is away.') : new RateLimited('Slow down.')
  }

  function write({ op, picks, ms, lateMs }: Write) {
    script.now = new Date(script.now.getTime() + ms)
    const stamp = new Date(Math.floor((script.now.getTime() - lateMs) / precisionMs) * precisionMs)
    const fields = () => ({ name: `v${++version}` })
    const picked =
      op === 'insert'
        ? picks.map((pick) => `${pick % 2 ? 'A' : 'Z'}${++version}`)
        : picks.map((pick) => script.records[pick % script.records.length]?.id ?? '')
    for (const id of picked) written.add(id)
    const others = script.records.filter(({ id }) => !picked.includes(id))
    script.records =
      op === 'delete' ? others : [...others, ...[...new Set(picked)].map((id) => ({ id, stamp, fields: fields() }))]
  }

  return {
    script,
    deps,
    turns,
    arm(moments) {
      armed = [...moments]
      requests = 0
      written.clear()
    },
    write,
    written,
    failed: () => failed,
    unexpected,
  }
}

const isRequestFailure = (error: unknown) => error instanceof SourceUnavailable || error instanceof RateLimited

async function* none(): AsyncGenerator<Page> {}

function recordsOf({ records, spacingMs, tieGroup, unstamped, recent }: Setup): Script['records'] {
  return Array.from({ length: records }, (_, i) => {
    const ago = i < recent ? i * 400 : Math.floor(i / tieGroup) * spacingMs
    const stamp = unstamped > 0 && i % unstamped === 0 ? null : new Date(start.getTime() - ago)
    return { id: `R${String((i * 37) % 1_000).padStart(3, '0')}`, stamp, fields: { name: 'v0' } }
  })
}
