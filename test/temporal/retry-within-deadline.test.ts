import { isGrpcServiceError } from '@temporalio/client'
import { expect, inject, test } from 'vitest'
import { connectTemporal } from '../../src/foundation.ts'
import { openWay } from '../graphql/severable-way.ts'

test('a call to a Temporal that is down ends by what keeps the server from answering, not by its deadline, and is tried again until then', async () => {
  const way = await openWay(`tcp://${inject('temporalAddress')}`)
  const connection = await connectTemporal({ address: new URL(way.url).host, namespace: 'default' })
  const ask = (ms: number) =>
    connection.withDeadline(Date.now() + ms, () =>
      connection.workflowService.describeNamespace({ namespace: 'default' }),
    )
  try {
    await way.close()
    const error = await ask(1_500).catch((caught: unknown) => caught)
    expect(isGrpcServiceError(error) && error.details).toMatch(/ECONNREFUSED/)

    const later = ask(20_000)
    await way.reopen()
    expect((await later).namespaceInfo?.name).toBe('default')
  } finally {
    await connection.close()
    await way.close()
  }
})
