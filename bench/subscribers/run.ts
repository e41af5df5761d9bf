import { startProgram } from '../child.ts'
import { median } from '../median.ts'
import { cpuMs, machineCpu, memoryMb } from '../process-figures.ts'
import type { Moment } from './bare.ts'
import type { Figures } from './clients.ts'
import { type CommittedEvent, setScene } from './scene.ts'

/**
 * Subscribers of one API process while 20 runs go on, each a socket of its own: events delivered a second, and the time from an event's commit to a
 * subscriber. Then, while 20 runs go on as before, the same events at the same times from a server that only sends. Both in turns: a machine that becomes
 * slower or quicker meanwhile decides about one turn only. Usage: node --import tsx bench/subscribers/run.ts [subscribers] [seconds of each] [turns]
 */
const subscribers = Number(process.argv[2] ?? 1_000)
const seconds = Number(process.argv[3] ?? 30)
const turns = Number(process.argv[4] ?? 3)

const scene = await setScene(subscribers)
const { api, clients, stage } = scene
const bare = await startProgram('./subscribers/bare.ts', [])
const ratios: { p50: number; p99: number }[] = []
try {
  for (let turn = 0; turn < turns; turn++) ratios.push(await takeTurn())
  const p50 = median(ratios.map((it) => it.p50))
  const p99 = median(ratios.map((it) => it.p99))
  console.log(`of ${turns} turns, at the median: p99 × ${p99.toFixed(1)}, p50 × ${p50.toFixed(1)}`)
} finally {
  await bare.stop()
  await scene.stop()
}

async function takeTurn() {
  const before = memoryMb(api.pid).now
  await scene.open(scene.apiUrl)
  const opened = memoryMb(api.pid).now
  const since = Date.now()
  const watched = watch(api.pid)
  await scene.runOn(seconds)
  const took = watched()
  const events = await scene.eventsSince(since)
  const committed = new Map(events.map(({ event, committedAt }) => [event, committedAt]))
  const product = await scene.measured(committed, await scene.newestSequences())
  say('product', product, took)
  console.log(
    `  ${events.length} events in ${took.seconds.toFixed(0)} s; API memory ${before} MB without subscribers, ${opened} MB with them ` +
      `(${(((opened - before) * 1_024) / subscribers).toFixed(0)} KB each), ${memoryMb(api.pid).now} MB at the end`,
  )
  await scene.leave()

  await scene.open(String(bare.message['url']))
  const timeline = timelineOf(events, await scene.newestSequences())
  const watchedBare = watch(bare.pid)
  const [{ sentAt }] = await Promise.all([played(timeline), scene.runOn(seconds)])
  const tookBare = watchedBare()
  const limit = await scene.measured(new Map(Object.entries(sentAt)), lastOf(timeline))
  say('bare', limit, tookBare)
  await scene.leave()
  const ratio = { p50: product.p50 / limit.p50, p99: product.p99 / limit.p99 }
  console.log(`the product against the bare server: p99 × ${ratio.p99.toFixed(1)}, p50 × ${ratio.p50.toFixed(1)}`)
  return ratio
}

/** The same events, numbered on from what is stored now, as the API would send them. */
function timelineOf(events: CommittedEvent[], newest: Map<string, number>): Moment[] {
  const first = events[0]?.committedAt ?? 0
  return events.map(({ id, committedAt, payload }) => {
    const sequence = (newest.get(id) ?? 0) + 1
    newest.set(id, sequence)
    const message = { id: '1', type: 'next', payload: { data: { connectionEvents: { ...payload, sequence } } } }
    return { ms: committedAt - first, id, event: `${id} ${sequence}`, message: JSON.stringify(message) }
  })
}

function lastOf(timeline: Moment[]): Map<string, number> {
  return new Map(timeline.map(({ id, event }) => [id, Number(event.split(' ')[1])]))
}

async function played(timeline: Moment[]) {
  return (await bare.ask(timeline, 'played')) as { sentAt: Record<string, number> }
}

interface Taken {
  seconds: number
  /** Of one core. */
  server: number
  clients: number
  worker: number
  /** Of all cores. */
  machine: number
}

function watch(serverPid: number): () => Taken {
  const pids = [serverPid, clients.pid, stage.worker.pid] as const
  const begun = { at: Date.now(), cpu: pids.map(cpuMs), machine: machineCpu() }
  return () => {
    const ms = Date.now() - begun.at
    const [server = 0, ofClients = 0, worker = 0] = pids.map((pid, i) => cpuMs(pid) - (begun.cpu[i] ?? 0))
    const now = machineCpu()
    return {
      seconds: ms / 1_000,
      server,
      clients: ofClients / ms,
      worker: worker / ms,
      machine: (now.busy - begun.machine.busy) / (now.all - begun.machine.all),
    }
  }
}

function say(name: string, { delivered, faults, p50, p99, longest, perSecond }: Figures, took: Taken) {
  console.log(
    `${name}: ${subscribers} subscribers, ${delivered} events delivered, ${perSecond.toFixed(0)} a second; ` +
      `from commit to client p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)}, longest ${longest.toFixed(1)} ms; ` +
      `${((took.server * 1_000) / delivered).toFixed(0)} µs of CPU for each; ${faults} faults\n` +
      `  of a core: server ${percent(took.server / took.seconds / 1_000)}, clients ${percent(took.clients)}, worker ${percent(took.worker)}; ` +
      `of the machine ${percent(took.machine)}`,
  )
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`
}
