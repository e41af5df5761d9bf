import { setTimeout as pause } from 'node:timers/promises'
import { memoryMb } from '../process-figures.ts'
import { setScene } from './scene.ts'

/**
 * Resident memory of the API process over time, with subscribers who stay and then with as many of whom some leave and come back all the time, while
 * 20 runs go on: it must be flat. Usage: node --import tsx bench/subscribers/memory.ts [subscribers] [seconds of each]
 */
const subscribers = Number(process.argv[2] ?? 1_000)
const seconds = Number(process.argv[3] ?? 120)
const everySeconds = 10
const comeBackPerSecond = 20

const scene = await setScene(subscribers)
try {
  console.log(`without subscribers ${memoryMb(scene.api.pid).now} MB`)
  await scene.open(scene.apiUrl)
  await Promise.all([scene.runOn(2 * seconds), sampled()])
  const { faults } = await scene.measured(new Map(), await scene.newestSequences())
  console.log(`${faults} faults`)
} finally {
  await scene.stop()
}

async function sampled() {
  await sample('all stay')
  await scene.churn(comeBackPerSecond)
  await sample(`${comeBackPerSecond} a second come back`)
  await scene.churn(0)
}

async function sample(name: string) {
  const seen: number[] = []
  for (let left = seconds; left > 0; left -= everySeconds) {
    seen.push(memoryMb(scene.api.pid).now)
    await pause(everySeconds * 1_000)
  }
  console.log(`${subscribers} subscribers, ${name}: every ${everySeconds} s ${seen.join(', ')} MB`)
}
