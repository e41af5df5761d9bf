import { readFileSync } from 'node:fs'
import { cpus } from 'node:os'

/** User and system time of a process so far, from /proc; 0 where there is none. */
export function cpuMs(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    return (Number(fields[11]) + Number(fields[12])) * 10
  } catch {
    return 0
  }
}

/** Resident memory of a process, now and at its peak, from /proc; NaN where there is none. */
export function memoryMb(pid: number): { now: number; peak: number } {
  const read = (status: string, name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1_024)
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return { now: read(status, 'VmRSS'), peak: read(status, 'VmHWM') }
  } catch {
    return { now: Number.NaN, peak: Number.NaN }
  }
}

/** Of all cores, so far, in ms. */
export function machineCpu(): { busy: number; all: number } {
  const times = cpus().map((core) => core.times)
  const all = times.reduce((sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq, 0)
  return { busy: all - times.reduce((sum, { idle }) => sum + idle, 0), all }
}
