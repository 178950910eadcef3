import { parseArgs, type ParseArgsConfig } from 'node:util';

/** Wrong arguments: the command ends with exit code 2. */
export class UsageError extends Error {}

/** Parses a benchmark's arguments; unknown options are a `UsageError`. Every benchmark has `--json`. */
export function benchArguments<T extends NonNullable<ParseArgsConfig['options']>>(
  args: readonly string[],
  options: T,
): ReturnType<typeof parseArgs<{ options: T; allowPositionals: true; strict: true }>> {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true, strict: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/** A positive number from an option. */
export function positive(name: string, text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) {
    throw new UsageError(`--${name} must be a number above 0, not ${JSON.stringify(text)}`);
  }
  return value;
}
