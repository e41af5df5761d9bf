import type { SyncErrorCategory } from '../generated/documents.ts'

export interface ErrorAdvice {
  /** What happened, in a few words. */
  title: string
  /** What whoever looks can do. */
  advice: string
  /** And then, once the run is over. */
  afterwards?: string
}

export const errorAdvice: Record<SyncErrorCategory, ErrorAdvice> = {
  AUTHENTICATION: {
    title: 'The source refuses the credentials',
    advice: 'Give new ones: on the connection’s page, “Change source and credentials”.',
    afterwards: 'Then retry.',
  },
  PERMISSION: {
    title: 'The source does not let these credentials read it',
    advice:
      'Have the missing right given at the source. Or take the entity out: on the connection’s page, “Change the settings”.',
    afterwards: 'Then retry.',
  },
  CONFIGURATION: {
    title: 'The connection’s config does not fit the source',
    advice: 'Correct it: on the connection’s page, “Change source and credentials”.',
    afterwards: 'Then retry.',
  },
  RATE_LIMIT: {
    title: 'The source asks for fewer requests',
    advice: 'Lower the requests a second in the config, or sync less often.',
    afterwards: 'The next run goes on where this one stopped.',
  },
  SOURCE_DATA: {
    title: 'The source sent what cannot be read',
    advice: 'Look at the message, and at the rejected records. If the source is right, it is a fault of the connector.',
  },
  SOURCE_UNAVAILABLE: {
    title: 'The source did not answer',
    advice: 'Check that it runs and can be reached from here.',
    afterwards: 'The next run reads the same window again.',
  },
  CANCELED: {
    title: 'It was canceled',
    advice: 'What was committed stays.',
    afterwards: 'The next run reads the same window again.',
  },
  INTERNAL: {
    title: 'Syncline failed',
    advice: 'The worker’s log tells more.',
    afterwards: 'Retry. If it comes again, report it with the log.',
  },
}
