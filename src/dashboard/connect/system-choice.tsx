import { Radio, SimpleGrid, Text } from '@mantine/core'
import type { CatalogSystemFragment } from '../generated/documents.ts'
import { plural } from '../ui/numbers.ts'
import classes from './system-choice.module.css'

export interface SystemChoiceProps {
  systems: readonly CatalogSystemFragment[]
  value: string | null
  onChange: (key: string) => void
}

export const SystemChoice = ({ systems, value, onChange }: SystemChoiceProps) => (
  <Radio.Group value={value} onChange={onChange} aria-label="System">
    <SimpleGrid cols={{ base: 1, sm: 2, lg: 3 }} spacing="sm">
      {systems.map(({ key, name, category, creditCost, entities }) => (
        <Radio.Card
          key={key}
          value={key}
          p="md"
          className={classes['card'] ?? ''}
          aria-labelledby={`system-${key}`}
          aria-describedby={`system-${key}-facts`}
        >
          <Text fw={600} size="sm" id={`system-${key}`}>
            {name}
          </Text>
          <Text size="xs" c="dimmed" id={`system-${key}-facts`}>
            {category} · {plural(entities.length, 'entity', 'entities')} · {plural(creditCost, 'credit')}
          </Text>
        </Radio.Card>
      ))}
    </SimpleGrid>
  </Radio.Group>
)
