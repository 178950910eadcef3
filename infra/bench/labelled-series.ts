import { type CsvTable, numberIn, parseCsv } from './csv';

/** One aggregated sample of one series. Latency is in the unit of the file; null: nothing was measured. */
export interface Sample {
  readonly atS: number;
  readonly latency: number | null;
  readonly requests: number;
  readonly failures: number;
  /** Inside a labelled anomaly of this very series; null when the file has no labels. */
  readonly isLabelled: boolean | null;
}

export interface Series {
  readonly name: string;
  readonly samples: readonly Sample[];
}

/**
 * Series that are judged together.
 * - `others`: the other series are the peers
 * - `own-past`: a single series is compared with its own past, which real backends never need
 * - `newcomers`: each sample is a machine of its own, compared with the machines before it
 */
export interface Scene {
  readonly name: string;
  readonly peers: 'others' | 'own-past' | 'newcomers';
  /** Milliseconds in one unit of latency; null when the values are no times at all. */
  readonly unitMs: number | null;
  readonly series: readonly Series[];
}

/** Requests that a sample stands for when the file does not say: an aggregate of many. */
const UNKNOWN_REQUESTS = 100;

/** Reads any of the known shapes, told apart by their header alone; undefined when none fits. */
export function readScenes(text: string): readonly Scene[] | undefined {
  const table = parseCsv(text);
  const has = (...names: readonly string[]): boolean =>
    names.every((name) => table.header.includes(name));
  if (has('issue', 'node', 't_rel_s')) return incidents(table);
  if (has('node', 't_seconds')) return [long(table, 'node')];
  if (has('series', 't_seconds', 'value')) return singles(table);
  if (!has('t_seconds')) return undefined;
  if (wideColumns(table).length > 0) return [wide(table)];
  return machines(table);
}

type Row = Readonly<Record<string, string>>;

/** Rows by key, in order of first appearance. */
function groupRows(
  rows: readonly Row[],
  keyOf: (row: Row) => string,
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

const byColumn = (rows: readonly Row[], column: string): ReadonlyMap<string, readonly Row[]> =>
  groupRows(rows, (row) => row[column] ?? '');

/** `<name>_ms`, or without a unit, with `<name>_label` beside it. */
function wideColumns({
  header,
}: CsvTable): readonly { name: string; value: string; label: string }[] {
  return header.flatMap((label) => {
    const name = label.replace(/_label.*$/, '');
    if (name === label) return [];
    const value = header.find(
      (column) => column !== label && (column === name || column.startsWith(`${name}_`)),
    );
    return value === undefined ? [] : [{ name, value, label }];
  });
}

function wide(table: CsvTable): Scene {
  const columns = wideColumns(table);
  return {
    name: 'all',
    peers: columns.length < 3 ? 'own-past' : 'others',
    unitMs: unitOf(columns[0]?.value ?? ''),
    series: columns.map(({ name, value, label }) => ({
      name,
      samples: table.rows.map((row) => {
        const latency = numberIn(row[value]);
        const isLabelled = numberIn(row[label]) === 1;
        return sample(row, 't_seconds', { latency, isLabelled });
      }),
    })),
  };
}

function long(table: CsvTable, key: string): Scene {
  const { latency, requests, availability, label } = longColumns(table);
  const series = [...byColumn(table.rows, key)].map(([name, rows]) => ({
    name,
    samples: rows.map((row) => {
      const isLabelled = label === undefined ? null : numberIn(row[label]) === 1;
      return sample(row, 't_seconds', {
        latency: numberIn(row[latency]),
        isLabelled,
        ...counts(row, requests, availability),
      });
    }),
  }));
  return {
    name: 'all',
    peers: 'others',
    unitMs: unitOf(latency, valuesOf(table, latency)),
    series,
  };
}

/** One scene per incident; the event is the time after the onset on the root node. */
function incidents(table: CsvTable): readonly Scene[] {
  const { latency, requests, availability } = longColumns(table);
  const unitMs = unitOf(latency, valuesOf(table, latency));
  return [...byColumn(table.rows, 'issue')].map(([name, incident]) => ({
    name,
    peers: 'others' as const,
    unitMs,
    series: [...byColumn(incident, 'node')].map(([node, rows]) => ({
      name: node,
      samples: rows.map((row) =>
        sample(row, 't_rel_s', {
          latency: numberIn(row[latency]),
          isLabelled: row['after_onset'] === '1' && row['is_root'] === '1',
          ...counts(row, requests, availability),
        }),
      ),
    })),
  }));
}

function singles(table: CsvTable): readonly Scene[] {
  const hasLabels = table.header.includes('label');
  return [...byColumn(table.rows, 'series')].map(([name, rows]) => ({
    name,
    peers: 'own-past' as const,
    unitMs: null,
    series: [
      {
        name,
        samples: rows.map((row) =>
          sample(row, 't_seconds', {
            latency: numberIn(row['value']),
            isLabelled: hasLabels ? numberIn(row['label']) === 1 : null,
          }),
        ),
      },
    ],
  }));
}

/** One row per measured machine: a latency column, columns of text that make classes, and a 0/1 column at the end. */
function machines(table: CsvTable): readonly Scene[] | undefined {
  const latency = table.header.find((column) => /latency|_ms$|_us$|_s$/i.test(column));
  const flag = table.header.at(-1);
  if (latency === undefined || flag === undefined || flag === latency) return undefined;
  const classes = table.header.filter((column) =>
    /^(life|sku|type|class|zone|region)/i.test(column),
  );
  const keyOf = (row: Row): string => classes.map((column) => row[column] ?? '').join(' ') || 'all';
  return [...groupRows(table.rows, keyOf)].map(([name, rows]) => ({
    name,
    peers: 'newcomers' as const,
    unitMs: null,
    series: [
      {
        name,
        samples: rows.map((row) =>
          sample(row, 't_seconds', {
            latency: numberIn(row[latency]),
            isLabelled: numberIn(row[flag]) === 1,
          }),
        ),
      },
    ],
  }));
}

function longColumns({ header }: CsvTable): {
  latency: string;
  requests: string | undefined;
  availability: string | undefined;
  label: string | undefined;
} {
  const find = (pattern: RegExp): string | undefined =>
    header.find((column) => pattern.test(column));
  return {
    latency: find(/latency.*(average|mean|median|p50)/i) ?? find(/latency|_ms$/i) ?? '',
    requests: find(/request/i),
    availability: find(/availab|success/i),
    label: find(/label|anomaly/i),
  };
}

/** Requests and failures of a row; without columns for them a sample is an aggregate of many sound requests. */
function counts(
  row: Row,
  requests: string | undefined,
  availability: string | undefined,
): { requests: number; failures: number } {
  const told = requests === undefined ? UNKNOWN_REQUESTS : (numberIn(row[requests]) ?? 0);
  const all = Math.max(0, Math.round(told));
  const sound = availability === undefined ? 100 : (numberIn(row[availability]) ?? 100);
  const percent = Math.min(100, Math.max(0, sound));
  return { requests: all, failures: Math.round((all * (100 - percent)) / 100) };
}

/** A latency of 0 is no measurement: nothing answered, or nobody asked. */
function sample(
  row: Row,
  time: string,
  seen: {
    latency: number | null;
    isLabelled: boolean | null;
    requests?: number;
    failures?: number;
  },
): Sample {
  const latency = seen.latency !== null && seen.latency > 0 ? seen.latency : null;
  const requests = seen.requests ?? (latency === null ? 0 : UNKNOWN_REQUESTS);
  return {
    atS: numberIn(row[time]) ?? 0,
    latency,
    isLabelled: seen.isLabelled,
    requests,
    failures: seen.failures ?? 0,
  };
}

const valuesOf = (table: CsvTable, column: string): readonly number[] =>
  table.rows.flatMap((row) => numberIn(row[column]) ?? []);

/** From the column's suffix; without one, values whose median is below 20 are taken for seconds. */
function unitOf(column: string, values: readonly number[] = []): number | null {
  if (column.endsWith('_ms')) return 1;
  if (column.endsWith('_us')) return 0.001;
  if (column.endsWith('_s') || column.endsWith('_seconds')) return 1000;
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor(sorted.length / 2)] ?? 0) < 20 ? 1000 : 1;
}
