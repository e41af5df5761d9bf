import { TextInput } from '@mantine/core'
import { useDebouncedCallback } from '@mantine/hooks'
import { type ChangeEvent, useState } from 'react'

export interface DayFieldProps {
  label: string
  /** "2026-11-29"; empty: none. */
  value: string
  onChange: (day: string) => void
  w: number
}

const restMs = 400

/**
 * A day, told once the typing rests or the field is left. While a year is being typed "0002-11-29" is a day to the browser: below `min` nothing is
 * told. What is being written stays until the value becomes one that did not come from here.
 */
export function DayField({ label, value, onChange, w }: DayFieldProps) {
  const [text, setText] = useState(value)
  const [seen, setSeen] = useState(value)
  const [told, setTold] = useState(value)
  const tell = useDebouncedCallback((day: string) => {
    setTold(day)
    onChange(day)
  }, restMs)

  if (value !== seen) {
    setSeen(value)
    if (value !== told) {
      setTold(value)
      setText(value)
    }
  }

  function write({ currentTarget: { value: written, validity } }: ChangeEvent<HTMLInputElement>) {
    setText(written)
    tell.cancel()
    if (validity.valid) tell(written)
  }
  return (
    <TextInput
      label={label}
      type="date"
      min="1900-01-01"
      max="9999-12-31"
      value={text}
      onChange={write}
      onBlur={() => tell.flush()}
      w={w}
    />
  )
}
