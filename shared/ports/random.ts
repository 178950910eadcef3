/** Chance as an argument: back-off jitter, identifiers. Real in production, seeded in tests. */
export interface Random {
  /** Uniform in [0, 1). */
  next(): number;
}
