/** A caller of the API waits for some of these: what does not answer by then is away, and the reconciler makes good for it. */
export const deadlineMs = 5_000

/** A page waits for this: what does not answer by then is away, and nothing is shown in that place. */
export const queryDeadlineMs = 1_500
