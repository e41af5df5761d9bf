import { Page } from '../ui/page.tsx'
import { Panel } from '../ui/panel.tsx'
import { ConnectionChoice } from './connection-choice.tsx'

export const RecordsStartPage = () => (
  <Page title="Records" summary="What was copied out of the source systems, in one form.">
    <Panel>
      <ConnectionChoice chosen={null} />
    </Panel>
  </Page>
)
