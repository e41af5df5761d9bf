import { Button } from '@mantine/core'
import type { SyncEvent } from '../api/follow.ts'
import type { SyncEventType } from '../generated/documents.ts'
import { focusable } from '../ui/focusable.tsx'
import { count } from '../ui/numbers.ts'
import { Panel } from '../ui/panel.tsx'
import { Scroll } from '../ui/scroll.tsx'
import { Lines, Loaded } from '../ui/states.tsx'
import type { Tone } from '../ui/status.tsx'
import { inFull, timeOfDay } from '../ui/time.ts'
import { entityPlural, inSentenceCase } from '../ui/words.ts'
import classes from './timeline.module.css'
import type { useTimeline } from './use-timeline.ts'

export function Timeline({ query, newestFirst, toEarlier, toNewest }: ReturnType<typeof useTimeline>) {
  return (
    <Panel
      title="What happened"
      actions={
        (toEarlier || toNewest) && (
          <>
            <Button
              size="xs"
              variant="default"
              renderRoot={focusable}
              disabled={!toNewest}
              onClick={() => toNewest?.()}
            >
              Newest
            </Button>
            <Button
              size="xs"
              variant="default"
              renderRoot={focusable}
              disabled={!toEarlier}
              onClick={() => toEarlier?.()}
            >
              Earlier
            </Button>
          </>
        )
      }
    >
      <Loaded query={query} loading={<Lines lines={3} height={16} />}>
        {() => (
          <Scroll label="Events" maxHeight={420}>
            <ol className={classes['timeline']}>
              {newestFirst.map((event) => (
                <li key={event.sequence} data-tone={toneOf(event)}>
                  <time dateTime={event.at} title={inFull(event.at)} className="numbers">
                    {timeOfDay(event.at)}
                  </time>
                  <span>
                    {wordsOf(event)}
                    {event.message !== null && <span className={classes['message']}> {event.message}</span>}
                  </span>
                </li>
              ))}
            </ol>
          </Scroll>
        )}
      </Loaded>
    </Panel>
  )
}

function toneOf({ type, status }: SyncEvent): Tone {
  if (status === 'FAILED') return 'bad'
  if (type === 'ENTITY_RETRYING' || type === 'DELETES_HELD' || status === 'PARTIALLY_SUCCEEDED') return 'warn'
  if (status === 'SUCCEEDED') return 'good'
  return type.endsWith('STARTED') ? 'busy' : 'idle'
}

const words: Partial<Record<SyncEventType, string>> = {
  RUN_QUEUED: 'The run is queued.',
  RUN_STARTED: 'The run has started.',
  DELETES_HELD: 'deletions are held for a decision.',
  DELETES_CONFIRMED: 'the held deletions are confirmed.',
  DELETES_DISMISSED: 'the held deletions are dismissed.',
  ENTITY_STARTED: 'reading has started.',
  ENTITY_RETRYING: 'is being tried again.',
  ENTITY_CANCELING: 'is being canceled.',
}

function wordsOf({ type, entity, status, counts }: SyncEvent): string {
  const ended = status ? inSentenceCase(status).toLowerCase() : 'ended'
  if (type === 'RUN_FINISHED') return `The run has ${ended === 'canceled' ? 'been canceled' : ended}.`
  const read = counts ? `, ${count(counts.fetched)} read` : ''
  const what = type === 'ENTITY_FINISHED' ? `${ended}${read}.` : (words[type] ?? inSentenceCase(type))
  return entity === null ? what : `${entityPlural(entity)}: ${what}`
}
