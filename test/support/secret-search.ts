import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';

/** A secret that stands where it must not: by name, never by value, as this is printed. */
export interface FoundSecret {
  readonly secret: string;
  readonly place: string;
  readonly form: string;
}

/** Shorter texts are found by chance. */
const LENGTH_MIN = 12;

/** Looks for secrets as they are and as they are written in addresses, headers and JSON. */
export class SecretSearch {
  private readonly forms: readonly (readonly [secret: string, form: string, text: string])[];
  private readonly found: FoundSecret[] = [];
  private places = 0;

  constructor(secrets: Readonly<Record<string, string>>) {
    this.forms = Object.entries(secrets).flatMap(([secret, value]) => {
      if (value.length < LENGTH_MIN) throw new Error(`${secret} is too short to be looked for.`);
      return formsOf(value).map(([form, text]) => [secret, form, text] as const);
    });
  }

  /** Looks through one text. */
  look(place: string, text: string): void {
    this.places += 1;
    for (const [secret, form, pattern] of this.forms)
      if (text.includes(pattern)) this.found.push({ secret, place, form });
  }

  /** Looks through every file below a folder, into compressed ones too; tells how many there were. */
  lookInFolder(folder: string): number {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const { parentPath, name } of files) {
      const content = readFileSync(join(parentPath, name));
      this.look(name, (name.endsWith('.gz') ? gunzipSync(content) : content).toString('utf8'));
    }
    return files.length;
  }

  /** What was found, each once for a place. */
  get findings(): readonly FoundSecret[] {
    return this.found;
  }

  get looked(): number {
    return this.places;
  }
}

function formsOf(value: string): readonly (readonly [string, string])[] {
  const bytes = Buffer.from(value, 'utf8');
  const forms = [
    ['as it is', value],
    ['in an address', encodeURIComponent(value)],
    ...[0, 1, 2].flatMap((before) => base64Within(bytes, before)),
    ['in hex', bytes.toString('hex')],
    ['in JSON', JSON.stringify(value).slice(1, -1)],
  ] as const;
  const seen = new Set<string>();
  return forms.filter(([, text]) => !seen.has(text) && seen.add(text));
}

/**
 * The characters that stand for nothing but these bytes, in both alphabets, where so many others precede them: base64 of `user:secret`
 * holds the secret in another form than base64 of `secret`. A count of 0, 1 and 2 is all there is, as three bytes are four characters.
 */
function base64Within(bytes: Buffer, before: number): readonly (readonly ['in base64', string])[] {
  const all = Buffer.concat([Buffer.alloc(before), bytes]);
  const first = Math.ceil((before * 8) / 6);
  const end = Math.floor((all.byteLength * 8) / 6);
  return (['base64', 'base64url'] as const).map((alphabet) => [
    'in base64',
    all.toString(alphabet).slice(first, end),
  ]);
}
