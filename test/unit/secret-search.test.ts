import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect, it } from '@jest/globals';
import { SecretSearch } from '../support/secret-search';

const SECRET = 'pass/word+0123456789';

it.each([
  ['as it is', `x ${SECRET} y`],
  ['in an address', `https://x/?p=${encodeURIComponent(SECRET)}`],
  ['in base64', `Basic ${Buffer.from(SECRET).toString('base64')}`],
  ['in base64', Buffer.from(`ann:${SECRET}, and more`).toString('base64')],
  ['in base64', Buffer.from(`anne:${SECRET}, and more`).toString('base64')],
  ['in base64', Buffer.from(`annes:${SECRET}!`).toString('base64url')],
  ['in hex', Buffer.from(SECRET).toString('hex')],
])('the search finds a secret %s, and does not print it', (form, text) => {
  const search = new SecretSearch({ 'the password': SECRET });
  search.look('a log', 'nothing');
  search.look('a page', text);
  expect(search.findings).toContainEqual({ secret: 'the password', place: 'a page', form });
  expect(JSON.stringify(search.findings)).not.toContain(SECRET);
});

it('the search refuses secrets that would be found by chance', () => {
  expect(() => new SecretSearch({ short: 'abc' })).toThrow('too short');
});

it('the search looks into compressed files of a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-search-'));
  writeFileSync(join(folder, 'tick.json.gz'), gzipSync(JSON.stringify({ SECRET })));
  const search = new SecretSearch({ 'the password': SECRET });
  expect(search.lookInFolder(folder)).toBe(1);
  expect(search.findings).toMatchObject([{ secret: 'the password', place: 'tick.json.gz' }]);
  rmSync(folder, { recursive: true });
});
