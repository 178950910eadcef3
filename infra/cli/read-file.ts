import { readFileSync } from 'node:fs';
import { UserError } from './user-error';

/** Text of a file, or a `UserError` that says why not. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw unreadable(file, error);
  }
}

/** A JSON file, or a `UserError` that says why not. */
export function readJson(file: string): unknown {
  try {
    return JSON.parse(readText(file)) as unknown;
  } catch (error) {
    throw error instanceof UserError ? error : unreadable(file, error);
  }
}

const unreadable = (file: string, error: unknown): UserError =>
  new UserError(
    'usage',
    `${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
  );
