import { expect, test } from 'vitest'
import { createPlaces, type Places } from '../../src/activities/places.ts'

const open = () => new AbortController().signal

/** A reader that has found a place, and lends it. */
function standAside(places: Places) {
  expect(places.tryReserve()).toBe(true)
  const turn = places.begin()
  return { turn, comeBack: turn.standAside() }
}

test('no more are reserved than there are places, and what is given back is the next one waiting', async () => {
  const places = createPlaces({ places: 2, turnMs: 10_000 })
  await places.reserve(open())
  expect(places.tryReserve()).toBe(true)
  expect(places.tryReserve()).toBe(false)
  const order: string[] = []
  const third = places.reserve(open()).then(() => order.push('third'))
  const fourth = places.reserve(open()).then(() => order.push('fourth'))
  places.free()
  await third
  expect(order).toEqual(['third'])
  places.free()
  await fourth
  expect(places.tryReserve()).toBe(false)
})

test('a reservation that is given up takes no place', async () => {
  const places = createPlaces({ places: 1, turnMs: 10_000 })
  await places.reserve(open())
  const giveUp = new AbortController()
  const given = places.reserve(giveUp.signal)
  giveUp.abort(new Error('no longer needed'))
  await expect(given).rejects.toThrow('no longer needed')
  places.free()
  expect(places.tryReserve()).toBe(true)
})

test('who stands aside lends the place, and reads on at once when it comes back', async () => {
  const places = createPlaces({ places: 1, turnMs: 10_000 })
  await places.reserve(open())
  const turn = places.begin()
  const waiting = places.reserve(open())
  const comeBack = turn.standAside()
  await waiting
  await comeBack(open())
  // two read for a while: nobody more is let in until both have left
  places.free()
  expect(places.tryReserve()).toBe(false)
  places.free()
  expect(places.tryReserve()).toBe(true)
})

test('no more than twice as many as there are places read at once, however many come back together', async () => {
  const places = createPlaces({ places: 1, turnMs: 10_000 })
  const turns = Array.from({ length: 3 }, () => standAside(places))
  const back: number[] = []
  const giveUp = new AbortController()
  const coming = turns.map(({ comeBack }, i) => comeBack(i === 2 ? giveUp.signal : open()).then(() => back.push(i)))
  await Promise.all(coming.slice(0, 2))
  expect(back).toEqual([0, 1])
  giveUp.abort(new Error('canceled'))
  await expect(coming[2]).rejects.toThrow('canceled')

  const again = turns[2]?.comeBack(open()).then(() => back.push(2))
  const newcomer = places.reserve(open()).then(() => back.push(3))
  turns[0]?.turn.end()
  places.free()
  await again
  expect(back).toEqual([0, 1, 2])
  for (const { turn } of turns.slice(1)) {
    turn.end()
    places.free()
  }
  await newcomer
})

test('a turn that ends aside, or on its way back, leaves one place free and no more', async () => {
  const places = createPlaces({ places: 1, turnMs: 10_000 })
  const turns = Array.from({ length: 4 }, () => standAside(places))
  for (const { comeBack } of turns.slice(0, 2)) await comeBack(open())
  const onItsWay = turns[2]?.comeBack(open())
  for (const { turn } of turns.toReversed()) {
    turn.end()
    turn.standAside()
    places.free()
  }
  await onItsWay
  expect([places.tryReserve(), places.tryReserve()]).toEqual([true, false])
})

test('a turn is over also where as many stand aside as may: nobody else is let in', async () => {
  const places = createPlaces({ places: 1, turnMs: 0 })
  const { turn: first } = standAside(places)
  for (let others = 0; others < 3; others += 1) standAside(places)
  expect(first.isOver()).toBe(false)
  standAside(places)
  expect(places.tryReserve()).toBe(false)
  expect(first.isOver()).toBe(true)
})

test('a turn is over only where every place is taken, and not for all at once', async () => {
  const places = createPlaces({ places: 2, turnMs: 0 })
  const first = places.begin()
  expect(first.isOver()).toBe(false)
  const second = places.begin()
  expect(second.isOver()).toBe(true)
  const long = createPlaces({ places: 2, turnMs: 60_000 })
  const [third, fourth] = [long.begin(), long.begin()]
  expect([third.isOver(), fourth.isOver()]).toEqual([false, false])
})
