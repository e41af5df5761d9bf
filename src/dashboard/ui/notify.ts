import { notifications } from '@mantine/notifications'

/** Something that was asked for is done. */
export const tellDone = (message: string) => notifications.show({ message, color: 'teal', withBorder: true })

export const tellFailed = (message: string) =>
  notifications.show({ title: 'That did not work', message, color: 'red', withBorder: true, autoClose: 12_000 })
