import type { ReactNode } from 'react'
import { Panel } from './panel.tsx'
import classes from './chart.module.css'

export interface ChartProps {
  title: string
  /** What it shows, in words: for those who cannot see it. */
  summary: string
  children: ReactNode
}

export const Chart = ({ title, summary, children }: ChartProps) => (
  <Panel title={title}>
    <figure className={classes['chart']}>
      <figcaption className={classes['caption']}>{summary}</figcaption>
      <div style={{ height: 240 }} aria-hidden>
        {children}
      </div>
    </figure>
  </Panel>
)

/** How axes, grids and tooltips look in both colour schemes. */
export const axis = { stroke: 'var(--mantine-color-dimmed)', fontSize: 12, tickLine: false, axisLine: false } as const
export const grid = { stroke: 'var(--line)', vertical: false } as const
export const tooltip = {
  contentStyle: {
    background: 'var(--surface)',
    border: '1px solid var(--line)',
    borderRadius: 8,
    color: 'var(--mantine-color-text)',
    fontSize: 13,
  },
  cursor: { fill: 'color-mix(in srgb, var(--line) 50%, transparent)' },
} as const

const clock = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit' })
const day = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short' })

function shortTime(at: string): string {
  const moment = new Date(at)
  return Date.now() - moment.getTime() < 86_400_000 ? clock.format(moment) : day.format(moment)
}

/** Of what has its moment in `at`. */
export const timeAxis = { dataKey: 'at', tickFormatter: shortTime, minTickGap: 40, ...axis } as const
