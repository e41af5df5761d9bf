export const currencies = ['EUR', 'EUR', 'EUR', 'USD', 'USD', 'GBP', 'CHF'] as const
export const plants = ['PL-01', 'PL-02', 'PL-03', 'PL-04', 'PL-05'] as const
export const areas = [
  'Boiler house',
  'Packing line 2',
  'Cold store',
  'Press shop',
  'Paint line',
  'Water treatment',
] as const
export const people = ['a.moreno', 'b.lindqvist', 'c.okafor', 'd.novak', 'e.tanaka', 'f.haas', 'g.dubois'] as const
export const fullNames = [
  'Ana Moreno',
  'Bo Lindqvist',
  'Chidi Okafor',
  'Dana Novak',
  'Emi Tanaka',
  'Finn Haas',
] as const
export const makers = ['Nordlager', 'Hydrotec', 'Voltan', 'Kessler', 'Aeromat', 'Tribolux', 'Sensoria'] as const
export const paymentTerms = ['30 days net', '14 days 2 %, 30 days net', '60 days net', 'on receipt'] as const
export const cities = [
  ['Rotterdam', 'ZH', '3011', 'NL'],
  ['Leipzig', 'SN', '04109', 'DE'],
  ['Lyon', 'ARA', '69002', 'FR'],
  ['Cleveland', 'OH', '44114', 'US'],
  ['Leeds', 'WYK', 'LS1 4', 'GB'],
] as const
export const units = ['pcs', 'pcs', 'pcs', 'm', 'kg', 'l', 'set'] as const
export const goods = [
  'Deep groove ball bearing',
  'V-belt',
  'Mechanical seal',
  'Proximity sensor',
  'Solenoid valve',
  'Hydraulic hose',
  'Filter cartridge',
  'Gear oil',
  'Contactor',
  'Pressure transmitter',
] as const
export const machines = [
  'Centrifugal pump',
  'Screw compressor',
  'Belt conveyor',
  'Steam boiler',
  'Palletizer',
  'Air handling unit',
  'Hydraulic press',
  'Cooling tower',
] as const

const sentences = [
  'Deliver to the goods entrance and ask for the shift leader.',
  'Checked against the drawing of last year, no deviation found.',
  'The previous unit ran warm after four hundred hours.',
  'Spare set is kept in the east store, shelf seven.',
  'Release only together with the test report of the maker.',
  'Vibration was above the limit on the drive side.',
  'Price agreed by telephone and confirmed in writing.',
  'Lock out the supply and drain the line before opening.',
]
const prose = Array.from({ length: 64 }, (_, i) => sentences[(i * 3 + (i >> 3)) % sentences.length]).join(' ')

/** Plain text of exactly this length, without a character that JSON would escape. */
export function textOf(length: number, offset: number): string {
  const start = offset % 1_024
  const text = prose.slice(start, start + length)
  return text.length === length
    ? text
    : text + prose.repeat(Math.ceil(length / prose.length)).slice(0, length - text.length)
}
