import { readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { z } from 'zod';
import { readText } from './read-file';
import { type RecordedTick } from './replay-tick';
import { UserError } from './user-error';

const decision = {
  proposal: z.object({
    steps: z.array(z.object({ stepId: z.string() })),
    verdicts: z.array(z.object({ reason: z.string() })),
    alerts: z.array(z.object({ key: z.string() })),
  }),
  plan: z.object({
    steps: z.array(z.object({ stepId: z.string() })),
    withheld: z.array(z.object({ step: z.object({ stepId: z.string() }) })),
  }),
};

/** Enough of a tick's shape to tell a tick from other JSON; the rest was written by Evenkeel itself. */
const tickSchema = z.union([
  z.object({
    schema: z.literal(1),
    kind: z.undefined().optional(),
    request: z.object({
      tickId: z.string(),
      policy: z.object({ name: z.string(), heal: z.object({}), guards: z.object({}) }),
    }),
    pool: z.object({
      poolName: z.string(),
      backends: z.array(z.object({ instanceId: z.string() })),
      memory: z.object({}),
    }),
    ...decision,
  }),
  z.object({
    schema: z.literal(1),
    kind: z.literal('name'),
    request: z.object({
      tickId: z.string(),
      policy: z.object({ name: z.string(), sites: z.array(z.object({ name: z.string() })) }),
    }),
    name: z.object({ name: z.string(), votes: z.array(z.unknown()), memory: z.object({}) }),
    ...decision,
  }),
]);

/** A tick in a file, as it stands there. */
export interface TickFile {
  readonly file: string;
  readonly tick: RecordedTick;
  /** Writes another tick in its place: whole or not at all, in the file's own layout. */
  readonly replace: (tick: RecordedTick) => void;
}

/** The files themselves, and in place of a folder all `.json` files in it and below it, by name. Throws `UserError`. */
export function tickFilesIn(paths: readonly string[]): readonly string[] {
  return [...new Set(paths.flatMap(filesOf))];
}

function filesOf(path: string): readonly string[] {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true) return [path];
  const files = readdirSync(path, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => join(path, name));
  if (files.length === 0) throw new UserError('usage', `${path} holds no tick: no .json file.`);
  return files;
}

/** Reads a tick, alone or in the reply that `explain --json` prints. Throws `UserError` when it is none. */
export function readTickFile(file: string): TickFile {
  const text = readText(file);
  const document = parsed(file, text);
  // `explain --json` wraps the tick in its reply.
  const reply = isReply(document) ? document : null;
  const data = reply === null ? document : reply.tick;
  const checked = tickSchema.safeParse(data);
  if (!checked.success) throw new UserError('usage', `${file} is not a recorded tick.`);
  return {
    file,
    tick: data as RecordedTick,
    replace: (tick) => writeWhole(file, layOut(reply === null ? tick : { ...reply, tick }, text)),
  };
}

function parsed(file: string, text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UserError(
      'usage',
      `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

const isReply = (value: unknown): value is { readonly tick: unknown } =>
  typeof value === 'object' && value !== null && 'tick' in value;

/** JSON indented as the old text was, with its last line break, so that only what changed differs. */
function layOut(value: unknown, old: string): string {
  const indent = /^[[{]\n(?<indent>[ \t]*)/u.exec(old)?.groups?.['indent'] ?? '';
  return `${JSON.stringify(value, null, indent)}${old.endsWith('\n') ? '\n' : ''}`;
}

/** Written beside its place and renamed over it: a reader, or a crash, meets the old text or the new one. */
function writeWhole(path: string, text: string): void {
  const place = realpathSync(path);
  const draft = join(dirname(place), `.${basename(place)}-${process.pid}.tmp`);
  try {
    writeFileSync(draft, text, { flag: 'wx', mode: statSync(place).mode });
    renameSync(draft, place);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
}
