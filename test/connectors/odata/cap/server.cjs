// Started by cap.test.ts with this folder as its working folder; tells its port by IPC and ends with its parent.
const express = require('express')
const cds = require('@sap/cds')
const { rows } = require('./rows.cjs')

cds.env.requires.db = { kind: 'sqlite', impl: '@cap-js/sqlite', driver: 'sql.js', credentials: { url: ':memory:' } }
cds.env.requires.auth = { kind: 'basic', impl: '@sap/cds/lib/srv/middlewares/auth/basic-auth.js', users: { sync: { password: 'sync-pw-1' }, '*': false } }
cds.env.log.levels = { cds: 'warn', deploy: 'warn', odata: 'error', auth: 'error' }

process.on('disconnect', () => process.exit(0))

async function start() {
  const listen = express.application.listen
  // CAP listens on all interfaces; keep it on loopback
  express.application.listen = function (port) {
    return listen.call(this, port, '127.0.0.1')
  }
  const server = await cds.server({ service: 'all', from: 'service.cds', in_memory: true, port: 0 })
  for (const [entity, entries] of Object.entries(rows)) await cds.db.run(cds.ql.INSERT.into(entity).entries(entries))
  process.send({ port: server.address().port })
}

start().catch((error) => {
  console.error(error)
  process.exit(1)
})
