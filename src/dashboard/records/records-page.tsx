import { Stack, Tabs } from '@mantine/core'
import { useNavigate, useParams, useSearchParams } from 'react-router'
import { useLiveQuery } from '../api/use-live-query.ts'
import { type EntityType, RecordPlaceDocument, type RecordPlaceQuery, RecordsDocument } from '../generated/documents.ts'
import { useHere } from '../layout/use-here.ts'
import { count } from '../ui/numbers.ts'
import { Page } from '../ui/page.tsx'
import { Pager, usePlace } from '../ui/pager.tsx'
import { Empty, Lines, Loaded } from '../ui/states.tsx'
import { entityPlural } from '../ui/words.ts'
import { bringsRecords } from './brings-records.ts'
import { ConnectionChoice } from './connection-choice.tsx'
import { RecordDrawer } from './record-drawer.tsx'
import { RecordFilters } from './record-filters.tsx'
import { RecordTable } from './record-table.tsx'
import { useRecordFilter } from './use-record-filter.ts'

export function RecordsPage() {
  const { id = '', entity: asked = '' } = useParams()
  const query = useLiveQuery({
    query: RecordPlaceDocument,
    variables: { id },
    changes: (event) => bringsRecords(event, id),
  })
  return (
    <Page title="Records" summary="What was copied out of the source systems, in one form.">
      <Loaded query={query}>
        {({ connection }) => {
          const entity = connection?.entities.find((each) => each.entity === asked)?.entity
          return connection && entity ? (
            <Browser connection={connection} entity={entity} key={`${id} ${entity}`} />
          ) : (
            <>
              <ConnectionChoice chosen={null} />
              <Empty title="No such records">
                The connection is unknown in this environment, or has not this entity.
              </Empty>
            </>
          )
        }}
      </Loaded>
    </Page>
  )
}

interface BrowserProps {
  connection: NonNullable<RecordPlaceQuery['connection']>
  entity: EntityType
}

const rowsOfPage = 50

function Browser({ connection, entity }: BrowserProps) {
  const { id, entities } = connection
  const { at } = useHere()
  const go = useNavigate()
  const [parameters, setParameters] = useSearchParams()
  const { filter, orderBy, values, narrow } = useRecordFilter()
  const { place, go: turn, atStart } = usePlace(rowsOfPage)
  const query = useLiveQuery({
    query: RecordsDocument,
    variables: { id, entity, filter, orderBy, ...place },
    changes: (event) => bringsRecords(event, id, entity),
  })
  const opened = parameters.get('record')
  const show = (record: string | null) =>
    setParameters((before) => {
      const next = new URLSearchParams(before)
      if (record === null) next.delete('record')
      else next.set('record', record)
      return next
    })

  return (
    <Stack gap="md">
      <ConnectionChoice chosen={connection} />
      <Tabs
        value={entity}
        onChange={(next) => next !== null && void go(at(`records/${encodeURIComponent(id)}/${next}`))}
      >
        <Tabs.List aria-label="Entities" mb="md">
          {entities.map(({ entity: each, recordCount }) => (
            <Tabs.Tab key={each} value={each}>
              {entityPlural(each)} ({count(recordCount)})
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={entity}>
          <Stack gap="md">
            <RecordFilters {...{ entity, values, narrow, orderBy }} />
            <div className="panel">
              <Loaded query={query} loading={<Lines lines={12} height={18} />}>
                {({ connection }) => {
                  const page = connection?.records
                  if (!page || page.edges.length === 0)
                    return <Empty title="No record fits">Change a filter, or sync the entity first.</Empty>
                  return (
                    <>
                      <RecordTable records={page.edges.map(({ node }) => node)} onOpen={show} />
                      <Pager
                        pageInfo={page.pageInfo}
                        rows={page.edges.length}
                        what="records on this page"
                        atStart={atStart}
                        go={turn}
                      />
                    </>
                  )
                }}
              </Loaded>
            </div>
          </Stack>
        </Tabs.Panel>
      </Tabs>
      <RecordDrawer connectionId={id} entity={entity} id={opened} onClose={() => show(null)} />
    </Stack>
  )
}
