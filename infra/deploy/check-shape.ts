import { z } from 'zod';
import { suggest } from '../../shared/config/suggest';
import { errorAt, type Finding } from './finding';
import { serverlessSchema } from './serverless-schema';

/** Every key that the schema knows, at any depth. */
function keysIn(node: unknown): readonly string[] {
  if (typeof node !== 'object' || node === null) return [];
  const own = 'properties' in node ? Object.keys(node.properties as object) : [];
  return [...own, ...Object.values(node).flatMap(keysIn)];
}

const KNOWN_KEYS = [...new Set(keysIn(z.toJSONSchema(serverlessSchema, { io: 'input' })))];

/** What to do about a key or value, where the message alone does not say it. */
const REMEDIES: readonly (readonly [RegExp, string])[] = [
  [/\.qualifier$/, 'Write `qualifier: LATEST`.'],
  [/\.role$/, 'Name the role of this function; `evenkeel permissions --commands` creates one.'],
  [/\.concurrencyConfig/, 'Say how many instances it may have at most; 1 or more.'],
  [
    /\.asyncInvokeConfig/,
    'Write `{ maxAsyncEventAgeInSeconds: 60, maxAsyncRetryAttempts: 1 }`: the platform’s own default keeps an event for a day.',
  ],
  [/\.cronExpression$/, "Write `'@every 1m'`: no timer of the platform is faster."],
  [/\.environmentVariables/, 'Put the value in quotes; names begin with a letter, never with FC_.'],
  [/\.memorySize$/, 'A multiple of 64 between 128 and 32768.'],
  [/\.cpu$/, 'A multiple of 0.05 between 0.05 and 16.'],
];

const remedyFor = (place: string): string =>
  REMEDIES.find(([pattern]) => pattern.test(place))?.[1] ?? 'Correct the value.';

function unknownKey(place: string, key: string): Finding {
  const guess = suggest(key, KNOWN_KEYS);
  return errorAt(
    `${place}.${key}`,
    'is not a key that is known here',
    guess === undefined || guess === key ? 'Take it out.' : `Did you mean ${guess}?`,
  );
}

type Issue = z.core.$ZodIssue;

/** A union's own message says nothing; the branch that fits best has the fewest issues. */
function issuesOf(issue: Issue): readonly Issue[] {
  if (issue.code !== 'invalid_union' || issue.errors.length === 0) return [issue];
  const nearest = issue.errors.reduce((best, one) => (one.length <= best.length ? one : best));
  return nearest
    .map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    .flatMap((one) => issuesOf(one));
}

/** Holds the file against our own schema: closed at every depth, and within the documented limits. */
export function checkShape(document: unknown): readonly Finding[] {
  const { error } = serverlessSchema.safeParse(document);
  return (error?.issues ?? []).flatMap(issuesOf).flatMap((issue) => {
    const place = issue.path.map(String).join('.');
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => unknownKey(place, key))
      : [errorAt(place, issue.message, remedyFor(place))];
  });
}
