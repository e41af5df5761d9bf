import { expect, test } from 'vitest'
import { createPlaces } from '../../src/activities/places.ts'

const open = () => new AbortController().signal

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
  comeBack()
  // two read for a moment: nobody more is let in until both have left
  places.free()
  expect(places.tryReserve()).toBe(false)
  places.free()
  expect(places.tryReserve()).toBe(true)
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
