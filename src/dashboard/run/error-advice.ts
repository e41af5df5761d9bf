import type { SyncErrorCategory } from '../generated/documents.ts'

/** What happened, in a few words, and what whoever looks can do. */
export const errorAdvice: Record<SyncErrorCategory, { title: string; advice: string }> = {
  AUTHENTICATION: {
    title: 'The source refuses the credentials',
    advice: 'Give new ones: on the connection’s page, “Change source and credentials”. Then retry.',
  },
  PERMISSION: {
    title: 'The source does not let these credentials read it',
    advice:
      'Have the missing right given at the source, and retry. Or take the entity out: on the connection’s page, “Change the settings”.',
  },
  CONFIGURATION: {
    title: 'The connection’s config does not fit the source',
    advice: 'Correct it: on the connection’s page, “Change source and credentials”. Then retry.',
  },
  RATE_LIMIT: {
    title: 'The source asks for fewer requests',
    advice:
      'Lower the requests a second in the config, or sync less often. The next run goes on where this one stopped.',
  },
  SOURCE_DATA: {
    title: 'The source sent what cannot be read',
    advice: 'Look at the message, and at the rejected records. If the source is right, it is a fault of the connector.',
  },
  SOURCE_UNAVAILABLE: {
    title: 'The source did not answer',
    advice: 'Check that it runs and can be reached from here. The next run reads the same window again.',
  },
  CANCELED: {
    title: 'It was canceled',
    advice: 'What was committed stays. The next run reads the same window again.',
  },
  INTERNAL: {
    title: 'Syncline failed',
    advice: 'The worker’s log tells more. Retry; if it comes again, report it with the log.',
  },
}
