import { UsageError } from './arguments';
import { type Bench } from './bench';
import { benches } from './benches';

const help = (): string =>
  [
    'Usage: npm run bench -- NAME [options]',
    '',
    ...Object.entries(benches).map(([name, { summary }]) => `  ${name.padEnd(12)} ${summary}`),
    '',
    'Every benchmark takes --json. Exit codes: 0 done, 1 failed, 2 wrong arguments.',
  ].join('\n');

/** Runs one benchmark and answers the exit code. */
export async function runBench(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === '--help' || name === '-h') {
    process.stdout.write(`${help()}\n`);
    return name === undefined ? 2 : 0;
  }
  const bench = Object.hasOwn(benches, name) ? benches[name] : undefined;
  if (bench === undefined) {
    process.stderr.write(`There is no benchmark called ${JSON.stringify(name)}.\n\n${help()}\n`);
    return 2;
  }
  return await attempt(bench, rest);
}

async function attempt(bench: Bench, args: readonly string[]): Promise<number> {
  try {
    await bench.run(args);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return error instanceof UsageError ? 2 : 1;
  }
}
