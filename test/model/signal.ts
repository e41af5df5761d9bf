/** Given once, waited for by anyone. */
export class Signal {
  given = false
  #give = () => {}
  readonly wait = new Promise<void>((resolve) => (this.#give = resolve))

  give() {
    this.given = true
    this.#give()
  }
}
