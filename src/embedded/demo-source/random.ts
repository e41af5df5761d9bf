/** Draws that depend on nothing but the numbers it is made from: the same seed gives the same data on every machine. */
export class Random {
  #state: number

  constructor(seed: number, stream: number, index: number) {
    this.#state = mix(mix(seed ^ 0x9e3779b9) ^ Math.imul(stream + 1, 0x85ebca6b)) ^ mix(index + 0x7f4a7c15)
  }

  /** 0 ≤ n < limit, a whole number. */
  below(limit: number): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0
    return Math.floor((mix(this.#state) / 4_294_967_296) * limit)
  }

  between(low: number, high: number): number {
    return low + this.below(high - low + 1)
  }

  chance(percent: number): boolean {
    return this.below(100) < percent
  }

  pick<const L extends readonly [unknown, ...unknown[]]>(list: L): L[number] {
    return list[this.below(list.length)] ?? list[0]
  }
}

function mix(value: number): number {
  let z = value | 0
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad)
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97)
  return (z ^ (z >>> 15)) >>> 0
}
