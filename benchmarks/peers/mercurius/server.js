// mercurius with jit: the same schema, the same plan as plain objects, default resolvers.
//
// node benchmarks/peers/mercurius/server.js SCHEMA PLAN_JSON PORT
// SCHEMA: the schema in GraphQL's language. PLAN_JSON: what `plan` answers, its fields named as the schema names them.
import { readFileSync } from 'node:fs'

import Fastify from 'fastify'
import mercurius from 'mercurius'

const [schemaFile, planFile, port] = process.argv.slice(2)
const kept = JSON.parse(readFileSync(planFile, 'utf8'))
const app = Fastify()
app.register(mercurius, {
  schema: readFileSync(schemaFile, 'utf8'),
  resolvers: { Query: { plan: (_root, { id }) => (id === kept.id ? kept : null) } },
  jit: 1
})
await app.listen({ host: '127.0.0.1', port: Number(port) })
