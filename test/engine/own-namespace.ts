import { randomUUID } from 'node:crypto'
import { Client, Connection } from '@temporalio/client'
import { msToTs } from '@temporalio/common'
import { inject } from 'vitest'
import { eventually } from '../eventually.ts'

/** A namespace of the test file's own: worker processes all take the same task queue, and would take each other's work. */
export async function registerOwnNamespace(): Promise<string> {
  const connection = await Connection.connect({ address: inject('temporalAddress') })
  try {
    const namespace = `test-${randomUUID()}`
    await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod: msToTs('1 day') })
    const client = new Client({ connection, namespace })
    // the server's services learn of a namespace one after the other
    await eventually('the namespace', () =>
      client.workflow
        .list({ pageSize: 1 })
        [Symbol.asyncIterator]()
        .next()
        .then(
          () => true,
          () => false,
        ),
    )
    return namespace
  } finally {
    await connection.close()
  }
}
