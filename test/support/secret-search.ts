import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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

  /** Looks through every file below a folder; tells how many there were. */
  lookInFolder(folder: string): number {
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
      entry.isFile(),
    );
    for (const { parentPath, name } of files)
      this.look(name, readFileSync(join(parentPath, name), 'utf8'));
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
  const forms = {
    'as it is': value,
    'in an address': encodeURIComponent(value),
    'in base64': bytes.toString('base64').replace(/=+$/, ''),
    'in hex': bytes.toString('hex'),
    'in JSON': JSON.stringify(value).slice(1, -1),
  };
  const seen = new Set<string>();
  return Object.entries(forms).filter(([, text]) => !seen.has(text) && seen.add(text));
}
