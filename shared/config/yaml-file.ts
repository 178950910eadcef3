import { isAlias, isMap, isNode, isScalar, LineCounter, parseDocument, type Document } from 'yaml';
import { type Place, type PolicyProblem } from './problem';

/** Largest policy file that is read at all. */
const POLICY_BYTES_MAX = 2_000_000;
/** Deepest nesting; the policy itself needs seven levels. */
const NESTING_MAX = 100;
/** How often aliases may be expanded: enough for shared sections in many pools, too little for a bomb. */
const ALIASES_MAX = 1000;
const START: Place = { line: 1, column: 1 };

/** The parsed file: plain data, and where each piece of it stands. */
export interface YamlFile {
  readonly data: unknown;
  /** Place of the value at a path, or of the nearest section around it. */
  placeOf(path: readonly PropertyKey[]): Place;
  /** Place of a key within the section at a path. */
  placeOfKey(path: readonly PropertyKey[], key: string): Place;
}

export interface YamlReading {
  readonly file: YamlFile | null;
  readonly problems: readonly PolicyProblem[];
}

const keyText = (key: unknown): string => (isScalar(key) ? String(key.value) : String(key));

class LocatedYaml implements YamlFile {
  readonly data: unknown;
  readonly #document: Document;
  readonly #lines: LineCounter;

  constructor(document: Document, lines: LineCounter) {
    this.#document = document;
    this.#lines = lines;
    this.data = document.toJS({ maxAliasCount: ALIASES_MAX }) as unknown;
  }

  placeOf(path: readonly PropertyKey[]): Place {
    const node = path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    if (isNode(node) && node.range) return this.#place(node.range[0]);
    return path.length === 0 ? START : this.placeOf(path.slice(0, -1));
  }

  placeOfKey(path: readonly PropertyKey[], key: string): Place {
    const found: unknown =
      path.length === 0 ? this.#document.contents : this.#document.getIn(path, true);
    const node = isAlias(found) ? found.resolve(this.#document) : found;
    const pair = isMap(node) ? node.items.find((item) => keyText(item.key) === key) : undefined;
    return isNode(pair?.key) && pair.key.range
      ? this.#place(pair.key.range[0])
      : this.placeOf(path);
  }

  #place(offset: number): Place {
    const { line, col } = this.#lines.linePos(offset);
    return { line, column: col };
  }
}

const whole = (file: string, code: string, message: string): YamlReading => ({
  file: null,
  problems: [{ file, ...START, path: '', code, message }],
});

/** Bounds the work before the parser sees the text: `[[[[…` would overflow its stack. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const letter of text) {
    if (letter === '[' || letter === '{') deepest = Math.max(deepest, (depth += 1));
    else if (letter === ']' || letter === '}') depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** Indentation that grows 2 MB deep, and `- - - -`, nest as well. */
const indentOf = (text: string): number =>
  Math.max(0, ...text.split('\n').map((line) => /^[\s-]*/.exec(line)?.[0].length ?? 0));

function parse(text: string, fileName: string): YamlReading {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: true,
  });
  const problems = document.errors.map((error): PolicyProblem => {
    const { line, col } = lines.linePos(error.pos[0]);
    const code = error.code === 'DUPLICATE_KEY' ? 'duplicate-key' : 'yaml-syntax';
    return {
      file: fileName,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: '',
      code,
      message: error.message,
    };
  });
  const isReadable = document.errors.every((error) => error.code === 'DUPLICATE_KEY');
  return { file: isReadable ? new LocatedYaml(document, lines) : null, problems };
}

/** Reads YAML text within bounds of size, nesting and aliases; never throws. */
export function readYaml(text: string, fileName: string): YamlReading {
  if (Buffer.byteLength(text) > POLICY_BYTES_MAX)
    return whole(fileName, 'too-large', `is larger than ${POLICY_BYTES_MAX} bytes`);
  if (Math.max(nestingOf(text), indentOf(text) / 2) > NESTING_MAX)
    return whole(fileName, 'too-deep', `is nested deeper than ${NESTING_MAX} levels`);
  try {
    return parse(text, fileName);
  } catch (error) {
    return whole(
      fileName,
      'yaml-aliases',
      `cannot be expanded: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}
