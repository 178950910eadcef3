/**
 * Nonces seen while their requests' dates are still accepted. Bounded: past `capacity` the oldest are forgotten first,
 * and only requests whose signature was right are remembered, so a stranger cannot push anything out.
 */
export class NonceMemory {
  readonly #expiryByNonce = new Map<string, number>();
  readonly #capacity: number;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#expiryByNonce.size;
  }

  /** Remembers the nonce until `expiresAt`; false when it was used already. */
  use(nonce: string, now: number, expiresAt: number): boolean {
    const known = this.#expiryByNonce.get(nonce);
    if (known !== undefined && known >= now) return false;
    this.#forget(now);
    this.#expiryByNonce.delete(nonce);
    this.#expiryByNonce.set(nonce, expiresAt);
    return true;
  }

  #forget(now: number): void {
    for (const [nonce, expiresAt] of this.#expiryByNonce) {
      if (expiresAt >= now && this.#expiryByNonce.size < this.#capacity) return;
      this.#expiryByNonce.delete(nonce);
    }
  }
}
