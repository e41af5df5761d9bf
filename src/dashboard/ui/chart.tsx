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
