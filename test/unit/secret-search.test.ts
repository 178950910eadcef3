import { expect, it } from '@jest/globals';
import { SecretSearch } from '../support/secret-search';

const SECRET = 'pass/word+0123456789';

it.each([
  ['as it is', `x ${SECRET} y`],
  ['in an address', `https://x/?p=${encodeURIComponent(SECRET)}`],
  ['in base64', `Basic ${Buffer.from(SECRET).toString('base64')}`],
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
