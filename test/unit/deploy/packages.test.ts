import { beforeAll, describe, expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateRawSync } from 'node:zlib';
import { functionFolders } from '../../../infra/deploy/check-folders';
import { repositoryRoot } from '../../../infra/local/repository';
import { ensureBuilt } from '../../support/build';

const root = repositoryRoot(__dirname);
const names = functionFolders(root);
const packed = (name: string): Buffer =>
  readFileSync(join(root, 'dist', 'packages', `${name}.zip`));

interface Entry {
  readonly path: string;
  readonly time: number;
  readonly mode: number;
  readonly content: Buffer;
}

/** Reads an archive by its directory, as those who unpack it do. */
function unzip(archive: Buffer): readonly Entry[] {
  const end = archive.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'));
  const entries: Entry[] = [];
  let at = archive.readUInt32LE(end + 16);
  for (let left = archive.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameLength = archive.readUInt16LE(at + 28);
    const local = archive.readUInt32LE(at + 42);
    const start = local + 30 + archive.readUInt16LE(local + 26) + archive.readUInt16LE(local + 28);
    entries.push({
      path: archive.toString('utf8', at + 46, at + 46 + nameLength),
      time: archive.readUInt32LE(at + 12),
      mode: archive.readUInt32LE(at + 38) >>> 16,
      content: inflateRawSync(archive.subarray(start, start + archive.readUInt32LE(at + 20))),
    });
    at += 46 + nameLength + archive.readUInt16LE(at + 30) + archive.readUInt16LE(at + 32);
  }
  return entries;
}

beforeAll(() => ensureBuilt());

describe('the package of a function', () => {
  it.each(names)('%s: has its bundle, what that loads later, and nothing else', (name) => {
    const entries = unzip(packed(name));
    const bundle = entries.find(({ path }) => path === 'index.js')?.content.toString('utf8') ?? '';
    const clients = [...bundle.matchAll(/"\.\/([\w-]+-client\.js)"/g)].map(([, one]) => one);
    const others = entries.map(({ path }) => path).filter((path) => !path.startsWith('page/'));
    expect(others).toEqual([...new Set(['index.js', ...clients])].sort());
    for (const { path, content } of entries)
      expect(content.equals(readFileSync(join(root, 'dist', 'functions', name, path)))).toBe(true);
  });

  it.each(names)('%s: tells neither when nor where it was made', (name) => {
    for (const { time, mode, content } of unzip(packed(name))) {
      expect([time, mode]).toEqual([0x21 << 16, 0o100644]);
      expect(content.includes(root)).toBe(false);
    }
  });

  it('keeps the budget, which the build tells', () => {
    const text = readFileSync(join(root, 'dist', 'packages.json'), 'utf8');
    const told = JSON.parse(text) as readonly { name: string; zippedBytes: number }[];
    expect(told.map(({ name }) => name).sort()).toEqual(names);
    for (const { name, zippedBytes } of told) {
      expect(packed(name)).toHaveLength(zippedBytes);
      expect(zippedBytes).toBeLessThan(1_500_000);
    }
  });

  it('is told by the build in a line, raw and zipped, and named when it is too large', () => {
    const sizes = `[{ name: 'probe', files: ['a', 'b'], bytes: 2049, zippedBytes: 1024 },
      { name: 'console', files: ['a'], bytes: 9_000_000, zippedBytes: 1_500_001 }]`;
    const told = execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { oversizedPackages, packageLines } from ${JSON.stringify(join(root, 'infra/build/packages.mjs'))};
         const all = ${sizes};
         process.stdout.write(JSON.stringify([packageLines(all), oversizedPackages(all)]));`,
      ],
      { encoding: 'utf8' },
    );
    const [lines, oversized] = JSON.parse(told) as [string[], { name: string }[]];
    expect(lines[0]).toBe('     3 KB      1 KB zipped  dist/packages/probe.zip (2 files)');
    expect(oversized.map(({ name }) => name)).toEqual(['console']);
  });

  it('has a source map beside it, for people', () => {
    expect(readdirSync(join(root, 'dist', 'maps'))).toEqual(
      expect.arrayContaining(names.map((name) => `${name}.js.map`)),
    );
  });
});

describe('the bundle of on-alarm', () => {
  it('answers an HTTP trigger of FC 2.0, which hands over request and response', () => {
    const script = `
      const { handler } = require(${JSON.stringify(join(root, 'dist/functions/on-alarm/index.js'))});
      const told = [];
      const response = {
        setStatusCode: (status) => told.push(status),
        setHeader: (name, value) => told.push(name + ': ' + value),
        send: (body) => told.push(body.toString()),
      };
      const request = { method: 'POST', path: '/', headers: {}, queries: {}, body: Buffer.from('{}') };
      const logger = { info() {}, warn() {}, error() {} };
      const context = { requestId: 'r', function: { name: 'f', timeout: 5, memory: 512 }, region: 'cn-a', accountId: '1', logger };
      console.log = console.error = () => undefined;
      handler(request, response, context).then(() => process.stdout.write(JSON.stringify(told)));`;
    const told = execFileSync(process.execPath, ['-e', script], {
      encoding: 'utf8',
      env: { EVENKEEL_POLICY: join(root, 'no-such-policy.yaml') },
    });
    expect(JSON.parse(told)).toEqual([
      500,
      'Content-Type: application/json; charset=utf-8',
      'Cache-Control: no-store',
      '{"error":"Internal error."}',
    ]);
  });
});

describe('the archive', () => {
  const run = (expression: string): string =>
    execFileSync(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { crc32, zip } from ${JSON.stringify(join(root, 'infra/build/zip.mjs'))};
         const file = (text) => Buffer.from(text);
         process.stdout.write(String(${expression}));`,
      ],
      { encoding: 'utf8' },
    );

  it('is the same for the same files in any order', () => {
    expect(
      run(`zip({ b: file('2'), a: file('1') }).equals(zip({ a: file('1'), b: file('2') }))`),
    ).toBe('true');
  });

  it('has the checksums of the format', () => {
    expect(run(`crc32(file('123456789')) === 0xcbf43926`)).toBe('true');
  });

  it('keeps names and contents, empty and Unicode ones too', () => {
    const archive = Buffer.from(
      run(`zip({ 'page/一.txt': file('two'), empty: file('') }).toString('base64')`),
      'base64',
    );
    expect(unzip(archive).map(({ path, content }) => [path, content.toString()])).toEqual([
      ['empty', ''],
      ['page/一.txt', 'two'],
    ]);
  });
});
