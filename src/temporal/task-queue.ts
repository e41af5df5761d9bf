/** The queue on which every worker takes workflows and activities; workers scale out on it. */
export const taskQueue = 'syncline'
