import { Context } from '@temporalio/activity'
import { deleteData } from '../store/data-delete.ts'
import { doomedEntities, endDeletion } from '../store/data-deletion.ts'
import type { ActivityDeps } from './deps.ts'

/** A call takes a place among the short steps of all runs, so that it leaves it soon. */
const callMs = 20_000
const heartbeatMs = 2_000

/**
 * Deletes, for a bounded time, what someone has asked to be deleted of a connection: batch by batch, entity by entity; not done: call again. Safe to
 * retry and to kill: each batch is a transaction of its own, and the next call goes on with what is left. Heartbeats every 2 s, and they carry nothing.
 */
export const deleteConnectionData =
  ({ db }: ActivityDeps) =>
  async ({ connectionId }: { connectionId: string }): Promise<{ done: boolean }> => {
    const context = Context.current()
    let until: number | undefined
    const beat = setInterval(() => context.heartbeat(), heartbeatMs)
    try {
      for (const doomed of await doomedEntities(db, connectionId)) {
        for await (const _ of deleteData(db, doomed)) {
          context.cancellationSignal.throwIfAborted()
          // from the first batch on: however long it took to find, each call gets on
          until ??= Date.now() + callMs
          if (Date.now() > until) return { done: false }
        }
        await endDeletion(db, doomed)
      }
      // another entity may have been asked for meanwhile, when this workflow could not be started once more
      return { done: (await doomedEntities(db, connectionId)).length === 0 }
    } finally {
      clearInterval(beat)
    }
  }
