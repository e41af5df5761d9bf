import { createDemoSource } from '../src/embedded/demo-source/create-demo-source.ts'

/**
 * The source in a process of its own, as a real one would be: `records` purchase orders of about 1 KB and `others` vendors; what of it fits into
 * 1 GiB is rendered once before.
 */
const records = Number(process.argv[2])
const others = Number(process.argv[3] ?? 10)
const source = await createDemoSource({
  anchor: new Date(Date.now() - 60_000),
  counts: { VENDOR: others, PART: 10, ASSET: 10, WORK_ORDER: 10, PURCHASE_ORDER: records },
})
await renderAll(`${source.url}/api/v1/purchase-orders`)
process.send?.({ url: source.url })
process.once('disconnect', () => process.exit(0))

async function renderAll(collection: string) {
  for (let after: string | null = ''; after !== null; ) {
    const response: Response = await fetch(`${collection}?limit=5000${after && `&after=${encodeURIComponent(after)}`}`)
    const page = (await response.json()) as { next: string | null } // our own source's form
    after = page.next
  }
}
