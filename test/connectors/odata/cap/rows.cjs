// The same rows in every run. Seven orders in a row share a stamp, so that pages end within a tie; some have none.
const base = Date.UTC(2026, 0, 1)
const orderCount = 3_200
const at = (minutes) => new Date(base + minutes * 60_000 + (minutes % 1_000)).toISOString()
const uuid = (n) => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`

const vendors = Array.from({ length: 40 }, (_, i) => {
  return { ID: String(100_000 + i), name: `Vendor ${i}`, country: 'DE', createdAt: at(i), modifiedAt: at(i) }
})

const orders = Array.from({ length: orderCount }, (_, i) => {
  return {
    ID: String(4_500_000_000 + ((i * 1_609) % orderCount)),
    vendor_ID: String(100_000 + (i % 40)),
    orderDate: new Date(base + (i % 300) * 86_400_000).toISOString().slice(0, 10),
    currency: 'EUR',
    total: i === 0 ? 1_234_567_890_123.45 : i + 0.1,
    status: i % 2 === 0 ? 'Approved' : 'partially received',
    createdAt: at(0),
    modifiedAt: i % 100 === 99 ? null : at(Math.floor(i / 7)),
  }
})

const lines = orders.flatMap((order, i) =>
  Array.from({ length: i % 4 }, (_, j) => {
    const line = { order_ID: order.ID, pos: (j + 1) * 10, material: `MAT-${j}`, qty: 1.5, unit: 'EA', price: 0.1 }
    return { ID: uuid(i * 10 + j), ...line }
  }),
)

const stock = Array.from({ length: 60 }, (_, i) => {
  return { plant: `P${i % 3}`, number: i, text: `Bearing ${i}`, createdAt: at(i), modifiedAt: at(Math.floor(i / 30)) }
})

exports.rows = { 'erp.Vendors': vendors, 'erp.Orders': orders, 'erp.OrderLines': lines, 'erp.Stock': stock }
