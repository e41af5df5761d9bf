/** A secret manager of a customer's, or the part of one, into which tokens are written. */
export interface DeliveryTarget {
  /**
   * Makes the token the current version of the secret of this name, which it creates where there is none. Repeating it leaves the same token
   * current. Throws SecretStoreUnavailable (it may have been written) or SecretStoreDenied (it was not).
   */
  write(name: string, token: string): Promise<void>
}
