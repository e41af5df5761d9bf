/** The queue on which every worker takes workflows and activities; workers scale out on it. */
export const taskQueue = 'syncline'

/** The queue beside it for long readings; workflows/steps.ts spells it the same. */
export const readersQueue = (queue: string) => `${queue}-readers`
