/** A benchmark that can be called by name: `run` prints its result and throws `UsageError` on wrong arguments. */
export interface Bench {
  readonly summary: string;
  run(args: readonly string[]): Promise<void>;
}
