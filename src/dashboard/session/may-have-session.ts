const key = 'syncline-may-have-session'

/** Whether this browser may have a session: no script can see the cookie. Without it nobody asks the API only to be refused. */
export const mayHaveSession = {
  read: () => localStorage.getItem(key) !== null,
  note: (signedIn: boolean) => (signedIn ? localStorage.setItem(key, '1') : localStorage.removeItem(key)),
}
